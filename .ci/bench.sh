#!/usr/bin/env bash
# bench.sh [part...] [--rounds N]: the targets beside the peers, as one table that is printed
# and, when no part is left out, kept in benchmarks/results. With PYTHON set, on that interpreter. Each
# interpreter has an environment of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

base="$(bash .ci/python.sh)"
version="$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
environment="$BUILD/bench-$version"
python="$environment/bin/python"

path_of() { "$python" -c "import sysconfig; print(sysconfig.get_path('$1'))"; }

make_environment() {
  if [[ ! -x "$python" ]]; then
    say "Creating ${environment#"$ROOT/"}"
    "$base" -m venv "$environment"
  fi
  say "Installing libprof and the peers"
  "$python" -m pip install --quiet --disable-pip-version-check --upgrade ".[bench]"
}

# Hooks and timers that only count: part of the benchmarks, so the wheel has none of them.
build_floor() {
  local name
  for name in _floor _ticks; do
    "${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -isystem "$(path_of include)" \
      "benchmarks/floor/$name.c" -o "$(path_of platlib)/$name.so"
  done
}

exclusive "bench-$version"
bash .ci/packages.sh build
bash .ci/frontend.sh
make_environment
build_floor
say "Measuring on Python $version, some minutes; the quieter the machine, the better"
mkdir -p benchmarks/results
"$python" -m benchmarks --keep "benchmarks/results/python-$version.txt" "$@"
