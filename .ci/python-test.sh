#!/usr/bin/env bash
# python-test.sh [pytest arguments]: the Python tests against the source tree.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash .ci/packages.sh browser databases
bash .ci/setup.sh
bash .ci/venv.sh mysql
say "Python tests${*:+ ($*)}"
"$VENV/bin/python" -m pytest "$@"
