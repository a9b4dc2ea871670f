# What every target of this project is compiled and linked with.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "weightsonly needs g++ 12 or newer (C++23 <expected>); this is ${CMAKE_CXX_COMPILER_VERSION}. "
                      "Install a newer one and configure with -DCMAKE_CXX_COMPILER=g++-12.")
endif()

# The handlers of the pickle machine sit in several files, so that interprocedural optimisation pays. Objects stay "fat"
# (machine code beside the intermediate code): an installed libweightsonly.a must link with any compiler. Only GCC has
# such objects in every release that we support; other compilers build without.
set(WEIGHTSONLY_IPO OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT WEIGHTSONLY_SANITIZE)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT WEIGHTSONLY_IPO OUTPUT ignored LANGUAGES CXX)
endif()

function(weightsonly_settings target)
  target_compile_features(${target} PUBLIC cxx_std_23)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 $<$<BOOL:${WEIGHTSONLY_WERROR}>:/WX>)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra $<$<BOOL:${WEIGHTSONLY_WERROR}>:-Werror>)
  # GCC 12 takes "literal" + std::string for an overlapping copy when it inlines (GCC PR 105651, gone in 13).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(WEIGHTSONLY_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${WEIGHTSONLY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC $<BUILD_INTERFACE:-fsanitize=${WEIGHTSONLY_SANITIZE}>)
  endif()
endfunction()

# For programs whose speed does not count: they take the machine code of the fat objects, and link in a tenth of the time.
function(weightsonly_link_quickly target)
  if(WEIGHTSONLY_IPO)
    target_link_options(${target} PRIVATE -fno-lto)
  endif()
endfunction()

# For the library and the programs whose speed counts.
function(weightsonly_optimise target)
  if(WEIGHTSONLY_IPO)
    set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-ffat-lto-objects>)
  endif()
endfunction()

# What libFuzzer learns nothing from. Builds for coverage have the engine without its counters. The name of the copy is the digest of the
# list: a compiler says nothing to Ninja or ccache about this file, and another list has to compile everything again.
#
# The check of dynamic types (vptr) is left to ci/sanitize: it remembers classes in a table by the hash of an address, so that which of its
# edges are reached depends on where the system puts the program (four runs of the seeds of `terminal` reached 8,700 to 8,704).
if(WEIGHTSONLY_FUZZ_ENGINE STREQUAL "-fsanitize=fuzzer")
  file(SHA256 "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/uninstrumented.txt" digest)
  set(uninstrumented "${CMAKE_CURRENT_BINARY_DIR}/uninstrumented-${digest}.txt")
  configure_file(fuzz/uninstrumented.txt "${uninstrumented}" COPYONLY)
  add_compile_options(--start-no-unused-arguments "-fsanitize-coverage-ignorelist=${uninstrumented}" -fno-sanitize=vptr
                      --end-no-unused-arguments)
endif()

# Few copies of the code that libFuzzer learns from: each function that is inlined has its edges once more in every place, and so has each
# loop that is vectorised or unrolled. What it does not learn from stays fast.
function(weightsonly_few_copies target)
  if(WEIGHTSONLY_FUZZ_ENGINE STREQUAL "-fsanitize=fuzzer")
    target_compile_options(${target} PRIVATE -fno-vectorize -fno-slp-vectorize -fno-unroll-loops
      "SHELL:-mllvm -inline-threshold=25" "SHELL:-mllvm -inlinehint-threshold=25")
  endif()
endfunction()
