#!/usr/bin/env bash
# cpython-suite.sh [MINOR...]: CPython's own tests must end with a session on as they do without one, on
# every supported CPython or the named ones. Debian keeps the tests in packages of their own, so an
# interpreter that lacks them here is taken from a Debian tree. MODULES="test_generators ..." names some, and
# "--mode sampled" in front of them has them sampled instead of traced.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source .ci/interpreters.sh

WORK="$BUILD/cpython-suite"
WHERE_IN_TREE=/var/tmp/libprof-cpython-suite
read -ra modules <<<"${MODULES:-}"

has_tests() {
  "$1" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("test.test_generators") is None)' \
    2>/dev/null
}

# The archive's index of an old tree is out of date for apt, and has the packages all the same.
install_tests() {
  local tree="$1" package="libpython$2-testsuite"
  bash .ci/chroot.sh "$tree" dpkg -s "$package" >/dev/null 2>&1 && return
  bash .ci/chroot.sh "$tree" bash -c "
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o Acquire::Check-Valid-Until=false update
    apt-get -qq install --no-install-recommends -y $package >/dev/null"
}

in_tree() {
  local minor="$1" tree inside
  can_be_root || die "CPython $minor with its tests is not here, and a Debian tree needs root"
  tree="$(bash .ci/debian-tree.sh)"
  inside="$tree$WHERE_IN_TREE"
  exec 8>"$tree.lock"
  flock 8
  install_tests "$tree" "$minor"
  as_root rm -rf "$inside/src"
  as_root mkdir -p "$inside"
  as_root cp -r "$WORK/src" "$inside/src"
  bash .ci/chroot.sh "$tree" bash "$WHERE_IN_TREE/src/.ci/cpython-suite-python.sh" \
    "python$minor" "$WHERE_IN_TREE/src" "$WHERE_IN_TREE/py$minor" "${modules[@]}"
}

run_minor() {
  local minor="$1" python
  if python="$(find_python "$minor")" && has_tests "$python"; then
    bash .ci/cpython-suite-python.sh "$python" "$WORK/src" "$WORK/py$minor" "${modules[@]}"
  else
    (in_tree "$minor")
  fi
}

[[ $# -gt 0 ]] && MINORS=("$@")
exclusive cpython-suite
bash .ci/packages.sh build
mkdir -p "$WORK"
bash .ci/frontend.sh
snapshot "$WORK/src"
failed=()
for minor in "${MINORS[@]}"; do
  say "CPython $minor: its own tests, without and with a session"
  run_minor "$minor" || failed+=("$minor")
done
[[ ${#failed[@]} -eq 0 ]] || die "CPython's tests differ on: ${failed[*]}"
