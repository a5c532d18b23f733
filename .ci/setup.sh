#!/usr/bin/env bash
# setup.sh: all that a working copy needs before anything of it can run. Quick when nothing changed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash .ci/venv.sh
bash .ci/frontend.sh
