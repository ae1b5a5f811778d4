# Dərkənar: `make help` lists what can be done. Every target sets up what it needs, and only that.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PIP_FLAGS ?=
UI ?= az
FILES ?=
BIN := .venv/bin
DATA := ../shared/data# kept-back papers and public data; what needs them says so where they are absent
REPORT = --config training/config/az-prosecution.toml --sample $(DATA)/sample.jsonl --sib200 $(DATA)/sib200
SAMPLES := $(wildcard tests/golden/documents/*.*)
PACKAGES := tesseract-ocr tesseract-ocr-aze tesseract-ocr-aze-cyrl tesseract-ocr-rus tesseract-ocr-tur
export OMP_THREAD_LIMIT := 1
.PHONY: help setup system browser triage serve demo test smoke lint bench train evaluate format clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: system .venv/.runtime ## Install what running needs: system packages where allowed, .venv, the active bundle
	@$(BIN)/triage bundle verify

triage: setup ## Triage the sample documents, or your own: make triage FILES="a.pdf b.docx" (UI=az, en or ru)
	@$(BIN)/triage suggest --lang $(UI) $(if $(FILES),$(FILES),$(SAMPLES))

serve: setup ## Start the service with its database and a worker on 127.0.0.1:8000
	@$(BIN)/triage-api serve

demo: setup ## Start a demo with made papers and history, in a folder of its own, on 127.0.0.1:8000
	@$(BIN)/triage-api demo

test: system browser .venv/.dev ## Run all tests
	@$(BIN)/python -m pytest -n 2

smoke: system .venv/.dev ## Put the service through a bad day (kills, restores, tampering) and a working day (10 minutes)
	@$(BIN)/python -m tests.smoke.smoke
	@$(BIN)/python -m tests.smoke.working_day

lint: .venv/.dev ## Check style, types, import directions and the corpus
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m training corpus check

format: .venv/.dev ## Format the source
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: .venv/.dev ## Measure speed and memory, as ratios; a million papers: make bench BENCH=--large
	@$(BIN)/python -m training bench
	@$(BIN)/python -m tests.bench.service $(BENCH)

train: system .venv/.dev ## Make the bundle again from the repository alone
	@$(BIN)/python -m training train --config training/config/az-prosecution.toml

evaluate: .venv/.dev ## Write docs/evaluation.md from held-out papers (trains what is not cached), or measure: GOLD=papers.jsonl
	@$(BIN)/python -m training $(if $(GOLD),evaluate --gold $(GOLD),report $(REPORT))

clean: ## Remove the environment and caches
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache *.egg-info

# What a scanned page needs. Without it the rest works: scans are answered with `ocr_unavailable`.
system:
	@missing=""; langs="$$(tesseract --list-langs 2>/dev/null || true)"; \
	command -v tesseract >/dev/null || missing="$(PACKAGES)"; \
	for l in aze aze_cyrl rus tur; do grep -qx "$$l" <<< "$$langs" || missing="$(PACKAGES)"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing $$missing …" >&2; \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing) >/dev/null \
	      || echo "Could not install $$missing: scanned pages will not be read." >&2; \
	  else \
	    echo "Scanned pages will not be read: Tesseract or its languages are missing. An administrator can run: apt-get install $(PACKAGES)" >&2; \
	  fi; \
	fi

# What tests of the pages need. Without it they are skipped, and say so.
browser:
	@if ! { command -v chromium && command -v npm; } >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium and npm …" >&2; \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      chromium $$(command -v npm >/dev/null || echo npm)) >/dev/null \
	      || echo "Could not install them: pages are not tested in a browser." >&2; \
	  else \
	    echo "Pages are not tested in a browser. An administrator can run: apt-get install chromium npm" >&2; \
	  fi; \
	fi

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed (apt-get install python3), or name one: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing python3-venv …" >&2; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; \
	  else \
	    echo "Python's venv module is missing. An administrator can run: apt-get install python3-venv" >&2; exit 1; \
	  fi; \
	fi
	@echo "Making .venv …" >&2
	@$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python requirements.lock pyproject.toml
	@echo "Installing what running needs …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c requirements.lock -e .
	@touch $@

# torch first and alone: later requirements then find the CPU build in place and draw in no other.
.venv/.dev: .venv/.runtime
	@echo "Installing what training and tests need (PyTorch among it) …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c requirements.lock torch
	@$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c requirements.lock -e '.[train,dev]'
	@touch $@
