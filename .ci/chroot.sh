#!/usr/bin/env bash
# chroot.sh TREE COMMAND...: runs a command inside an unpacked tree, with this machine's name
# resolution, certificates and pip configuration, in a mount namespace of its own, so that nothing
# stays mounted whatever happens.
set -euo pipefail

if [[ "${PROF_IN_NAMESPACE:-}" != 1 ]]; then
  if [[ $EUID -ne 0 ]]; then
    exec sudo -n --preserve-env env PROF_IN_NAMESPACE=1 unshare --mount --propagation private bash "$0" "$@"
  fi
  PROF_IN_NAMESPACE=1 exec unshare --mount --propagation private bash "$0" "$@"
fi

tree="$1"
shift

# bring PATH: the same file or folder at the same place inside.
bring() {
  [[ -e "$1" ]] || return 0
  mkdir -p "$tree$(dirname "$1")"
  rm -rf "${tree:?}$1"
  cp -rL "$1" "$tree$1"
}

bring /etc/resolv.conf
bring /etc/hosts
bring /etc/ssl/certs/ca-certificates.crt
for file in /etc/pip.conf /etc/xdg/pip/pip.conf "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf" \
  "${PIP_CONFIG_FILE:-}" "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" "${REQUESTS_CA_BUNDLE:-}"; do
  [[ -z "$file" ]] || bring "$file"
done
for folder in ${PIP_FIND_LINKS:-}; do
  [[ "$folder" != /* ]] || bring "$folder"
done

mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount --rbind /sys "$tree/sys"
unset PYENV_ROOT PYENV_VERSION VIRTUAL_ENV TMPDIR
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec chroot "$tree" "$@"
