# The library: floors 0 to 7 and the C interface. `weightsonly` is what users link; `weightsonly_internal` has the floors' own symbols too, for the
# tool, the tests and the benchmarks: the same library when it is static, a static twin when hidden visibility hides them.

set(floor_sources)
foreach(floor IN ITEMS base container pickle value policy machine checkpoint output capi)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/reference/${floor}/*.cc")
  list(APPEND floor_sources ${sources})
endforeach()

# Makes <weightsonly/weightsonly.h> work from the build tree too, as it does from an installed one.
set(WEIGHTSONLY_FORWARD_DIR "${CMAKE_CURRENT_BINARY_DIR}/include")
file(CONFIGURE OUTPUT "${WEIGHTSONLY_FORWARD_DIR}/weightsonly/weightsonly.h"
     CONTENT "#include \"${CMAKE_CURRENT_SOURCE_DIR}/reference/weightsonly.h\"\n" @ONLY)
file(CONFIGURE OUTPUT "${WEIGHTSONLY_FORWARD_DIR}/weightsonly/weightsonly_c.h"
     CONTENT "#include \"${CMAKE_CURRENT_SOURCE_DIR}/reference/weightsonly_c.h\"\n" @ONLY)
set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/reference/capi/refusal.cc" PROPERTIES
  COMPILE_DEFINITIONS WEIGHTSONLY_VERSION="${PROJECT_VERSION}")

function(weightsonly_add_library target type)
  add_library(${target} ${type} ${floor_sources})
  weightsonly_settings(${target})
  weightsonly_optimise(${target})
  weightsonly_few_copies(${target})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/reference>
    $<BUILD_INTERFACE:${WEIGHTSONLY_FORWARD_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/weightsonly>)
  target_link_libraries(${target} PRIVATE ZLIB::ZLIB Threads::Threads)
endfunction()

if(BUILD_SHARED_LIBS)
  weightsonly_add_library(weightsonly SHARED)
  target_compile_definitions(weightsonly PUBLIC WEIGHTSONLY_SHARED PRIVATE WEIGHTSONLY_BUILDING)
  weightsonly_add_library(weightsonly_internal STATIC)
  set_target_properties(weightsonly_internal PROPERTIES EXCLUDE_FROM_ALL ON)
else()
  weightsonly_add_library(weightsonly STATIC)
  target_compile_definitions(weightsonly PRIVATE WEIGHTSONLY_BUILDING)
  add_library(weightsonly_internal ALIAS weightsonly)
endif()
set_target_properties(weightsonly PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
add_library(weightsonly::weightsonly ALIAS weightsonly)
