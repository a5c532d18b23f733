#!/usr/bin/env bash
# soak.sh [MINUTES]: the example shop under concurrent load, part of it profiled, for an hour or so:
# nothing may grow and nothing fail. Then ten minutes of what the sampler's signal handler fears most, and CPython's
# own tests under a session, traced and sampled.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

MINUTES="${1:-60}"

bash .ci/setup.sh
say "The example shop under load for $MINUTES minutes"
"$VENV/bin/python" tests/stress/soak.py --minutes "$MINUTES" --folder "$BUILD/soak"
say "The sampling engine under torture for ten minutes"
"$VENV/bin/python" tests/stress/sampling_torture.py --seconds 600
bash .ci/cpython-suite.sh
MODULES="--mode sampled" bash .ci/cpython-suite.sh
