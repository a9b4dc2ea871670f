// Floor 0. WEIGHTSONLY_EXPORT marks what a shared library shows; everything else is hidden.
#pragma once

#if defined(WEIGHTSONLY_SHARED) && defined(_WIN32)
#if defined(WEIGHTSONLY_BUILDING)
#define WEIGHTSONLY_EXPORT __declspec(dllexport)
#else
#define WEIGHTSONLY_EXPORT __declspec(dllimport)
#endif
#elif defined(WEIGHTSONLY_SHARED)
#define WEIGHTSONLY_EXPORT __attribute__((visibility("default")))
#else
#define WEIGHTSONLY_EXPORT
#endif
