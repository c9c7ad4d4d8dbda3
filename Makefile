# `make run` and `make test` set up everything themselves; see installer/setup.sh.
PY := .venv/bin/python
DATA ?= ../shared/data
MINUTES ?= 60
WINDOWS := --python-platform x86_64-pc-windows-msvc --python-version 3.13 --only-binary :all: --no-emit-index-url \
	--generate-hashes --no-header -q

.PHONY: run test test-app lint bench evaluate model lock windows-installer windows-quick windows-test clean help

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

windows-installer: ## dist/Stallhand-*-setup.exe and -portable.zip, frozen under Wine (sets up all it needs)
	@installer/setup.sh dev
	@installer/windows/packages.sh build
	QT_QPA_PLATFORM=offscreen $(PY) -m installer.windows.build

windows-quick: ## the same, packed fast instead of small
	@installer/setup.sh dev
	@installer/windows/packages.sh build
	QT_QPA_PLATFORM=offscreen $(PY) -m installer.windows.build --quick

windows-test: ## install the setup under Wine, use it, upgrade, break and remove it; screenshots in out/windows
	@installer/setup.sh dev
	@installer/windows/packages.sh build
	$(PY) -m installer.windows.trial

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
		--no-header -q -o installer/lock/app.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-emit-index-url \
		--generate-hashes --no-header -q -o installer/lock/dev.txt
	uv pip compile pyproject.toml -c installer/lock/app.txt --override installer/lock/windows-never.in $(WINDOWS) \
		-o installer/lock/windows.txt
	uv pip compile installer/lock/windows-tools.in -c installer/lock/dev.txt -c installer/lock/windows.txt $(WINDOWS) \
		-o installer/lock/windows-tools.txt

clean:
	rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/'
