# The portal's commands. Everything a command needs it brings itself; README.md has the table.
SHELL := /bin/sh
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1
export UV_NO_PROGRESS := 1
export UV_LINK_MODE := copy
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PORT ?= 8000
HOST ?= 127.0.0.1
DATA_DIR ?= $(CURDIR)/data
PY := .venv/bin/python

# A virtual environment whose Python is gone (moved folder, upgraded system) is made again.
ifneq ($(wildcard .venv),)
  ifneq ($(shell $(PY) -c 'print("ok")' 2>/dev/null),ok)
    $(shell rm -rf .venv)
  endif
endif

.PHONY: help run test test-faults check bench lock format clean
help:
	@echo 'make run          start the portal on http://$(HOST):$(PORT) (PORT, HOST and DATA_DIR can be set)'
	@echo 'make test         every test: SQLite, PostgreSQL, Redis, SMTP, browser'
	@echo 'make test-faults  kills each part under load and counts what was lost'
	@echo 'make check        format, lint, types, import contract, templates, migrations, deployment, dependencies'
	@echo 'make bench        the benchmarks'
	@echo 'make lock         lock the requirements again (UPGRADE=1: to the newest versions)'
	@echo 'make clean        remove what the commands made, except data/'

run: .venv/.run build/.static
	@PORT='$(PORT)' HOST='$(HOST)' DATA_DIR='$(DATA_DIR)' DJANGO_SETTINGS_MODULE=glostrup_isms.settings.dev exec $(PY) manage.py serve --prepare

test: .venv/.dev build/.static
	@exec $(PY) scripts/test.py

test-faults: .venv/.dev build/.static
	@exec $(PY) scripts/test.py --faults

check: .venv/.dev build/.static
	@exec $(PY) scripts/check.py

bench: .venv/.dev build/.static
	@exec $(PY) -m bench

format: .venv/.dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lock: .venv/.uv
	cd '$(CURDIR)' && for name in requirements requirements-dev; do \
	  .venv/bin/uv pip compile $(if $(UPGRADE),--upgrade) --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --python-version 3.11 --custom-compile-command 'make lock' "$$name.in" -o "$$name.txt"; done

clean:
	rm -rf .venv node_modules build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# ── set-up, each step once ─────────────────────────────────────────────────────────────────────
.venv/bin/python:
	@sh scripts/venv

.venv/.uv: | .venv/bin/python
	@$(PY) -m pip install --quiet uv==$(UV_VERSION) || echo 'uv cannot be had; pip installs instead (slower).'
	@touch $@

# The order of the two: the development set holds the run set, so it satisfies both.
.venv/.run: requirements.txt | .venv/.uv
	@echo 'Installing the packages …'
	@sh scripts/install requirements.txt
	@rm -f .venv/.dev && touch $@

.venv/.dev: requirements-dev.txt requirements.txt | .venv/.uv
	@echo 'Installing the packages for tests …'
	@sh scripts/install requirements-dev.txt
	@touch .venv/.run $@

build/.assets: package-lock.json scripts/assets.py | .venv/.run
	@echo 'Fetching the front-end assets …'
	@$(PY) scripts/assets.py
	@touch $@

build/.static: build/.assets $(shell find static -type f 2>/dev/null) requirements.txt | .venv/.run
	@DATA_DIR='$(DATA_DIR)' DJANGO_SETTINGS_MODULE=glostrup_isms.settings.dev $(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@
