# Shared by the scripts of ci/: sourced, not run. Works without HOME and from any directory.
set -euo pipefail

# What a script says of itself at its beginning is its help.
case "${1:-}" in
  -h | --help)
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
    exit 0
    ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

JOBS=${WEIGHTSONLY_JOBS:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)}
export CMAKE_BUILD_PARALLEL_LEVEL=$JOBS

# Says what comes next, on stderr: stdout stays for results.
say() { printf '\n== %s\n' "$*" >&2; }

# Prints a command as a person would type it, then runs it.
show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

# configure PRESET [CMAKE ARGUMENT...]: quiet when all is well, the whole log when not.
configure() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# run_tests PRESET [CTEST ARGUMENT...]: everything that is registered; ctest's closing line is the verdict.
run_tests() {
  local preset=$1
  shift
  ctest --preset "$preset" --no-tests=error -j "$JOBS" "$@"
}
