#!/usr/bin/env bash
# test.sh: everything that must pass, cheapest first.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash .ci/packages.sh build ctest browser databases lint clang
bash .ci/setup.sh
bash .ci/lint.sh
bash .ci/c-test.sh plain
bash .ci/c-test.sh asan
bash .ci/fuzz.sh 20
bash .ci/frontend.sh test
bash .ci/python-test.sh -m "not browser and not packaging"
stamp libprof-tests "$(libprof_tests_key "$VENV/bin/python")"
bash .ci/python-test.sh -m browser
bash .ci/python-test.sh -m packaging
say "make test: all passed in $SECONDS s"
