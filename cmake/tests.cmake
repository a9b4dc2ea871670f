# The tests. C++: every folder reference/tests/<floor>/ with *_test.cc files is one Catch2 program test_<floor>.
# Python: every *_test.py of reference/tests/, ci/lib/, bench/, fuzz/ and conformance/, and fixtures-gen/tests/test_*.py, is run as
# `python3 FILE`. Both find the tool in $WEIGHTSONLY_TOOL and the source tree in $WEIGHTSONLY_SOURCE; C++ also has the macro
# WEIGHTSONLY_SOURCE_DIR. With the fuzz targets `fuzz_replay` runs their seeds and findings.

find_package(Catch2 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(test_environment "WEIGHTSONLY_SOURCE=${CMAKE_CURRENT_SOURCE_DIR}" "WEIGHTSONLY_BUILD=${CMAKE_CURRENT_BINARY_DIR}"
                     "PYTHONDONTWRITEBYTECODE=1")
if(TARGET weightsonly_tool)
  list(APPEND test_environment "WEIGHTSONLY_TOOL=$<TARGET_FILE:weightsonly_tool>")
endif()

# Catch2 2 is a header and wants a main from us; Catch2 3 has one in a library. tests/support/ is for every floor's tests.
file(GLOB support_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/reference/tests/support/*.cc")
add_library(weightsonly_test_support STATIC "${CMAKE_CURRENT_SOURCE_DIR}/reference/tests/main.cc" ${support_sources})
target_link_libraries(weightsonly_test_support PUBLIC
  weightsonly_internal weightsonly_recipe ZLIB::ZLIB Threads::Threads nlohmann_json::nlohmann_json)
target_compile_definitions(weightsonly_test_support PUBLIC WEIGHTSONLY_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
if(TARGET Catch2::Catch2WithMain)
  target_link_libraries(weightsonly_test_support PUBLIC Catch2::Catch2WithMain)
else()
  target_link_libraries(weightsonly_test_support PUBLIC Catch2::Catch2)
endif()
# Checks cost no speed that counts, and compile in half the time without the optimiser.
function(weightsonly_test_settings target)
  weightsonly_settings(${target})
  weightsonly_link_quickly(${target})
  target_compile_options(${target} PRIVATE $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU,Clang>>:-O1>)
endfunction()
weightsonly_test_settings(weightsonly_test_support)

file(GLOB cxx_tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/reference/tests/*/*_test.cc")
set(test_folders)
foreach(file IN LISTS cxx_tests)
  get_filename_component(folder "${file}" DIRECTORY)
  list(APPEND test_folders "${folder}")
endforeach()
list(REMOVE_DUPLICATES test_folders)
if(NOT UNIX OR APPLE)
  list(FILTER test_folders EXCLUDE REGEX "faults$")
endif()
foreach(folder IN LISTS test_folders)
  get_filename_component(floor "${folder}" NAME)
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cc")
  add_executable(test_${floor} ${sources})
  weightsonly_test_settings(test_${floor})
  target_link_libraries(test_${floor} PRIVATE weightsonly_test_support)
  if(TARGET weightsonly_tool_lib)
    target_link_libraries(test_${floor} PRIVATE weightsonly_tool_lib)
  endif()
  add_test(NAME ${floor} COMMAND test_${floor})
  set_tests_properties(${floor} PROPERTIES ENVIRONMENT "${test_environment}")
endforeach()

include(cmake/tests_faults.cmake)
include(cmake/tests_capi.cmake)

if(WEIGHTSONLY_BUILD_FUZZ AND NOT WEIGHTSONLY_FUZZ_ENGINE)
  # Lies apart from the targets: what is built into fuzz/ has a row in fuzz/targets.toml.
  add_executable(fuzz_failing "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/tests/failing.cc")
  weightsonly_settings(fuzz_failing)
  target_link_libraries(fuzz_failing PRIVATE weightsonly_fuzz_support weightsonly_fuzz_main)
  set_target_properties(fuzz_failing PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz-tests")
  list(APPEND test_environment "WEIGHTSONLY_FUZZ_FAILING=$<TARGET_FILE:fuzz_failing>" "WEIGHTSONLY_SANITIZE=${WEIGHTSONLY_SANITIZE}")
  add_test(NAME fuzz_replay COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/replay.py"
           --programs "${CMAKE_CURRENT_BINARY_DIR}/fuzz" --jobs 2 --least 10000)
  set_tests_properties(fuzz_replay PROPERTIES ENVIRONMENT "${test_environment}" PROCESSORS 2)
endif()

file(GLOB_RECURSE python_tests CONFIGURE_DEPENDS
  "${CMAKE_CURRENT_SOURCE_DIR}/reference/tests/*_test.py" "${CMAKE_CURRENT_SOURCE_DIR}/ci/lib/*_test.py"
  "${CMAKE_CURRENT_SOURCE_DIR}/bench/*_test.py" "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*_test.py" "${CMAKE_CURRENT_SOURCE_DIR}/conformance/*_test.py"
  "${CMAKE_CURRENT_SOURCE_DIR}/fixtures-gen/tests/test_*.py")
foreach(file IN LISTS python_tests)
  file(RELATIVE_PATH name "${CMAKE_CURRENT_SOURCE_DIR}" "${file}")
  add_test(NAME ${name} COMMAND Python3::Interpreter "${file}")
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "${test_environment}")
endforeach()
