#!/usr/bin/env bash
# venv.sh [EXTRA...]: the project's environment: interpreter, tools, and the project itself, editable,
# with its extension built. Runs again only when what it is made of has changed. Further extras are
# those that need more than a wheel.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

STAMPS="$VENV/stamps" # they go when the environment goes
EXTRAS="test,browser,lint"

make_venv() {
  local python
  if [[ -x "$VENV/bin/python" && -z "${PYTHON:-}" ]]; then return; fi
  python="$(bash .ci/python.sh)"
  if [[ -x "$VENV/bin/python" ]] \
    && [[ "$("$VENV/bin/python" -c 'import sys; print(sys.version)')" == "$("$python" -c 'import sys; print(sys.version)')" ]]; then
    return
  fi
  say "Creating ${VENV#"$ROOT/"} with $python"
  rm -rf "$VENV"
  "$python" -m venv "$VENV"
}

# Everything the project and its tools require, but not the project: that needs a build.
# install_requirements STAMP EXTRAS
install_requirements() {
  local key
  key="$(fingerprint pyproject.toml .ci/requirements.py)"
  if fresh "$1" "$key"; then return; fi
  say "Installing Python packages of $2 (a minute or two the first time)"
  "$VENV/bin/python" .ci/requirements.py "$2" >"$BUILD/requirements.txt"
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -r "$BUILD/requirements.txt"
  stamp "$1" "$key"
}

install_project() {
  local key
  key="$(fingerprint pyproject.toml CMakeLists.txt libprof/cmake libprof/core libprof/export \
    libprof/include libprof/cpython)"
  if fresh extension "$key"; then return; fi
  say "Building the extension and installing the project (editable)"
  SKBUILD_BUILD_DIR="$VENV/extension" SKBUILD_CMAKE_DEFINE=PROF_WERROR=ON "$VENV/bin/python" -m pip install --quiet \
    --disable-pip-version-check --no-build-isolation --no-deps -e .
  stamp extension "$key"
}

exclusive venv
bash .ci/packages.sh build
make_venv
install_requirements requirements "$EXTRAS"
for extra in "$@"; do install_requirements "requirements-$extra" "$extra"; done
install_project
