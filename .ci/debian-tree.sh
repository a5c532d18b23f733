#!/usr/bin/env bash
# debian-tree.sh: unpacks a small Debian testing tree that has the Pythons this machine lacks, and
# prints its folder. The tree is kept in the user's cache; about a minute the first time.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SUITE=forky
TREE="${XDG_CACHE_HOME:-$HOME/.cache}/libprof/$SUITE"
# cmake and ninja are here because their PyPI wheels would be fetched for each interpreter again.
PACKAGES=(ca-certificates gcc libc6-dev libcjson-dev cmake ninja-build)
for minor in 3.13 3.14 3.15; do PACKAGES+=("python$minor-dev" "python$minor-venv"); done
INCLUDE="$(IFS=,; echo "${PACKAGES[*]}")"

# The archive this machine's own apt gets the release's main component from.
mirror() {
  local codename
  codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
  # shellcheck disable=SC2016  # apt expands these
  apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' \
    | awk -v codename="$codename" '$1 == codename && $2 == "main" { print $3; exit }'
}

unpack() {
  local from="${DEBIAN_MIRROR:-$(mirror)}" new="$TREE.new"
  [[ -n "$from" ]] || die "apt's configuration names no Debian archive; set DEBIAN_MIRROR to one"
  say "Unpacking a Debian $SUITE tree with Python 3.13 to 3.15 (a minute or two)" >&2
  bash .ci/packages.sh matrix >&2
  as_root rm -rf "$new"
  mkdir -p "$(dirname "$TREE")"
  # Testing has no script of its own in every debootstrap; sid's fits.
  as_root debootstrap --variant=minbase --include="$INCLUDE" "$SUITE" "$new" "$from" \
    /usr/share/debootstrap/scripts/sid >"$BUILD/debootstrap.log" 2>&1 \
    || { tail -n 20 "$BUILD/debootstrap.log" >&2; die "debootstrap failed; whole log in $BUILD/debootstrap.log"; }
  as_root rm -rf "$TREE"
  as_root mv "$new" "$TREE"
  echo "$INCLUDE" | as_root tee "$TREE/.packages" >/dev/null
}

mkdir -p "$BUILD"
[[ -f "$TREE/.packages" && "$(cat "$TREE/.packages")" == "$INCLUDE" ]] || unpack
echo "$TREE"
