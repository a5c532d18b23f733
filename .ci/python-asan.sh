#!/usr/bin/env bash
# python-asan.sh [pytest arguments]: the tests of the Python package with the extension built under
# AddressSanitizer and UndefinedBehaviorSanitizer, in build/asan-venv.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash .ci/setup.sh
exclusive asan

ASAN_VENV="$BUILD/asan-venv"
REQUIREMENTS="$("$VENV/bin/python" .ci/requirements.py test)"
# A pyenv shim would hand the preloaded runtime to bash; the base interpreter is a real program.
BASE="$("$VENV/bin/python" -c 'import sys; print(sys._base_executable)')"

if [[ "$(cat "$ASAN_VENV/requirements.txt" 2>/dev/null)" != "$REQUIREMENTS" ]]; then
  say "Environment for the sanitized extension"
  rm -rf "$ASAN_VENV"
  "$BASE" -m venv "$ASAN_VENV"
  printf '%s\n' "$REQUIREMENTS" >"$ASAN_VENV/wanted.txt"
  "$ASAN_VENV/bin/python" -m pip install --quiet --disable-pip-version-check -r "$ASAN_VENV/wanted.txt"
  mv "$ASAN_VENV/wanted.txt" "$ASAN_VENV/requirements.txt"
fi

say "Building the extension with sanitizers"
SKBUILD_BUILD_DIR="$ASAN_VENV/extension" \
  SKBUILD_CMAKE_DEFINE="PROF_WERROR=ON;PROF_SANITIZE=address,undefined" \
  "$ASAN_VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
  --no-build-isolation --no-deps -e .

say "Python tests of libprof under AddressSanitizer"
# The interpreter leaks by design at exit; what is wanted here is wild reads and writes.
# The C++ runtime stands beside it, because greenlet throws exceptions and libasan looks for them early.
LD_PRELOAD="$("${CC:-gcc}" -print-file-name=libasan.so) $("${CC:-gcc}" -print-file-name=libstdc++.so)" \
  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc \
  "$ASAN_VENV/bin/python" -m pytest -p no:cacheprovider \
  --ignore=tests/browser --ignore=tests/packaging --ignore=tests/django --ignore=tests/example "$@"
