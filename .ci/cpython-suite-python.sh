#!/usr/bin/env bash
# cpython-suite-python.sh PYTHON SRC WORK [MODULE...]: CPython's own tests with and without a session, on one
# interpreter. It needs nothing outside SRC, because it also runs inside an unpacked Debian tree.
set -euo pipefail

PYTHON="$1" SRC="$2" WORK="$3"
shift 3

pip() { "$WORK/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }

# What the interpreter runs at its start: the session, or what it is compared with.
bring_startup_files() {
  local packages
  packages="$("$WORK/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
  cp "$SRC"/tests/stress/libprof_from_startup.{py,pth} "$packages/"
}

rm -rf "$WORK/wheel"
mkdir -p "$WORK"
[[ -x "$WORK/venv/bin/python" ]] || "$PYTHON" -m venv "$WORK/venv"
pip install scikit-build-core
SKBUILD_CMAKE_DEFINE=PROF_WERROR=ON pip wheel --no-deps --no-build-isolation -w "$WORK/wheel" "$SRC"
pip install --no-deps --force-reinstall "$WORK"/wheel/*.whl
bring_startup_files
"$WORK/venv/bin/python" "$SRC/tests/stress/cpython_suite.py" --logs "$WORK/logs" "$@"
