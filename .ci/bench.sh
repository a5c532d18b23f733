#!/usr/bin/env bash
# bench.sh [arguments of benchmarks.overhead]: tracing beside the peers, printed and kept as text.
# With PYTHON set, on that interpreter, in an environment of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

python="${PYTHON:-$(bash .ci/python.sh)}"
version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
environment="$BUILD/bench-$version"
result="benchmarks/results/overhead-$version.txt"

bash .ci/packages.sh build
bash .ci/frontend.sh
if [[ ! -x "$environment/bin/python" ]]; then
  say "Creating ${environment#"$ROOT/"}"
  "$python" -m venv "$environment"
fi
say "Installing libprof and the peers"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade ".[bench]"
say "Measuring on Python $version; the quieter the machine, the better"
mkdir -p "$(dirname "$result")"
"$environment/bin/python" -m benchmarks.overhead "$@" | tee "$result"
