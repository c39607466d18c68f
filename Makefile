# `make` prints this list. Needs GNU make and Python 3.11 or newer, nothing else (to check the web client: Node.js).

.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
JOBS ?= 2
PYTEST_ARGS ?=

# What the linters see: nothing of this machine's .env, and no file written.
LINT_ENV := SECRET_KEY=checked-by-the-linters-never-used-to-sign-anything-0123456789 \
	DATABASE_URL=sqlite:///:memory: REDIS_URL= WEB_PROCESSES=1 DEBUG=off ALLOWED_ORIGINS=
PRODUCTION_ENV := $(LINT_ENV) DATABASE_URL=postgres://chat:chat@database:5432/chat REDIS_URL=redis://redis:6379/0 \
	WEB_PROCESSES=4 ALLOWED_HOSTS=chat.example.org ALLOWED_ORIGINS=https://chat.example.org LOG_FORMAT=json

.PHONY: help setup run test lint format lock audit bench torture screenshots demo

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## make .venv and install the pinned requirements (repeating costs nothing)
	@scripts/setup requirements.txt

run: setup ## set everything up and serve on http://127.0.0.1:8000 (HOST, PORT)
	@exec $(PY) scripts/prepare.py serve

test: setup-dev lint ## set everything up, lint, and run all tests (PYTEST_ARGS="-k name" for some)
	@scripts/optional
	@$(PY) -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

lint: setup-dev ## check style and types of Python and JavaScript, layers, migrations, OpenAPI, deploy settings
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(LINT_ENV) $(PY) -m mypy
	@$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-logo
	@$(LINT_ENV) $(PY) manage.py makemigrations --check --dry-run
	@$(LINT_ENV) $(PY) manage.py spectacular --validate --fail-on-warn --file /dev/null
	@$(PRODUCTION_ENV) $(PY) manage.py check --deploy --fail-level WARNING
	@$(LINT_ENV) $(PY) scripts/wire.py --check
	@scripts/js lint types

format: setup-dev ## put the code into shape, and fix what can be fixed without thought
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .
	@scripts/js format

lock: setup-dev ## renew requirements*.txt from requirements*.in (UPGRADE=--upgrade takes newer releases)
	@scripts/lock $(UPGRADE)

audit: setup-dev ## ask for known vulnerabilities of the pinned packages (needs the network; not a part of `make test`)
	@scripts/audit

bench: setup-dev ## measure this server beside its peers, and the web client against its budgets (ARGS=--quick for a look)
	$(PY) -m benchmarks.fanout $(ARGS)
	$(PY) -m benchmarks.fanout --sockets 1000 $(ARGS)
	$(PY) -m benchmarks.durable $(ARGS)
	$(PY) -m benchmarks.durable --servers ours-sqlite ours-postgres --offered 8000 $(ARGS)
	$(PY) -m benchmarks.durable --offered 20 $(ARGS)
	$(PY) -m benchmarks.durable --servers ours-sqlite ours-postgres --chats 2000 --in-flight 1600 $(ARGS)
	$(PY) -m benchmarks.durable --servers ours-sqlite ours-postgres --chats 1 --sockets 50 --in-flight 1600 $(ARGS)
	$(PY) -m benchmarks.connects $(ARGS)
	$(PY) -m benchmarks.reading $(ARGS)
	$(PY) -m benchmarks.mixed $(ARGS)
	$(PY) -m benchmarks.admin $(ARGS)
	$(PY) -m benchmarks.workers $(ARGS)
	$(PY) -m benchmarks.start $(ARGS)
	$(PY) -m benchmarks.budgets
	node benchmarks/markdown.mjs
	$(PY) -m benchmarks.growth

torture: setup-dev ## try for hours to break the guarantees (ARGS="--quick", "--help"; needs PostgreSQL and Redis)
	@$(PY) -m tests.faults.torture $(ARGS)

screenshots: setup-dev ## take the pictures in docs/screenshots anew
	@$(PY) -m scripts.screenshots

demo: setup ## fill an empty database with a believable community (ARGS=--force for one in use)
	@$(PY) scripts/prepare.py
	@$(PY) manage.py demo $(ARGS)

.PHONY: setup-dev
setup-dev:
	@scripts/setup requirements-dev.txt
