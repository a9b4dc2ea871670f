# The benchmarks: bench/<name>_main.cc is one program, bench/weightsonly_bench_main.cc -> weightsonly-bench, any other
# bench/raw_floor_main.cc -> weightsonly-raw-floor. What is left in bench/ is linked into each.

file(GLOB bench_mains CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/bench/*_main.cc")
file(GLOB bench_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/bench/*.cc")
list(REMOVE_ITEM bench_sources ${bench_mains})

foreach(main IN LISTS bench_mains)
  get_filename_component(name "${main}" NAME_WE)
  string(REGEX REPLACE "_main$" "" name "${name}")
  string(REGEX REPLACE "^weightsonly_" "" name "${name}")
  string(REPLACE "_" "-" program "weightsonly-${name}")
  set(target "weightsonly_bench_${name}")
  add_executable(${target} "${main}" ${bench_sources})
  weightsonly_settings(${target})
  weightsonly_optimise(${target})
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE weightsonly_internal ZLIB::ZLIB Threads::Threads)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME "${program}" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
endforeach()
