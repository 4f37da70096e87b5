# Everything that is done with this project, each by one word.  make help

SHELL := /bin/bash
TAG ?=
SPEED ?= 10
PORT ?= 8080
# kept even where the environment says otherwise: the tests start many processes, and each would compile everything anew
export PYTHONDONTWRITEBYTECODE :=
UV := $(or $(shell command -v uv 2>/dev/null),.tools/uv)
RUN := $(UV) run --locked --no-sync
SERVE_FLAGS := $(if $(TAG),--tag $(TAG),--rehearsal --speed $(SPEED)) --port $(PORT)

.PHONY: help run test check test-fast test-networks lint unit js browser bench sync sync-dev chromium format clean

help: ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: sync ## a rehearsal; with TAG=yourtag the real thing (PORT=8080 SPEED=10)
	$(RUN) hallway serve $(SERVE_FLAGS)

test: check ## the same as check

check: sync-dev chromium lint js ## all checks: format, lint, types, imports, and every test
	$(RUN) pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not networks"

test-fast: sync-dev ## the tests of the parts, within a minute: no browser, no servers, no contracts
	$(RUN) pytest -n 2 --dist worksteal --ignore tests/contracts -m "not browser and not postgres and not slow and not e2e and not networks"

test-networks: sync-dev ## the sources against servers that others wrote, started on this machine
	$(RUN) python -m tests.networks.packages
	$(RUN) pytest -n 2 --dist loadfile -m networks tests/networks

lint: sync-dev ## format, lint, types and the direction of imports
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports

js: sync-dev ## the tests of the pages' own modules, on the Node inside Playwright
	$(RUN) python .ci/run_js_tests.py

bench: sync-dev chromium ## the published numbers, measured on this machine
	$(RUN) python -m bench.arrivals
	-$(RUN) python .ci/get_nchan.py
	$(RUN) python -m bench.painted
	$(RUN) python -m bench.hidden --few
	$(RUN) python -m bench.compression
	$(RUN) python -m bench.fanout
	$(RUN) python -m bench.herd
	$(RUN) python -m bench.stalled
	$(RUN) python -m bench.jetstream
	$(RUN) python -m bench.verdicts

format: sync-dev ## put the code in form
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

sync: $(UV)
	@$(UV) sync --locked --quiet --no-dev

sync-dev: $(UV)
	@$(UV) sync --locked --quiet --all-extras

chromium: sync-dev
	@$(RUN) python .ci/get_chromium.py

.tools/uv:
	@python3 .ci/get_uv.py

clean: ## forget everything that can be made again, and the rehearsal
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis data/rehearsal-* test-output
