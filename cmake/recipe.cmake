# The recipe language: the assembler and the disassembler of conformance/FORMAT.md, for the tool, the tests and the fuzzers. No part
# of the library that is installed.

file(GLOB recipe_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/reference/recipe/*.cc")
add_library(weightsonly_recipe STATIC ${recipe_sources})
weightsonly_settings(weightsonly_recipe)
weightsonly_few_copies(weightsonly_recipe)
target_link_libraries(weightsonly_recipe PUBLIC weightsonly_internal)
