#!/usr/bin/env bash
# fuzz.sh [SECONDS]: runs every libFuzzer target of tests/fuzz for so long (default 30). A target
# starts from tests/fuzz/corpus/<name>/ and writes what it finds to build/fuzz-work/.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds="${1:-30}"
compgen -G 'tests/fuzz/fuzz_*.c' >/dev/null || die "tests/fuzz has no fuzz_*.c"
bash .ci/packages.sh build clang

CC=clang cmake -S . -B "$BUILD/fuzz" -G Ninja --log-level=WARNING -DPROF_FUZZ=ON -DPROF_BUILD_TESTS=OFF
cmake --build "$BUILD/fuzz" -j "$JOBS"

for source in tests/fuzz/fuzz_*.c; do
  target="$(basename "$source" .c)"
  work="$BUILD/fuzz-work/$target"
  mkdir -p "$work"
  seeds=() # and options
  [[ ! -d "tests/fuzz/corpus/$target" ]] || seeds=("tests/fuzz/corpus/$target")
  [[ ! -f "tests/fuzz/$target.dict" ]] || seeds+=("-dict=tests/fuzz/$target.dict")
  say "Fuzzing $target for $seconds s"
  "$BUILD/fuzz/tests/$target" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$work/" "$work" "${seeds[@]}"
done
