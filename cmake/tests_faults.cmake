# What test_faults and test_tool_faults are linked with: the calls that can fail go through reference/tests/faults/faults.cc. That
# is a feature of ELF linkers; elsewhere there are no such tests. The C++ library lies inside, so that its own calls go there too,
# but not under a sanitizer, which wants the shared one.

foreach(target IN ITEMS test_faults test_tool_faults)
  if(NOT TARGET ${target})
    continue()
  endif()
  foreach(function IN ITEMS malloc calloc realloc free mmap munmap pread read inflateInit2_ pthread_create)
    target_link_options(${target} PRIVATE "-Wl,--wrap=${function}")
  endforeach()
  if(NOT WEIGHTSONLY_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endforeach()
if(TARGET test_tool_faults)
  target_sources(test_tool_faults PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/reference/tests/faults/faults.cc")
endif()
