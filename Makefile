# The front door: each target does its own set-up first. `make help` lists them.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test run build install uninstall gen lint fmt check bench soak eval fuzz clean distclean

# Tools of node_modules run under the pinned Node.js, whatever the machine has.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODE  := node_modules/.bin/node
ARCH  := $(shell uname -m)
NODE_ARCH := $(patsubst x86_64,x64,$(patsubst aarch64,arm64,$(ARCH)))
CLANG ?= clang
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -I/usr/include/$(ARCH)-linux-gnu

BPF_HEADERS := $(wildcard bpf/*.h)
TS_SOURCES  := $(shell find src -name '*.ts')
GENERATED   := src/kernel/wire.generated.ts

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build build/.setup-demo ## A real nmap scan against the sentry, in two network namespaces of its own
	@$(NODE) scripts/demo.ts

test: build build/.setup-test build/bench.bpf.o build/generator.bpf.o build/vlan-push.bpf.o build/parsed.bpf.o build/packet.fuzz ## Every test, in layers; ends with "N passed, N failed"
	@$(MAKE) --no-print-directory -C addon test-fixtures
	@[ "$$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf bpf /sys/fs/bpf || true # what systemd does at boot
	@$(NODE) scripts/test.ts $(LAYER)

run: build ## The sentry on this machine, observing (IFACE=NAME; default: the interface of the default route)
	@exec scripts/xdpsentry run --observe $(if $(IFACE),--interface $(IFACE))

build: build/xdpsentry.bpf.o addon/build/bpf_loader_native.node dist/main.js ## The BPF object, the addon, the JavaScript

install: build ## The sentry into /usr/local, with a systemd unit (PREFIX=, DESTDIR=): docs/systemd.md
	@$(NODE) scripts/install.ts install $(if $(PREFIX),--prefix $(PREFIX)) $(if $(DESTDIR),--destdir $(DESTDIR))
	@[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload

uninstall: build ## Takes that away again; configuration and memory stay
	@$(NODE) scripts/install.ts uninstall $(if $(PREFIX),--prefix $(PREFIX)) $(if $(DESTDIR),--destdir $(DESTDIR))
	@[ -n "$(DESTDIR)" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload

gen: build/xdpsentry.bpf.o node_modules/.stamp ## Generated sources and docs
	@$(NODE) scripts/gen/wire.ts build/xdpsentry.bpf.o bpf/wire.h $(GENERATED)
	@for script in scripts/gen/*-docs.ts; do $(NODE) $$script || exit; done

lint: build build/.setup-lint ## Formatters, linters, types, architecture rules, generated files
	@scripts/lint.sh

fmt: node_modules/.stamp build/.setup-lint ## Format everything
	@node_modules/.bin/biome check --write --log-level=error .
	@clang-format -i bpf/*.[ch] scripts/*/*.c test/*/*.c
	@$(MAKE) --no-print-directory -C addon format

check: lint test ## lint and test: what CI runs

bench: build build/.setup-bench build/bench.bpf.o build/generator.bpf.o build/bare.bpf.o ## Side by side with what else there is (PART=NAME ...; WRITE=1: docs/performance.md)
	@$(NODE) scripts/bench.ts $(if $(WRITE),--write) $(PART)

soak: build build/.setup-test build/generator.bpf.o ## The fault tests, long: 100 upgrades, 100 kills, 10,000 reloads, 30 minutes of traffic (PART=NAME ...; SOAK_MINUTES=30)
	@[ "$$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf bpf /sys/fs/bpf || true
	@$(NODE) scripts/soak.ts $(PART)

eval: build build/.setup-test ## How good the rules are on captures of which it is known what is in them, and on generated scans (POLICY=FILE, PART=captures or generated, JSON=1; WRITE=1: docs/evaluation.md)
	@$(NODE) scripts/eval.ts $(if $(JSON),--json) $(if $(WRITE),--write) $(PART)

fuzz: build/packet.fuzz node_modules/.stamp ## Look for packets that the parser cannot stand (FUZZ_SECONDS=600); what is new goes into test/fuzz/corpus
	@mkdir -p build/corpus
	@$(NODE) test/fuzz/seeds.ts build/corpus
	@$< -max_total_time=$(or $(FUZZ_SECONDS),600) -max_len=4096 -print_final_stats=1 build/corpus test/fuzz/corpus
	@$< -merge=1 -max_len=4096 test/fuzz/corpus build/corpus

clean: ## Remove what was built
	@rm -rf build dist addon/build

distclean: clean ## Also remove node_modules
	@rm -rf node_modules

build/xdpsentry.bpf.o: bpf/xdpsentry.bpf.c $(BPF_HEADERS) | build/.setup-build
	@echo '  bpf   $<'
	@$(CLANG) $(BPF_CFLAGS) -c $< -o $@

build/bench.bpf.o: scripts/bench/bench.bpf.c bpf/xdpsentry.bpf.c $(BPF_HEADERS) | build/.setup-build
	@echo '  bpf   $<'
	@$(CLANG) $(BPF_CFLAGS) -Ibpf -c $< -o $@

build/parsed.bpf.o: test/tshark/parsed.bpf.c $(BPF_HEADERS) | build/.setup-build
	@echo '  bpf   $<'
	@$(CLANG) $(BPF_CFLAGS) -Ibpf -c $< -o $@

build/vlan-push.bpf.o: scripts/lab/vlan-push.bpf.c | build/.setup-build
	@echo '  bpf   $<'
	@$(CLANG) $(BPF_CFLAGS) -c $< -o $@

build/generator.bpf.o build/bare.bpf.o: build/%.o: scripts/bench/%.c | build/.setup-build
	@echo '  bpf   $<'
	@$(CLANG) $(BPF_CFLAGS) -c $< -o $@

# Misaligned reads are what packets are made of, and what the kernel allows.
build/packet.fuzz: test/fuzz/packet.fuzz.c $(BPF_HEADERS) | build/.setup-test
	@echo '  fuzz  $<'
	@$(CLANG) -g -O1 -Wall -Wextra -Wno-unused-parameter -Werror -fsanitize=fuzzer,address,undefined \
		-fno-sanitize=alignment -fno-sanitize-recover=undefined -Ibpf $< -o $@

addon/build/bpf_loader_native.node: $(wildcard addon/src/*) addon/Makefile node_modules/.stamp | build/.setup-build
	@$(MAKE) --no-print-directory -C addon -j$(shell nproc)
	@touch $@

dist/main.js: $(TS_SOURCES) tsconfig.json tsconfig.build.json node_modules/.stamp
	@rm -rf dist
	@echo '  tsc   src'
	@tsc --project tsconfig.build.json

# Not `npm ci`: it refuses a lock file that leaves out the optional packages of platforms which a registry does not carry.
# --no-save keeps the lock file as it is, --include=optional brings the runtime, whatever the user's npm settings say.
node_modules/.stamp: package.json addon/package.json package-lock.json | build/.setup-build
	@echo '  npm   install'
	@npm install --no-save --include=dev --include=optional --no-audit --no-fund --loglevel=error
	@ln -sf ../node-linux-$(NODE_ARCH)/bin/node node_modules/.bin/node # npm 9 takes the link away with the other machine type's
	@touch $@

build/.setup-%: scripts/setup.sh
	@mkdir -p build
	@scripts/setup.sh $*
	@touch $@
