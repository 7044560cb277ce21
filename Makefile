# Everything starts here. `make` alone lists what there is; the work is in infra/, each target only calls it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check pictures bench load load-ui chaos clean
BIN := .venv/bin
PURE := not stack and not browser and not system
export PYTHON USERS RATE DURATION ROUNDS SEED FAULTS PLANTED SHORT NETWORK

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: Python packages into .venv, RabbitMQ, nginx
	@infra/setup.sh run

run: setup ## start everything, load the demo bank, print the addresses; Ctrl-C stops it (PORT=8080 fixes the port)
	@$(BIN)/liandong run $(if $(PORT),--port $(PORT))

demo: setup ## play the whole story through the public API, verify it, stop (STAY=1 leaves it up to be looked at)
	@$(BIN)/liandong demo $(if $(STAY),--stay)

test: ## all tests, the pure ones side by side, then those on real servers (ARGS="tests/infra -x" for some)
	@infra/setup.sh test
	@$(BIN)/pytest $(if $(ARGS),$(ARGS),-q -n auto -m "$(PURE)")
	@$(if $(ARGS),,$(BIN)/pytest -m "not ($(PURE))")

check: ## format, lint, types, import walls, pure tests: seconds, no servers
	@infra/setup.sh python
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q -n auto -m "$(PURE)" $(ARGS)

pictures: ## each screen of the desk in both sizes, looks and languages, under .run/screenshots
	@infra/setup.sh test
	@$(BIN)/pytest -q tests/web

bench: setup ## measure the budgets; also .run/bench.json
	@$(BIN)/python -m infra.bench

load: setup ## Locust, headless, then the invariants (RATE requests a second, DURATION, at most USERS at a time)
	@$(BIN)/python -m infra.load

load-ui: setup ## the same stack and users, steered on Locust's own page
	@$(BIN)/python -m infra.load --ui

chaos: ## faults under load on a cluster, the invariants after each round (ROUNDS, SEED, FAULTS)
	@infra/setup.sh chaos
	@$(BIN)/python -m infra.chaos

clean: ## remove .run with all its data (refused while it runs)
	@infra/clean.sh
