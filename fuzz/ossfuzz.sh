#!/usr/bin/env bash
# Builds every fuzz target the way OSS-Fuzz and ClusterFuzzLite want it. Their build.sh call it, and so does ci/ossfuzz-contract.
#
# Takes from the environment: OUT, SRC, WORK, CXX, CC, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, SANITIZER, ARCHITECTURE. Sets no flag of
# its own, and writes to $OUT and $WORK only. Into $OUT go the programs, each with its seeds, dictionary and options.
# WEIGHTSONLY_FUZZ_TARGETS, a list of names, builds only these.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${OUT:?}" "${SRC:?}" "${WORK:?}" "${CC:?}" "${CXX:?}" "${LIB_FUZZING_ENGINE:?}"
export PYTHONDONTWRITEBYTECODE=1
read -ra flags <<<"${CFLAGS:-}"
jobs=${WEIGHTSONLY_JOBS:-$(nproc)}

# zlib is linked statically: nothing that is installed here is there when the targets run. From its sources where they lie beside ours,
# with the same instrumentation; its own build files would write among its sources.
if [ -f "$SRC/zlib/inflate.c" ]; then
  mkdir -p "$WORK/zlib"
  objects=()
  for name in adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr zutil; do
    "$CC" "${flags[@]}" -I"$SRC/zlib" -c "$SRC/zlib/$name.c" -o "$WORK/zlib/$name.o"
    objects+=("$WORK/zlib/$name.o")
  done
  rm -f "$WORK/zlib/libz.a"
  ar rcs "$WORK/zlib/libz.a" "${objects[@]}"
  zlib=(-DZLIB_INCLUDE_DIR="$SRC/zlib" -DZLIB_LIBRARY="$WORK/zlib/libz.a")
elif [ "${SANITIZER:-}" = memory ]; then
  echo "ossfuzz.sh: MemorySanitizer wants every library instrumented, and zlib's sources are not in \$SRC/zlib" >&2
  exit 1
else
  archive=$("$CC" "${flags[@]}" -print-file-name=libz.a)
  [ -f "$archive" ] || { echo "ossfuzz.sh: there is no libz.a for ${ARCHITECTURE:-this architecture}, and no \$SRC/zlib" >&2; exit 1; }
  zlib=(-DZLIB_LIBRARY="$archive")
fi

# A build type that CMake does not know adds no flags: those of the environment stand alone.
build=$WORK/weightsonly
cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=OssFuzz -DBUILD_SHARED_LIBS=OFF "${zlib[@]}" \
  -DWEIGHTSONLY_BUILD_TESTS=OFF -DWEIGHTSONLY_BUILD_BENCH=OFF -DWEIGHTSONLY_INSTALL=OFF -DWEIGHTSONLY_BUILD_TOOL=ON \
  -DWEIGHTSONLY_BUILD_FUZZ=ON -DWEIGHTSONLY_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"
read -ra chosen <<<"${WEIGHTSONLY_FUZZ_TARGETS:-}"
if [ ${#chosen[@]} = 0 ]; then
  cmake --build "$build" -j "$jobs" --target weightsonly_fuzz
else
  cmake --build "$build" -j "$jobs" --target "${chosen[@]/#/fuzz_}"
fi
python3 fuzz/pack.py --programs "$build/fuzz" --work "$WORK/pack" --out "$OUT" "${chosen[@]}"
