#!/usr/bin/env bash
# python.sh: prints the interpreter the project's environment is made with: $PYTHON when it is set,
# else python3, else the oldest complete CPython 3.11 to 3.15, else Debian's own python3 after apt
# has completed it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source .ci/interpreters.sh

# accept PYTHON: prints the path and ends the script if that interpreter can be used.
accept() {
  local verdict
  verdict="$(examine "$1")"
  if [[ "$verdict" == "ok "* ]]; then
    echo "${verdict#ok }"
    exit 0
  fi
}

if [[ -n "${PYTHON:-}" ]]; then
  accept "$PYTHON"
  die "PYTHON=$PYTHON cannot be used: $(examine "$PYTHON")"
fi

accept python3
for minor in "${MINORS[@]}"; do
  if found="$(find_python "$minor")"; then
    echo "$found"
    exit 0
  fi
done

if [[ "$(examine /usr/bin/python3)" == incomplete* ]]; then
  minor="$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  bash .ci/packages.sh "pkg:python$minor-dev" "pkg:python$minor-venv" >&2
  accept /usr/bin/python3
fi
die "no complete CPython 3.11 to 3.15 here. On Debian 12: sudo apt-get install python3 python3-dev python3-venv
Or name one: make PYTHON=/path/to/python ..."
