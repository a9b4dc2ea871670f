# The tool (floor 8): everything but main.cc is a library of its own, so that tests can link it.

find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)

file(GLOB tool_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/reference/tool/*.cc")
list(REMOVE_ITEM tool_sources "${CMAKE_CURRENT_SOURCE_DIR}/reference/tool/main.cc")
# The specification travels inside the tool, for `weightsonly explain`.
set(spec "${CMAKE_CURRENT_SOURCE_DIR}/reference/SPEC.md")
set(spec_source "${CMAKE_CURRENT_BINARY_DIR}/spec_text.cc")
set(spec_script "${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_spec.cmake")
add_custom_command(OUTPUT "${spec_source}"
  COMMAND "${CMAKE_COMMAND}" "-DSPEC=${spec}" "-DOUTPUT=${spec_source}" -P "${spec_script}"
  DEPENDS "${spec}" "${spec_script}" VERBATIM)

add_library(weightsonly_tool_lib STATIC ${tool_sources} "${spec_source}")
weightsonly_settings(weightsonly_tool_lib)
weightsonly_few_copies(weightsonly_tool_lib)
# Floor 8 waits for files and terminals: small code serves it better than fast code, and the tool stays below 3 MiB.
if(NOT MSVC)
  target_compile_options(weightsonly_tool_lib PRIVATE $<$<CONFIG:Release>:-Os>)
endif()
target_compile_definitions(weightsonly_tool_lib PUBLIC WEIGHTSONLY_VERSION="${PROJECT_VERSION}")
target_link_libraries(weightsonly_tool_lib PUBLIC
  weightsonly_internal weightsonly_recipe CLI11::CLI11 nlohmann_json::nlohmann_json Threads::Threads)

add_executable(weightsonly_tool "${CMAKE_CURRENT_SOURCE_DIR}/reference/tool/main.cc")
weightsonly_settings(weightsonly_tool)
weightsonly_optimise(weightsonly_tool)
target_link_libraries(weightsonly_tool PRIVATE weightsonly_tool_lib)
set_target_properties(weightsonly_tool PROPERTIES
  OUTPUT_NAME weightsonly RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
# One file that starts fast: with these two libraries inside, the dynamic loader has half the work. (A wholly static program starts
# slower than that: it relocates itself.)
if(UNIX AND NOT APPLE AND NOT WEIGHTSONLY_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  target_link_options(weightsonly_tool PRIVATE -static-libstdc++ -static-libgcc)
endif()
