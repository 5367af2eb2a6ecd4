# The commands of README.md and CONTRIBUTING.md. `make run` and `make test` work from a bare checkout.
PYTHON ?= python3
PY := .venv/bin/python
STACK := $(PY) -m tools.local_stack
CODE := core organization duties meetings signage reports monitoring yitong_gov tools tests manage.py

.PHONY: run manage test test-long bench lint lock assets env env-dev

run: env
	@exec $(STACK) run

manage: env
	@exec $(STACK) manage $(ARGS)

test: env-dev
	@exec $(STACK) test $(ARGS)

test-long: env-dev
	@exec $(STACK) test --long

bench: env-dev
	@exec $(STACK) bench $(ARGS)

lint: env-dev
	@$(PY) -m tools.lint

# New locks from requirements/*.in and package.json: hashes, no addresses.
lock: env-dev
	@$(PY) -m tools.lock

assets: env
	@$(PY) -m tools.assets --force

env:
	@$(PYTHON) tools/environment.py run

env-dev:
	@$(PYTHON) tools/environment.py dev
