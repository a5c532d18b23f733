#!/usr/bin/env bash
# matrix.sh [MINOR...]: the Python tests on every supported CPython (or the named ones) with every
# Django it can run, against the built wheel. A Python this machine lacks comes from a Debian tree.
# A cell that cannot be had is a failure. libprof's own tests are not repeated where `make test` has passed them.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source .ci/interpreters.sh

WORK="$BUILD/matrix"
RESULTS="$WORK/results.tsv"
WHERE_IN_TREE=/var/tmp/libprof-matrix

# djangos MINOR: the Django series that run there, and which tests run with each: all, those of django_profiler and of
# the example shop, or those of django_profiler alone. libprof knows no Django, and the shop is an application like others.
djangos() {
  case "$1" in
    3.11) echo 5.2+all ;;
    3.15) echo 5.2+all 6.0 6.1+shop ;;
    *) echo 5.2+all 6.0 6.1 ;;
  esac
}

here() {
  bash .ci/matrix-python.sh "$2" "$WORK/src" "$WORK/py$1" "$RESULTS" "${@:3}"
}

# The tests run inside the tree on copies, and only the results come back.
in_tree() {
  local minor="$1" tree inside
  if ! can_be_root; then
    say "CPython $minor is not here, and a Debian tree needs root. Install it (for example: pyenv install $minor) or run: sudo make matrix"
    return 1
  fi
  tree="$(bash .ci/debian-tree.sh)"
  inside="$tree$WHERE_IN_TREE"
  # The tree is the user's, not this clone's: one matrix at a time may work in it.
  exec 8>"$tree.lock"
  flock 8
  as_root rm -rf "$inside/src" "$inside/results.tsv"
  as_root mkdir -p "$inside"
  as_root cp -r "$WORK/src" "$inside/src"
  bash .ci/chroot.sh "$tree" bash "$WHERE_IN_TREE/src/.ci/matrix-python.sh" "python$minor" \
    "$WHERE_IN_TREE/src" "$WHERE_IN_TREE/py$minor" "$WHERE_IN_TREE/results.tsv" "${@:2}" || return 1
  cat "$inside/results.tsv" >>"$RESULTS"
  flock -u 8
}

run_minor() {
  local minor="$1" python series
  read -ra series <<<"$(djangos "$minor")"
  if python="$(find_python "$minor")"; then
    if fresh libprof-tests "$(libprof_tests_key "$python")"; then
      say "CPython $minor: make test has passed libprof's own tests"
      series=("${series[@]/+all/+shop}")
    fi
    here "$minor" "$python" "${series[@]}" && return
  elif in_tree "$minor" "${series[@]}"; then
    return
  fi
  for django in "${series[@]}"; do
    printf '%s\t%s\tfailed\t0\tcould not be set up\n' "$minor" "${django%+*}" >>"$RESULTS"
  done
}

table() {
  local passed failed
  printf '\n%-8s %-8s %-8s %7s  %s\n' Python Django result seconds tests
  awk -F '\t' '{ printf "%-8s %-8s %-8s %7s  %s\n", $1, $2, $3, $4, $5 }' "$RESULTS"
  passed="$(awk -F '\t' '$3 == "passed"' "$RESULTS" | wc -l)"
  failed="$(awk -F '\t' '$3 != "passed"' "$RESULTS" | wc -l)"
  printf '\nmatrix: %s passed, %s failed\n' "$passed" "$failed"
  [[ "$failed" -eq 0 && "$passed" -gt 0 ]]
}

[[ $# -gt 0 ]] && MINORS=("$@")
exclusive matrix
bash .ci/packages.sh build databases
mkdir -p "$WORK"
bash .ci/frontend.sh
snapshot "$WORK/src"
: >"$RESULTS"
for minor in "${MINORS[@]}"; do
  say "CPython $minor"
  run_minor "$minor"
done
table
