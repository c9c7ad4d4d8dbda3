# `make run` and `make test` set up everything themselves; see installer/setup.sh.
PY := .venv/bin/python
DATA ?= ../shared/data
MINUTES ?= 60

.PHONY: run test test-app lint bench evaluate model lock clean help

run: ## open the window; without a display, the same app offscreen on the sample shop
	@installer/setup.sh app
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(PY) -m desktop; \
	else mkdir -p out && QT_QPA_PLATFORM=offscreen $(PY) -m desktop --demo-screenshot out/stallhand.png; fi

test: ## lint, types, import arrows, then every test, those of the model's training too
	@installer/setup.sh export
	@$(MAKE) --no-print-directory lint
	$(PY) -m pytest -q

test-app: lint ## as `make test` without torch: the tests of training skip themselves
	$(PY) -m pytest -q

lint: ## ruff, mypy, import arrows
	@installer/setup.sh dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	PYTHONPATH=. .venv/bin/lint-imports --no-cache

bench: ## speed beside llama.cpp, CTranslate2, optimum and transformers (BENCH=--quick: the app's engine alone)
	@installer/setup.sh $(if $(findstring --quick,$(BENCH)),export,bench)
	$(PY) -m model_export bench $(BENCH)

evaluate: ## quality of the drafts beside written phrases and a general model (EVALUATE=--quick: a few minutes)
	@installer/setup.sh bench
	$(PY) -m model_export evaluate --data $(DATA) $(EVALUATE)

model: ## train, export and check the bundled model (MINUTES=60 DATA=../shared/data)
	@installer/setup.sh export
	$(PY) -m model_export all --data $(DATA) --minutes $(MINUTES)

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
		--no-header -q -o installer/lock/app.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-emit-index-url \
		--generate-hashes --no-header -q -o installer/lock/dev.txt

clean:
	rm -rf .venv out .pytest_cache .mypy_cache .ruff_cache

help:
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'
