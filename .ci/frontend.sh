#!/usr/bin/env bash
# frontend.sh: builds frontend/ into django_profiler/static/django_profiler/dist/, when the sources
# or the result have changed since the last time. frontend.sh test runs its unit tests.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DIST=django_profiler/static/django_profiler/dist
NODE_MINIMUM=18

need_node() {
  local major=0
  have node && major="$(node -p 'process.versions.node.split(".")[0]')"
  if [[ "$major" -lt $NODE_MINIMUM ]]; then
    say "Node $NODE_MINIMUM or newer is needed (found: ${major/#0/none})"
    bash .ci/packages.sh pkg:nodejs pkg:npm
    hash -r
    major="$(node -p 'process.versions.node.split(".")[0]')"
    [[ "$major" -ge $NODE_MINIMUM ]] || die "install Node $NODE_MINIMUM or newer; node is $(node --version)"
  fi
  have npm || bash .ci/packages.sh pkg:npm
}

install_modules() {
  local key
  key="$(fingerprint frontend/package.json frontend/package-lock.json) $(node --version)"
  if [[ -d frontend/node_modules ]] && fresh node_modules "$key"; then return; fi
  say "Installing the front end's packages"
  npm ci --prefix frontend --ignore-scripts --no-audit --no-fund --loglevel=error
  stamp node_modules "$key"
}

build() {
  local key
  key="$(fingerprint frontend)"
  if [[ -f $DIST/manifest.json ]] && fresh frontend "$key $(fingerprint $DIST)"; then return; fi
  say "Building the front end"
  npm run --prefix frontend --silent build
  [[ -f $DIST/manifest.json ]] || die "the front-end build left no $DIST/manifest.json"
  stamp frontend "$key $(fingerprint $DIST)"
}

exclusive frontend
need_node
install_modules
case "${1:-build}" in
  build) build ;;
  test)
    say "Front-end unit tests"
    npm test --prefix frontend --silent
    ;;
  *) die "frontend.sh knows build and test, not '$1'" ;;
esac
