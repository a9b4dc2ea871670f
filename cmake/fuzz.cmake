# The fuzz targets. Every fuzz/targets/<name>.cc is one program <name>, and every opcode that opcode.def accepts has one, handler_<name>;
# all lie in fuzz/ of the build folder. Without WEIGHTSONLY_FUZZ_ENGINE each replays files (fuzz/standalone_main.cc) and needs no
# particular compiler. With it (the flag -fsanitize=fuzzer, or an archive with a main of its own) it is what that engine runs; the flags
# that instrument the code come from the preset `fuzz` or from the environment, as OSS-Fuzz gives them.

# Replay costs no speed that counts; an engine's build brings its own flags.
function(weightsonly_fuzz_settings target)
  weightsonly_settings(${target})
  weightsonly_link_quickly(${target})
  if(NOT WEIGHTSONLY_FUZZ_ENGINE)
    target_compile_options(${target} PRIVATE $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU,Clang>>:-O1>)
  endif()
endfunction()

# The recipe language as a means, for the mutator and for checks: no engine learns from it, and its comparisons are a third of the time of
# some targets. The targets that are about it have weightsonly_recipe in front of it.
set(fuzz_recipe weightsonly_recipe)
if(WEIGHTSONLY_FUZZ_ENGINE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(fuzz_recipe weightsonly_fuzz_recipe)
  add_library(weightsonly_fuzz_recipe STATIC ${recipe_sources})
  weightsonly_settings(weightsonly_fuzz_recipe)
  target_compile_options(weightsonly_fuzz_recipe PRIVATE -fno-sanitize=fuzzer-no-link)
  target_link_libraries(weightsonly_fuzz_recipe PUBLIC weightsonly_internal)
endif()

file(GLOB fuzz_support CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/support/*.cc")
add_library(weightsonly_fuzz_support STATIC ${fuzz_support})
weightsonly_fuzz_settings(weightsonly_fuzz_support)
# What makes files and checks results is nothing that an engine is to learn from either; what shapes a handler's state is.
if(WEIGHTSONLY_FUZZ_ENGINE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(fuzz_unlearned ${fuzz_support})
  list(FILTER fuzz_unlearned EXCLUDE REGEX "/(handler|machine_setting|machine_storages)[.]cc$")
  set_source_files_properties(${fuzz_unlearned} PROPERTIES COMPILE_OPTIONS -fno-sanitize=fuzzer-no-link)
endif()
target_include_directories(weightsonly_fuzz_support PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/fuzz")
target_link_libraries(weightsonly_fuzz_support PUBLIC
  weightsonly_internal ${fuzz_recipe} weightsonly_tool_lib ZLIB::ZLIB Threads::Threads nlohmann_json::nlohmann_json)

if(NOT WEIGHTSONLY_FUZZ_ENGINE)
  add_library(weightsonly_fuzz_main STATIC "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/standalone_main.cc")
  weightsonly_fuzz_settings(weightsonly_fuzz_main)
  target_link_libraries(weightsonly_fuzz_main PRIVATE weightsonly_fuzz_support)
endif()

add_custom_target(weightsonly_fuzz)

# Makes files out of files with the mutator of the structure-aware target.
add_executable(fuzz_mutate "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/mutate_main.cc")
weightsonly_fuzz_settings(fuzz_mutate)
target_link_libraries(fuzz_mutate PRIVATE weightsonly_fuzz_support)
set_target_properties(fuzz_mutate PROPERTIES OUTPUT_NAME mutate RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
add_dependencies(weightsonly_fuzz fuzz_mutate)

function(weightsonly_add_fuzz_target name)
  add_executable(fuzz_${name} ${ARGN})
  weightsonly_fuzz_settings(fuzz_${name})
  if(name MATCHES "^recipe")
    target_link_libraries(fuzz_${name} PRIVATE weightsonly_recipe)
  endif()
  target_link_libraries(fuzz_${name} PRIVATE weightsonly_fuzz_support)
  if(WEIGHTSONLY_FUZZ_ENGINE)
    target_link_libraries(fuzz_${name} PRIVATE ${WEIGHTSONLY_FUZZ_ENGINE})
  else()
    target_link_libraries(fuzz_${name} PRIVATE weightsonly_fuzz_main)
  endif()
  set_target_properties(fuzz_${name} PROPERTIES OUTPUT_NAME "${name}" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
  add_dependencies(weightsonly_fuzz fuzz_${name})
endfunction()

file(GLOB fuzz_targets CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/targets/*.cc")
foreach(file IN LISTS fuzz_targets)
  get_filename_component(name "${file}" NAME_WE)
  weightsonly_add_fuzz_target(${name} "${file}")
endforeach()

set(opcode_table "${CMAKE_CURRENT_SOURCE_DIR}/reference/pickle/opcode.def")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${opcode_table}")
file(STRINGS "${opcode_table}" opcode_rows REGEX "^WEIGHTSONLY_OPCODE.*, yes\\)$")
foreach(row IN LISTS opcode_rows)
  string(REGEX MATCH "^WEIGHTSONLY_OPCODE\\(([A-Za-z0-9]+), \"([A-Z0-9_]+)\"" matched "${row}")
  set(opcode "${CMAKE_MATCH_1}")
  string(TOLOWER "handler_${CMAKE_MATCH_2}" name)
  set(file "${CMAKE_CURRENT_BINARY_DIR}/fuzz/${name}.cc")
  file(CONFIGURE OUTPUT "${file}" @ONLY CONTENT "// Made from opcode.def by cmake/fuzz.cmake.
#include \"support/handler.h\"

extern \"C\" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::FuzzHandler(weightsonly::pickle::Opcode::k@opcode@, weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
")
  weightsonly_add_fuzz_target(${name} "${file}")
endforeach()
