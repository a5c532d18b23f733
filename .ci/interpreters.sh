# shellcheck shell=bash
# Finding Pythons that can build and run the extension; sourced after lib.sh, never run.

# shellcheck disable=SC2034  # for those who source this
MINORS=(3.11 3.12 3.13 3.14 3.15)

# examine PYTHON: "ok <real path>" (past pyenv's shims), or what is wrong with it.
examine() {
  "$@" - <<'PY' 2>/dev/null || echo "does not run"
import os, sys, sysconfig
if sys.implementation.name != "cpython" or not (3, 11) <= sys.version_info[:2] <= (3, 15):
    print("unsupported: %s %s" % (sys.implementation.name, sys.version.split()[0]))
elif sysconfig.get_config_var("Py_GIL_DISABLED"):
    print("unsupported: free-threaded")
elif not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print("incomplete: has no Python.h")
else:
    try:
        import ensurepip, venv
        virtual = sys.prefix != sys.base_prefix
        print("ok", sys.executable if virtual else os.path.realpath(sys.executable))
    except ImportError:
        print("incomplete: has no ensurepip")
PY
}

# pyenv_pythons MINOR: pyenv's own installations, newest first; its shims answer only for the ones
# that are switched on.
pyenv_pythons() {
  compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1.*/bin/python" | sort -rV || true
}

# find_python MINOR: the path of a complete interpreter of that minor version; fails without one.
find_python() {
  local candidate verdict
  while read -r candidate; do
    verdict="$(examine "$candidate")"
    if [[ "$verdict" == "ok "* ]]; then
      echo "${verdict#ok }"
      return
    fi
  done < <(printf '%s\n' "python$1" "/usr/bin/python$1"; pyenv_pythons "$1")
  return 1
}
