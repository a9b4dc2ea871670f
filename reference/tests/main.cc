// The main function of every test program, for Catch2 2; Catch2 3 brings its own, and this file is then empty.
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include "tests/catch.h"
#endif
