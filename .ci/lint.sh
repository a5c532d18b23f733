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

# The analyser is slow: only when what it reads has changed.
tidy() {
  local key include
  key="$(fingerprint libprof/core libprof/export libprof/cpython libprof/include .clang-tidy)"
  if fresh tidy "$key"; then return; fi
  say "clang-tidy (half a minute)"
  include="$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
  printf '%s\n' libprof/core/*.c libprof/export/*.c libprof/cpython/*.c \
    | xargs -P "$JOBS" -n 1 bash .ci/tidy-file.sh "$include"
  stamp tidy "$key"
}
tidy

# What reads registers and stacks has a part for each processor. Nobody runs the other one's here, but it compiles.
compile_for_other_processor() {
  local key include
  key="$(fingerprint libprof/core libprof/export libprof/cpython libprof/include)"
  if fresh other-processor "$key"; then return; fi
  say "clang for $(other_processor)"
  include="$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
  clang --target="$(other_processor)" -std=gnu11 -fsyntax-only -Wall -Wextra -Werror \
    -Ilibprof/include -Ilibprof/core -Ilibprof/export -Ilibprof/cpython \
    -isystem "/usr/$(other_processor)/include" -isystem "$include" \
    libprof/core/*.c libprof/export/*.c libprof/cpython/*.c
  stamp other-processor "$key"
}
compile_for_other_processor

say "ruff"
"$VENV/bin/ruff" check .
"$VENV/bin/ruff" format --check .

say "mypy"
"$VENV/bin/mypy"

say "shellcheck"
shellcheck "${shell_files[@]}"
