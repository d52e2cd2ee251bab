# Two commands do everything: `make demo` and `make test`. Each sets up what it needs first.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint lab ui clean

PYTHON ?= python3
BIN := .venv/bin
UV := .bootstrap/bin/uv
export UV_PROJECT_ENVIRONMENT := .venv
export PYTHONUNBUFFERED := 1

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.installed ## create .venv from uv.lock (the other targets call it)

$(UV):
	@echo "evalkit: preparing the installer (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "evalkit needs Python >= 3.11; name one with: make PYTHON=/path/to/python3.11 ..."; exit 2; }
	@$(PYTHON) -m venv .bootstrap || { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 2; }
	@.bootstrap/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.installed: uv.lock pyproject.toml | $(UV)
	@echo "evalkit: installing the locked environment into .venv (about a minute, once)"
	@$(UV) sync --frozen --compile-bytecode --quiet --python $(PYTHON)
	@touch $@

demo: setup ## run the quickstart experiment offline: sessions, drafts, scores, decision, report
	@$(BIN)/evalkit run experiments/quickstart/experiment.toml

test: setup lint ## format, lint, types, doctests and tests
	@$(BIN)/pytest

lint: setup
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy

lab: setup ## open JupyterLab on notebooks/
	@$(BIN)/jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

ui: setup ## open the MLflow UI on the runs logged so far (one worker)
	@mkdir -p runs
	@MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false LITELLM_LOCAL_MODEL_COST_MAP=True \
	  $(BIN)/mlflow ui --workers 1 --backend-store-uri sqlite:///runs/mlflow.db

clean: ## remove the environment and caches, keep runs/
	rm -rf .venv .bootstrap .mypy_cache .ruff_cache .pytest_cache
