# Everything below runs in .venv, which is made from the hashed locks in requirements/ and nothing else.

SHELL := /bin/sh
PY := .venv/bin/python
PORT ?= 8000
TEST_PROCESSES ?= 2
# Options of a coverage report, as .ci/run asks for it: it makes the suite half as slow again.
COVERAGE ?=

.DEFAULT_GOAL := help
.PHONY: help run demo test fuzz promises check fmt bench lock peers base dev

help:  ## Explain these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: export PORT := $(PORT)
run: export DEBUG ?= 1
run: export BASE_URL ?= http://127.0.0.1:$(PORT)
run: base  ## Start the portal, the API and the worker on http://127.0.0.1:8000 (PORT) with demo data
	@exec $(PY) manage.py serve

demo: export DEBUG ?= 1
demo: base  ## Empty the development database and fill it with fresh demo data (all else in it is lost)
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py demo --fresh

test: dev  ## Run the whole test suite on 2 processes; DATABASE_URL chooses the database (default SQLite)
	@scripts/packages
	@$(PY) -m pytest -n $(TEST_PROCESSES) $(COVERAGE) $(PYTEST_ARGS)

fuzz: dev  ## Send the API about 100,000 requests that its own document allows and forbids (FUZZ_EXAMPLES for each operation)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-2000} $(PY) -m pytest -n $(TEST_PROCESSES) tests/partner_api/test_fuzz.py $(PYTEST_ARGS)

promises: dev  ## Test every promise at its whole figure instead of a part of it (DATABASE_URL: PostgreSQL; an hour)
	@PROMISE_SCALE=1 $(PY) -m pytest -n $(TEST_PROCESSES) tests/promises tests/security tests/clients/test_life.py tests/core/test_secrets.py $(PYTEST_ARGS)

check: dev  ## Lint, format, types, direction of imports, templates, deployment settings, migrations
	@scripts/check

fmt: dev  ## Format the code and mend what the linter can mend by itself
	@-$(PY) -m ruff check --fix --quiet .
	@$(PY) -m ruff format .
	@-.venv/bin/djangofmt check --fix --quiet templates
	@.venv/bin/djangofmt --quiet templates

bench: base peers  ## Compare the API with its peers, and webhooks with a loop that only posts, as ratios (20 minutes)
	@$(PY) -m benchmarks.run $(BENCH_ARGS)
	@$(PY) -m benchmarks.webhooks $(WEBHOOK_BENCH_ARGS)

lock: dev  ## Resolve pyproject.toml anew into requirements/ (UPGRADE=1 takes the newest versions)
	@scripts/lock

peers:
	@VENV=.venv-bench scripts/venv bench

base:
	@scripts/venv base

dev:
	@scripts/venv base dev browser
