# shellcheck shell=bash
# Shared by the scripts of this folder; sourced, never run.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
BUILD="$ROOT/build"
STAMPS="$BUILD/stamps"
VENV="${VENV:-$ROOT/.venv}"
JOBS="${JOBS:-$(nproc)}"
cd "$ROOT" || exit

say() { printf '==> %s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# fingerprint PATH...: one hash over the names and contents of files, so that a stamp is outdated
# exactly when something that matters changed (a checkout touches times, not contents).
fingerprint() {
  find "$@" -type f \
    -not -path '*/node_modules/*' -not -path '*/__pycache__/*' -print0 2>/dev/null \
    | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1
}

# fresh NAME VALUE: true when the step NAME was finished with the same VALUE before.
fresh() { [[ -f "$STAMPS/$1" && "$(cat "$STAMPS/$1")" == "$2" ]]; }

stamp() {
  mkdir -p "$STAMPS"
  printf '%s\n' "$2" >"$STAMPS/$1"
}

# libprof_tests_key PYTHON: what the outcome of libprof's own tests depends on.
libprof_tests_key() {
  echo "$("$1" -VV) $(fingerprint pyproject.toml CMakeLists.txt libprof tests/python tests/*.py)"
}

# The processor that the sources also support and this machine does not have, as compilers call it.
other_processor() {
  case "$(uname -m)" in
    aarch64) echo x86_64-linux-gnu ;;
    *) echo aarch64-linux-gnu ;;
  esac
}

# as_root COMMAND...: directly as root, else through sudo if it asks for no password.
as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

can_be_root() { [[ $EUID -eq 0 ]] || sudo -n true 2>/dev/null; }

# exclusive NAME: waits until no other script of this clone holds NAME, then holds it to the end;
# two makes at once must not write into the same environment.
exclusive() {
  mkdir -p "$BUILD"
  exec 9>"$BUILD/$1.lock"
  flock -n 9 || {
    say "Another make is at the same step; waiting for it"
    flock 9
  }
}

# snapshot FOLDER: what git would take, as it is in the work tree, and the built front end: a copy, so that nobody's
# editing and no other interpreter's leavings disturb a run.
snapshot() {
  rm -rf "$1"
  mkdir -p "$1"
  {
    git ls-files -co --exclude-standard -z
    find django_profiler/static/django_profiler/dist -type f -print0
  } | while IFS= read -r -d '' file; do [[ ! -e "$file" ]] || printf '%s\0' "$file"; done \
    | tar --null -T - -cf - | tar -xf - -C "$1"
}
