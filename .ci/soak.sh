#!/usr/bin/env bash
# soak.sh [MINUTES]: the example shop under concurrent load, part of it profiled, for an hour or so:
# nothing may grow and nothing fail. Then CPython's own tests under a session.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

MINUTES="${1:-60}"

bash .ci/setup.sh
say "The example shop under load for $MINUTES minutes"
"$VENV/bin/python" tests/stress/soak.py --minutes "$MINUTES" --folder "$BUILD/soak"
bash .ci/cpython-suite.sh
