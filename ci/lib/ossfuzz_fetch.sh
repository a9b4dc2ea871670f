#!/usr/bin/env bash
# Makes what a build with MemorySanitizer needs, for ci/ossfuzz-contract: the sources of zlib in BASE/src/zlib, and a libc++ with its
# instrumentation in BASE/msan/libcxx. Both come from the source packages of the system's own apt sources (Debian, Ubuntu), for whose
# lists it keeps a folder of its own: nothing of the system changes. About 170 MB and some minutes, once.
#
#   ci/lib/ossfuzz_fetch.sh BASE
. "$(dirname "$0")/common.sh"
base=$(cd "$1" && pwd)
libcxx=$base/msan/libcxx
[ -f "$libcxx/lib/libc++.a" ] && [ -f "$base/src/zlib/inflate.c" ] && exit 0
command -v apt-get >/dev/null || { echo "ossfuzz_fetch.sh: there is no apt-get here; see WEIGHTSONLY_MSAN_LIBCXX" >&2; exit 1; }

packages=$base/msan/packages
mkdir -p "$packages/sources.d" "$packages/lists/partial" "$base/src"
cd "$packages"
for file in /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
  [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"sources.d/$(basename "$file")"
done
[ ! -f /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >sources.d/system.list
apt=(apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$packages/sources.d" -o Dir::State::Lists="$packages/lists" -o APT::Sandbox::User=root)
say "Fetching the sources of zlib and of LLVM 19"
"${apt[@]}" update >&2
"${apt[@]}" source --download-only zlib llvm-toolchain-19 >&2

rm -rf "$base/src/zlib" llvm
mkdir -p "$base/src/zlib" llvm
tar xf zlib_*.orig.tar.* -C "$base/src/zlib" --strip-components=1
tar xf llvm-toolchain-19_*.orig.tar.* -C llvm --strip-components=1 --wildcards '*/libcxx/*' '*/libcxxabi/*' '*/runtimes/*' '*/cmake/*' '*/llvm/utils/llvm-lit/*'

say "Building libc++ with MemorySanitizer"
printf 'fun:__gxx_personality_*\n' >ignored
cmake -G Ninja -S llvm/runtimes -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
  -DCMAKE_CXX_FLAGS="-fsanitize-ignorelist=$packages/ignored -g1" -DCMAKE_INSTALL_PREFIX="$libcxx" \
  -DLLVM_ENABLE_RUNTIMES="libcxx;libcxxabi" -DLLVM_USE_SANITIZER=Memory -DLIBCXXABI_USE_LLVM_UNWINDER=OFF \
  -DLIBCXX_ENABLE_SHARED=OFF -DLIBCXXABI_ENABLE_SHARED=OFF -DLIBCXX_ENABLE_STATIC_ABI_LIBRARY=ON \
  -DLIBCXX_INCLUDE_BENCHMARKS=OFF -DLIBCXX_INCLUDE_TESTS=OFF -DLIBCXXABI_INCLUDE_TESTS=OFF >configure.log 2>&1 || { cat configure.log >&2; exit 1; }
cmake --build build -j "$JOBS" --target cxx cxxabi install-cxx install-cxxabi >build.log 2>&1 || { tail -40 build.log >&2; exit 1; }
rm -rf llvm build
