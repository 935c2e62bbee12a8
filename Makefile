# Alcove's commands. `make` alone prints them.
PYTHON := .venv/bin/python
NAME ?= start
.DEFAULT_GOAL := help
.PHONY: help set-up demo test check fix bench build lock

help:  ## Print these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s'|'

set-up:  ## Install what the other commands need (they call it themselves)
	@python3 requirements/set_up.py

demo: set-up  ## Watch a visit: identity provider, EHR, gateway, exam room and the desktop on this machine
	@$(PYTHON) -m demo

test: set-up  ## Run every test: first what runs side by side, then what has to be alone
	@failed=0; \
	$(PYTHON) -m pytest -n 2 --dist loadfile -m "not alone" || failed=1; \
	$(PYTHON) -m pytest -m alone || failed=1; \
	exit $$failed

check: set-up  ## Lint, types, import table, size caps
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy wire visit desktop gateway demo bench installers tests
	@.venv/bin/lint-imports
	@$(PYTHON) -m pytest -q tests/architecture

fix: set-up  ## Mend what the linter can mend
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

bench: set-up  ## Measure one thing: make bench NAME=start | join | feed | typing | editor | soak | fuzz-media | paint | vault | crash | converge | fuzz-document [ARGS="--minutes 5"]
	@$(PYTHON) -m bench.$(subst -,_,$(NAME)) $(ARGS)

build: set-up  ## Freeze the desktop program (PyInstaller onedir) and smoke-test it
	@$(PYTHON) installers/build.py
	@$(PYTHON) -m installers.smoke_test

lock: set-up  ## Write the hashed requirement files anew from pyproject.toml
	@.venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
		--all-extras pyproject.toml -o requirements/dev.txt
	@$(PYTHON) -m demo.node lock
