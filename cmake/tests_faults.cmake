# What test_faults is linked with: the calls that can fail go through reference/tests/faults/faults.cc. That is a feature of ELF
# linkers; elsewhere there is no such test. The C++ library lies inside, so that its own calls go there too, but not under a
# sanitizer, which wants the shared one.

if(NOT TARGET test_faults)
  return()
endif()
foreach(function IN ITEMS malloc calloc realloc free mmap munmap pread read inflateInit2_ pthread_create)
  target_link_options(test_faults PRIVATE "-Wl,--wrap=${function}")
endforeach()
if(NOT WEIGHTSONLY_SANITIZE)
  target_link_options(test_faults PRIVATE -static-libstdc++ -static-libgcc)
endif()
