#!/usr/bin/env bash
# setup.sh: all that a working copy needs before anything of it can run. Quick when nothing changed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Two makes in one clone must not write into the same environment at once.
mkdir -p "$BUILD"
exec 9>"$BUILD/setup.lock"
flock -n 9 || { say "Another set-up is running here; waiting for it"; flock 9; }

bash .ci/venv.sh
bash .ci/frontend.sh
