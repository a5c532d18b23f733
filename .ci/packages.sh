#!/usr/bin/env bash
# packages.sh GROUP...: makes sure that the Debian packages of the groups are installed.
# Groups: build (library and extension), ctest, browser, databases, lint, clang, matrix. What is already there,
# from whatever source, is left alone: the checks look for the tool, not for the package.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

missing=()

need_command() { have "$1" || missing+=("$2"); }

need_header() {
  printf '%s\n' "${@:3}" "#include <$1>" | "${CC:-gcc}" -E -x c - >/dev/null 2>&1 || missing+=("$2")
}

group_build() {
  need_command "${CC:-gcc}" gcc
  need_command cmake cmake
  need_command ninja ninja-build
  need_header stdlib.h libc6-dev
  need_header cjson/cJSON.h libcjson-dev
}

group_ctest() {
  need_header cmocka.h libcmocka-dev '#include <stdarg.h>' '#include <stddef.h>' \
    '#include <stdint.h>' '#include <setjmp.h>'
  need_command pkg-config pkg-config
}

# A machine without any font would show pages whose text has no width.
group_browser() {
  need_command chromium chromium
  need_command callgrind_annotate valgrind # reads exports, in the tests beside the browser's
  compgen -G '/usr/share/fonts/truetype/*/*.ttf' >/dev/null || missing+=(fonts-dejavu-core)
}

# Servers that tests start for themselves, and what a client of MySQL is built with.
group_databases() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need_command initdb postgresql
  have mariadbd || [[ -x /usr/sbin/mariadbd ]] || missing+=(mariadb-server-core)
  have mariadb_config || have mysql_config || missing+=(libmariadb-dev)
  need_command pkg-config pkg-config
}

group_lint() {
  need_command clang-format clang-format
  need_command clang-tidy clang-tidy
  need_command shellcheck shellcheck
  need_command clang clang
  [[ -d "/usr/$(other_processor)/include" ]] || missing+=("libc6-dev-$(other_debian)-cross")
}

other_debian() { [[ "$(other_processor)" == aarch64-* ]] && echo arm64 || echo amd64; }

# The sanitizers' runtime is a package of its own, and has to fit the compiler's version.
group_clang() {
  local major
  need_command clang clang
  if ! have clang; then
    missing+=(libclang-rt-dev)
  elif [[ ! -e "$(clang -print-file-name=libclang_rt.asan_static-"$(uname -m)".a)" ]] \
    && [[ ! -e "$(clang -print-file-name=libclang_rt.asan_static.a)" ]]; then
    major="$(clang -dumpversion)"
    missing+=("libclang-rt-${major%%.*}-dev")
  fi
}

group_matrix() { need_command debootstrap debootstrap; }

install_missing() {
  local line="sudo apt-get install --no-install-recommends -y ${missing[*]}"
  have apt-get || die "these Debian packages, or their like, are missing: ${missing[*]}"
  if ! can_be_root; then
    die $'system packages are missing; install them and run this again:\n    '"$line"
  fi
  say "Installing system packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq
  as_root apt-get install --no-install-recommends -y -qq "${missing[@]}" >/dev/null
}

for group in "$@"; do
  case "$group" in
    pkg:*) missing+=("${group#pkg:}") ;; # a package the caller knows to be missing
    *) "group_$group" ;;
  esac
done
[[ ${#missing[@]} -eq 0 ]] || install_missing
