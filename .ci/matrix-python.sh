#!/usr/bin/env bash
# matrix-python.sh PYTHON SRC WORK RESULTS DJANGO[+all|+shop]...: one interpreter of the matrix. Builds the
# wheel of SRC, installs it and the test tools into an environment in WORK, then runs tests with one
# Django after the other (see matrix.sh) and appends a line for each to RESULTS:
#     <python> <django> passed|failed <seconds> <pytest's last line>, separated by tabs.
# It needs nothing outside SRC, because it also runs inside an unpacked Debian tree.
set -euo pipefail

PYTHON="$1" SRC="$2" WORK="$3" RESULTS="$4"
shift 4
CELL_SECONDS=900 # far above what the tests need; a hang must not eat the whole run

say() { printf '==> %s\n' "$*"; }

pip() { "$WORK/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }

export SKBUILD_CMAKE_DEFINE=PROF_WERROR=ON
VERSION="$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"

prepare() {
  local requirements
  requirements="# $("$PYTHON" -VV)"$'\n'"$("$PYTHON" "$SRC/.ci/requirements.py" test)"
  if [[ "$(cat "$WORK/requirements.txt" 2>/dev/null)" != "$requirements" ]]; then
    say "CPython $VERSION: environment"
    rm -rf "$WORK"
    mkdir -p "$WORK"
    "$PYTHON" -m venv "$WORK/venv"
    printf '%s\n' "$requirements" >"$WORK/wanted.txt"
    pip install -r "$WORK/wanted.txt"
    mv "$WORK/wanted.txt" "$WORK/requirements.txt" # only now is the environment whole
  fi
  say "CPython $VERSION: wheel"
  rm -rf "$WORK/wheel"
  pip wheel --no-deps --no-build-isolation -w "$WORK/wheel" "$SRC"
  pip install --no-deps --force-reinstall "$WORK"/wheel/*.whl
}

# cell DJANGO[+all|+shop]
cell() {
  local django="${1%+*}" without=() log="$WORK/django-${1%+*}.log" verdict=passed start=$SECONDS
  case "$1" in
    *+all) ;;
    *+shop) without=(--ignore=tests/python) ;;
    *) without=(--ignore=tests/python --ignore=tests/example) ;;
  esac
  say "CPython $VERSION with Django $django"
  if ! pip install "Django~=$django.0" >"$log" 2>&1; then
    verdict=failed
  elif ! (cd "$SRC" && timeout --kill-after=10 "$CELL_SECONDS" "$WORK/venv/bin/python" -m pytest -q \
    -p no:cacheprovider --ignore=tests/browser --ignore=tests/packaging \
    -m "not browser and not packaging" "${without[@]}" >>"$log" 2>&1); then
    verdict=failed
  fi
  [[ $verdict == passed ]] || tail -n 60 "$log"
  printf '%s\t%s\t%s\t%s\t%s\n' "$VERSION" "$django" "$verdict" "$((SECONDS - start))" \
    "$(grep -E '[0-9]+ (passed|failed|error)' "$log" | tail -n 1)" >>"$RESULTS"
}

prepare
for django in "$@"; do
  cell "$django"
done
