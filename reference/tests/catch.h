// Catch2, whichever version the system has: 2 (one header) or 3 (a library). Tests include this and nothing of Catch2
// itself.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
