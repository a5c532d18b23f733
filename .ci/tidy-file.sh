#!/usr/bin/env bash
# tidy-file.sh PYTHON_INCLUDE FILE: clang-tidy on one C file, silent unless it has something to say.
set -euo pipefail

output="$(clang-tidy --quiet "$2" -- -std=gnu11 -Ilibprof/include -Ilibprof/core -Ilibprof/export \
  -Ilibprof/cpython -isystem "$1" 2>&1)" || {
  printf '%s\n' "$output"
  exit 1
}
