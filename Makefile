# `make` alone lists the commands. Each sets up what it needs; nothing outside this folder changes but the caches of uv,
# pip, Go and Maven, except that `make setup` and `make test` install packages (tools/setup names them) as root on Debian.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

BIN := .venv/bin
SAM := SAM_CLI_TELEMETRY=0 PATH="$(CURDIR)/.venv/bin:$$PATH" .tools/sam/bin/sam

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv and .tools: Python, Pebble, the SAM CLI; on Debian as root also DNS servers and checkers
	@tools/setup

.PHONY: demo
demo: ## Issue and renew certificates on this machine, from request to bundle
	@tools/setup dev pebble
	@$(BIN)/python -m local.demo $(ARGS)

.PHONY: local
local: ## Keep the whole system running on this machine (ARGS="--help" shows its options)
	@tools/setup dev pebble
	@$(BIN)/python -m local $(ARGS)

.PHONY: test
test: ## Run all tests (PYTEST_ARGS="tests/unit -x" narrows them)
	@tools/setup dev pebble debian dynamodb
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

.PHONY: test-dynamodb-local
test-dynamodb-local: ## Run the tests of contracts, parts and the whole with DynamoDB Local (a JDK, Maven) for tables
	@tools/setup dev pebble debian dynamodb
	@CERTWRIGHT_TABLES=dynamodb-local $(BIN)/python -m pytest tests/contract tests/integration tests/e2e $(PYTEST_ARGS)

.PHONY: simulate
simulate: ## Run 10,000 simulations over all cores (ARGS="--seed 17 --trace" shows one)
	@tools/setup dev
	@PYTHONPATH=.:layers/certwright $(BIN)/python -m tests.simulation $(or $(ARGS),--seeds 10000)

.PHONY: crash-matrix
crash-matrix: ## Crash a worker before and after each of its effects, and write docs/crash-matrix.md (minutes)
	@tools/setup dev pebble
	@PYTHONPATH=.:layers/certwright:dnsnode $(BIN)/python -m tests.crash $(ARGS)

.PHONY: simulate-large
simulate-large: ## Simulate 20,000 certificates over 400 days (20 minutes or more)
	@tools/setup dev
	@PYTHONPATH=.:layers/certwright $(BIN)/python -m tests.simulation --population 20000 --days 400 --ask-hours 24 $(ARGS)

.PHONY: format
format: ## Format the code, and mend what lint can mend
	@tools/setup dev
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

.PHONY: lint
lint: ## Check format and lint
	@tools/setup dev
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check

.PHONY: types
types: ## Check types
	@tools/setup dev
	@$(BIN)/mypy

.PHONY: lock
lock: ## Pin the dependencies again from requirements/*.in (UPGRADE=1 takes newer versions)
	@tools/setup dev
	@$(BIN)/python -m tools.locks make $(if $(UPGRADE),--upgrade)

.PHONY: locks
locks: ## Check that every lock satisfies its .in file
	@tools/setup dev
	@$(BIN)/python -m tools.locks check

.PHONY: reference
reference: ## Write again what docs/cli.md quotes of the command-line client
	@tools/setup dev
	@PYTHONPATH=cli $(BIN)/python -m tools.cli_reference

.PHONY: errors
errors: ## Make docs/errors.md again from the registry of codes
	@tools/setup dev
	@$(BIN)/python -m tools.errors

.PHONY: start
start: ## Write dnsnode/start.py into template.yaml, where the stock image gets it from
	@tools/setup dev
	@$(BIN)/python -m tools.start_program

.PHONY: protected
protected: ## Record anew what a change of template.yaml must not replace (read tests/recorded/protect.py first)
	@tools/setup dev
	@PYTHONPATH=.:layers/certwright:dnsnode $(BIN)/python -m tests.recorded.protect

.PHONY: validate
validate: ## Validate and lint template.yaml, offline
	@tools/setup dev sam
	@$(SAM) validate --lint

.PHONY: build
build: ## Build the functions and the layer as they are deployed
	@tools/setup dev sam
	@AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(SAM) build --parallel --cached

.PHONY: test-built
test-built: ## Build for this machine, and run each function and the node from what was built
	@tools/setup dev sam
	@mkdir -p .aws-sam/here
	@sed "s/\barm64\b/$$(uname -m | sed s/aarch64/arm64/)/g" template.yaml >.aws-sam/here/template.yaml
	@AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(SAM) build --parallel --cached --base-dir . \
	  --template-file .aws-sam/here/template.yaml --build-dir .aws-sam/here/build --cache-dir .aws-sam/here/cache >/dev/null
	@CERTWRIGHT_BUILT="$(CURDIR)/.aws-sam/here/build" $(BIN)/python -m pytest tests/built $(PYTEST_ARGS)

.PHONY: adopt
adopt: ## Write what a new stack needs to take over what a deleted one left (ARGS="--help"; docs/deployment.md)
	@tools/setup dev
	@$(BIN)/python -m tools.adopt $(ARGS)

.PHONY: bench-abuse
bench-abuse: ## Measure how the node serves CAs while strangers abuse it
	@tools/setup dev
	@$(BIN)/python -m bench.abuse $(ARGS)

.PHONY: check
check: ## Run everything that a change has to pass
	@bash .ci/run

.PHONY: bench-changes
bench-changes: ## Measure how the node takes up changes, and what that costs (ARGS="--help" shows its options)
	@tools/setup dev
	@PYTHONPATH=layers/certwright:dnsnode $(BIN)/python -m bench.changes $(ARGS)

.PHONY: bench-dashboard
bench-dashboard: ## Measure the first byte of the dashboard's pages at 10,000 certificates (ARGS="--help" shows its options)
	@tools/setup dev
	@PYTHONPATH=.:layers/certwright:dnsnode $(BIN)/python -m bench.dashboard $(ARGS)

.PHONY: bench-dns
bench-dns: ## Measure the DNS node beside the servers that are installed (ARGS="--help" shows its options)
	@tools/setup dev
	@$(BIN)/python -m bench.dns $(ARGS)

.PHONY: bench-issuance
bench-issuance: ## Measure issuance beside certbot, lego and a bare loop (ARGS="--help" shows its options)
	@tools/setup dev pebble debian dynamodb
	@PYTHONPATH=layers/certwright:dnsnode $(BIN)/python -m bench.issuance $(ARGS)

.PHONY: clean
clean: ## Remove what was built and cached (.venv and .tools stay)
	@rm -rf .aws-sam .local .artifacts .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +
