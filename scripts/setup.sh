#!/bin/bash
# Installs the Debian or Ubuntu packages that a target needs, and only those that are missing. What the lab compares with is
# unpacked into build/ and not installed: these packages start a daemon on the machine that they are installed on.
# Usage: scripts/setup.sh build|demo|test|lint|bench
set -euo pipefail
cd "$(dirname "$0")/.."

# What each is for is in CONTRIBUTING.md.
case ${1:?usage: setup.sh build|demo|test|lint|bench} in
build) packages=(clang libbpf-dev g++ make ca-certificates) ;;
demo) packages=(nmap iproute2 util-linux) ;;
test) packages=(nmap iproute2 util-linux ethtool iputils-ping prometheus iptables nftables net-tools python3 libclang-rt-dev systemd tshark) ;;
lint) packages=(clang-format clang-tidy) ;;
bench) packages=(nmap iproute2 util-linux ethtool iptables ipset nftables xdp-tools) ;;
*)
	echo "setup.sh: no such set of packages: $1" >&2
	exit 2
	;;
esac
# An npm of any age will do: it brings the right Node.js into node_modules.
if [[ $1 == build ]] && ! command -v npm >/dev/null; then packages+=(npm); fi

export DEBIAN_FRONTEND=noninteractive
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log

# Runs a command quietly; what it says is shown when it fails.
quietly() { "$@" >"$log" 2>&1; }
# Package lists may be absent or old: refresh them only when it does not go without.
insist() { quietly "$@" || { quietly apt-get update && quietly "$@"; } || {
	cat "$log" >&2
	exit 3
}; }

is_installed() { [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

install_missing() {
	local package missing=()
	for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
	((${#missing[@]} == 0)) && return
	if ! command -v apt-get >/dev/null; then
		echo "setup.sh: this is no Debian or Ubuntu; please install: ${missing[*]}" >&2
		exit 3
	fi
	if ((EUID != 0)); then
		echo "setup.sh: please run as root, or install yourself: apt-get install ${missing[*]}" >&2
		exit 3
	fi
	echo "installing ${missing[*]}"
	insist apt-get install --yes --no-install-recommends "${missing[@]}"
}

# unpack PACKAGE VERSION-PATTERN DIRECTORY: where the distribution has another version or none, the directory stays away.
unpack() {
	[[ -e $3 ]] && return
	command -v apt-get >/dev/null || return 0
	local version
	version=$(candidate "$1")
	if [[ -z $version ]] && ((EUID == 0)) && quietly apt-get update; then version=$(candidate "$1"); fi
	# shellcheck disable=SC2053 # a pattern
	if [[ $version != $2 ]]; then
		echo "$1 here is ${version:-not to be had}, not $2: tests that need it are skipped"
		return
	fi
	echo "unpacking $1 $version into $3"
	mkdir -p "$scratch/$1" build
	insist download "$1"
	dpkg-deb --extract "$scratch/$1"/*.deb "$scratch/$1/root"
	mv "$scratch/$1/root" "$3"
}
candidate() { apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p'; }
download() { (cd "$scratch/$1" && apt-get download "$1"); }

install_missing
if [[ $1 == test || $1 == bench ]]; then unpack portsentry '1.2-*' build/portsentry-1.2; fi
if [[ $1 == test ]]; then unpack fail2ban '*' build/fail2ban; fi
