#!/usr/bin/env bash
# python.sh: prints the interpreter the project's environment is made with: $PYTHON when it is set,
# else the first one found that can build the extension (CPython 3.11 to 3.15 with the global lock,
# headers and ensurepip). Debian's own python3 gets its missing headers through apt.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Prints the real path of the interpreter, past pyenv's shims, or what is wrong with it.
examine() {
  "$1" - <<'PY' 2>/dev/null || echo "does not run"
import os, sys, sysconfig
if sys.implementation.name != "cpython" or not (3, 11) <= sys.version_info[:2] <= (3, 15):
    print("unsupported: is %s %s" % (sys.implementation.name, sys.version.split()[0]))
elif sysconfig.get_config_var("Py_GIL_DISABLED"):
    print("unsupported: free-threaded")
elif not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print("incomplete: has no Python.h")
else:
    try:
        import ensurepip, venv
        print("ok", os.path.realpath(sys.executable) if sys.prefix == sys.base_prefix else sys.executable)
    except ImportError:
        print("incomplete: has no ensurepip")
PY
}

candidates() {
  printf '%s\n' python3 python3.11 python3.12 python3.13 python3.14 python3.15 /usr/bin/python3
  local root="${PYENV_ROOT:-$HOME/.pyenv}"
  compgen -G "$root/versions/3.1[1-5].*/bin/python" || true
}

# complete_debian PYTHON: installs headers and venv for an interpreter that came from Debian.
complete_debian() {
  local version
  version="$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  bash .ci/packages.sh "pkg:python$version-dev" "pkg:python$version-venv" >&2
}

if [[ -n "${PYTHON:-}" ]]; then
  verdict="$(examine "$PYTHON")"
  [[ "$verdict" == ok\ * ]] || die "PYTHON=$PYTHON cannot be used: $verdict"
  echo "${verdict#ok }"
  exit
fi

while read -r candidate; do
  verdict="$(examine "$candidate")"
  if [[ "$verdict" == ok\ * ]]; then
    echo "${verdict#ok }"
    exit
  fi
done < <(candidates)

if [[ "$(examine /usr/bin/python3)" == incomplete* ]]; then
  complete_debian /usr/bin/python3
  verdict="$(examine /usr/bin/python3)"
  [[ "$verdict" == ok\ * ]] || die "/usr/bin/python3 still cannot be used: $verdict"
  echo "${verdict#ok }"
  exit
fi
die "no CPython 3.11 to 3.15 found; install one (Debian 12: sudo apt-get install python3 python3-dev python3-venv) or set PYTHON=/path/to/python"
