#!/bin/bash
# Everything that can be said of the code without running it. Each check speaks for itself; all of them run.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/node_modules/.bin:$PATH # the tools are to run under the pinned Node.js
failed=()
check() {
	local name=$1
	shift
	if output=$("$@" 2>&1); then
		echo "ok    $name"
	else
		printf 'FAIL  %s\n%s\n' "$name" "$output"
		failed+=("$name")
	fi
}

generated_is_current() {
	local before after
	before=$(git ls-files -z '*.generated.ts' docs | xargs -0 sha256sum)
	make --no-print-directory gen || return
	after=$(git ls-files -z '*.generated.ts' docs | xargs -0 sha256sum)
	diff <(echo "$before") <(echo "$after") && return
	echo 'generated files were out of date; they have been made anew: look at them and commit'
	return 1
}

check 'TypeScript: format and lint' biome check --error-on-warnings .
check 'TypeScript: types' tsc --project tsconfig.json
check 'architecture' depcruise --config .dependency-cruiser.mjs src test scripts addon/test
check 'C: format' clang-format --dry-run --Werror bpf/*.[ch] scripts/*/*.c test/*/*.c
check 'C: clang-tidy' clang-tidy --quiet bpf/xdpsentry.bpf.c -- -target bpf -mcpu=v3 -O2 "-I/usr/include/$(uname -m)-linux-gnu"
check 'C++: format and clang-tidy' make --no-print-directory -C addon lint
check 'shell: syntax' bash -n scripts/*.sh scripts/xdpsentry .ci/run
check 'generated files' generated_is_current

if ((${#failed[@]} > 0)); then
	echo "lint: ${#failed[@]} failed: ${failed[*]}"
	exit 1
fi
