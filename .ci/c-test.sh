#!/usr/bin/env bash
# c-test.sh [plain|clang|asan|tsan]: builds and tests the C library in build/c-<kind>, without
# Python. `clang` is the plain build by the other compiler.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kind="${1:-plain}"
bash .ci/packages.sh build ctest

options=()
case "$kind" in
  plain) ;;
  clang)
    bash .ci/packages.sh clang
    export CC=clang
    ;;
  asan)
    options=("-DPROF_SANITIZE=address,undefined")
    export UBSAN_OPTIONS=print_stacktrace=1
    ;;
  tsan) options=(-DPROF_SANITIZE=thread) ;;
  *) die "c-test.sh knows plain, clang, asan and tsan, not '$kind'" ;;
esac

say "C library ($kind): build and unit tests"
dir="$BUILD/c-$kind"
cmake -S . -B "$dir" -G Ninja --log-level=WARNING "${options[@]}"
cmake --build "$dir" -j "$JOBS"
ctest --test-dir "$dir" --output-on-failure --no-tests=error -j "$JOBS"
