#!/usr/bin/env bash
# lint.sh: what a reviewer should not have to look for. lint.sh format rewrites instead.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash .ci/packages.sh build lint
bash .ci/venv.sh

mapfile -t c_files < <(git ls-files -co --exclude-standard -- 'libprof/*.[ch]' 'tests/*.[ch]' | sort)
mapfile -t shell_files < <(git ls-files -co --exclude-standard -- '.ci/*' | xargs grep -lE '^#!.*bash|shell=bash')

if [[ "${1:-check}" == format ]]; then
  say "Formatting C and Python"
  clang-format -i "${c_files[@]}"
  "$VENV/bin/ruff" check --fix --quiet . || true
  "$VENV/bin/ruff" format .
  exit
fi

say "clang-format"
clang-format --dry-run -Werror "${c_files[@]}"

say "cppcheck"
cppcheck --quiet --std=c11 --language=c --inline-suppr --error-exitcode=1 -j "$JOBS" \
  --enable=warning,portability,performance --suppress=missingIncludeSystem \
  --suppressions-list=.ci/cppcheck.suppressions \
  -I libprof/include -I libprof/core -I libprof/export -I libprof/cpython \
  libprof/core libprof/export libprof/cpython

say "ruff"
"$VENV/bin/ruff" check .
"$VENV/bin/ruff" format --check .

say "mypy"
"$VENV/bin/mypy"

say "shellcheck"
shellcheck "${shell_files[@]}"
