#!/bin/bash
# Installs the Debian or Ubuntu packages that a target needs, and only those that are missing.
# Usage: scripts/setup.sh build|demo|test|lint
set -euo pipefail

# What each is for is in CONTRIBUTING.md.
case ${1:?usage: setup.sh build|demo|test|lint} in
build) packages=(clang libbpf-dev g++ make ca-certificates) ;;
demo) packages=(nmap iproute2 util-linux) ;;
test) packages=(nmap iproute2 util-linux ethtool iputils-ping prometheus) ;;
lint) packages=(clang-format clang-tidy) ;;
*)
	echo "setup.sh: no such set of packages: $1" >&2
	exit 2
	;;
esac
# An npm of any age will do: it brings the right Node.js into node_modules.
if [[ $1 == build ]] && ! command -v npm >/dev/null; then packages+=(npm); fi

is_installed() { [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

missing=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
((${#missing[@]} == 0)) && exit

if ! command -v apt-get >/dev/null; then
	echo "setup.sh: this is no Debian or Ubuntu; please install: ${missing[*]}" >&2
	exit 3
fi
if ((EUID != 0)); then
	echo "setup.sh: please run as root, or install yourself: apt-get install ${missing[*]}" >&2
	exit 3
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { apt-get install --yes --no-install-recommends "${missing[@]}" >"$log" 2>&1; }
# Package lists may be absent or old: refresh them only when it does not go without.
install || { apt-get update >"$log" 2>&1 && install; } || {
	cat "$log" >&2
	exit 3
}
