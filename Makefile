# The commands of this project. `make` alone prints this list.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help mails manual messages demo test check format env bench requirements screenshots clean test-sqlite test-postgresql

help: ## Print this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

demo: .venv/run ## Replay a real shop's orders into ./demo, then serve it. ARGS="--days 20" for less.
	@mkdir -p demo && cd demo && ../$(BIN)/onorder demo $(ARGS)

test: test-sqlite test-postgresql ## Run every test, on SQLite and on PostgreSQL.

test-sqlite: .venv/dev .venv/browser
	ONORDER_TEST_DATABASE=sqlite $(BIN)/python -X dev -m pytest -n $(WORKERS) --dist worksteal --doctest-modules $(ARGS)

test-postgresql: .venv/dev .venv/browser
	ONORDER_TEST_DATABASE=postgresql $(BIN)/python -X dev -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: .venv/dev ## Format, lint, types, layers, migrations.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy onorder
	$(BIN)/lint-imports
	ONORDER_SECRET_KEY=check ONORDER_DATABASE_URL=sqlite://:memory: $(BIN)/python -m django makemigrations --check --dry-run --settings onorder.config.settings

format: .venv/dev ## Bring the code into shape.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev ## The benchmark; docs/benchmark.md says what it measures.
	$(BIN)/onorder bench mixed -n 200 -n 2000 -n 20000
	$(BIN)/onorder bench quarter

screenshots: .venv/browser ## Take the pictures of the README and the manual from the demo.
	@test -f demo/onorder.sqlite3 || $(MAKE) demo ARGS="--no-serve"
	$(BIN)/python docs/pictures/make.py

mails: .venv/browser ## Take pictures of every message into demo/mails. ARGS=de for German.
	$(BIN)/python docs/pictures/mails.py $(ARGS)

manual: screenshots ## Write the manual anew: its pictures, and the table of who may do what.
	ONORDER_SECRET_KEY=manual $(BIN)/python docs/manual/make.py

messages: .venv/dev ## Gather the texts for translation (needs gettext), and compile them.
	ONORDER_SECRET_KEY=messages ONORDER_DATABASE_URL=sqlite://:memory: $(BIN)/python -m django makemessages --settings onorder.config.settings --locale de --no-location --no-wrap --no-obsolete --ignore .venv --ignore tests --ignore docs --ignore demo
	$(BIN)/pybabel compile --domain django --directory onorder/locale --locale de

env: .venv/dev ## Create the environment for development.

requirements: .venv/uv ## Renew the exact versions in requirements/.
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 --upgrade pyproject.toml -o requirements/run.txt
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 --upgrade pyproject.toml --group test --group check -o requirements/dev.txt
	echo "uv==$$($(UV) --version | cut -d' ' -f2)" | $(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 - -o requirements/uv.txt

clean: ## Remove the environment and what was made.
	rm -rf .venv demo dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "OnOrder needs Python 3.11 or newer; this is %s. Say which one to use: make PYTHON=python3.12" % sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/run: .venv/uv requirements/run.txt pyproject.toml
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# The tests drive a real browser: the system's if there is one, else one of their own.
.venv/browser: .venv/dev
	@for name in $${CHROMIUM:-chromium} chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; $(BIN)/playwright install chromium
	@touch $@

.venv/dev: .venv/run requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@
