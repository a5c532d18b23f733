#!/usr/bin/env bash
# python-asan.sh [pytest arguments]: the tests of the Python package with the extension built under
# AddressSanitizer and UndefinedBehaviorSanitizer, in build/asan-<Python>. On the project's own Python,
# and where that has no sys.monitoring on one that has, if there is one here.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source .ci/interpreters.sh

bash .ci/setup.sh
exclusive asan

REQUIREMENTS="$("$VENV/bin/python" .ci/requirements.py test)"
# A pyenv shim would hand the preloaded runtime to bash; the base interpreter is a real program.
BASE="$("$VENV/bin/python" -c 'import sys; print(sys._base_executable)')"

has_monitoring() { "$1" -c 'import sys; sys.exit(not hasattr(sys, "monitoring"))'; }

# environment PYTHON FOLDER
environment() {
  [[ "$(cat "$2/requirements.txt" 2>/dev/null)" != "$REQUIREMENTS" ]] || return 0
  say "Environment for the sanitized extension"
  rm -rf "$2"
  "$1" -m venv "$2"
  printf '%s\n' "$REQUIREMENTS" >"$2/wanted.txt"
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2/wanted.txt"
  mv "$2/wanted.txt" "$2/requirements.txt"
}

# The C++ runtime stands beside the sanitizer's, because greenlet throws exceptions and libasan looks for
# them early. The interpreter leaks by design at exit; what is wanted here is wild reads and writes.
sanitized() {
  LD_PRELOAD="$("${CC:-gcc}" -print-file-name=libasan.so) $("${CC:-gcc}" -print-file-name=libstdc++.so)" \
    ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc "$@"
}

# run_on PYTHON [pytest arguments]
run_on() {
  local version folder
  version="$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  folder="$BUILD/asan-$version"
  environment "$1" "$folder"
  say "Building the extension with sanitizers for Python $version"
  SKBUILD_BUILD_DIR="$folder/extension" \
    SKBUILD_CMAKE_DEFINE="PROF_WERROR=ON;PROF_SANITIZE=address,undefined" \
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-build-isolation --no-deps -e .
  say "Python tests of libprof under AddressSanitizer, Python $version"
  sanitized "$folder/bin/python" -m pytest -p no:cacheprovider \
    --ignore=tests/browser --ignore=tests/packaging --ignore=tests/django --ignore=tests/example \
    "${@:2}"
}

run_on "$BASE" "$@"
if ! has_monitoring "$BASE"; then
  for minor in 3.14 3.13 3.12; do
    if other="$(find_python "$minor")"; then
      run_on "$other" "$@"
      break
    fi
  done
fi
