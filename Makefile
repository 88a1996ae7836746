# Berth: the two commands are `make demo` and `make test`; `make help` lists the rest.
# Variables: PYTHON=/path/to/python  PORT=8000 (web port of the demo)  ARGS="…" (passed to pytest or a benchmark)
#            JSON=path (where a benchmark also writes its figures)

.DEFAULT_GOAL := setup
PY := .venv/bin/python
PYTHON ?=

BENCHES := bench-booking bench-bus bench-ledger bench-search

.PHONY: setup setup-dev demo demo-reset simulate-day test test-fast lint format types requirements translations soak-idle help $(BENCHES)

setup: ## Make .venv and compile the translations (done by the others when needed)
	@python=$$(sh scripts/find_python.sh "$(PYTHON)") && "$$python" scripts/set_up.py

setup-dev:
	@python=$$(sh scripts/find_python.sh "$(PYTHON)") && "$$python" scripts/set_up.py --dev

demo: setup ## Start the whole platform with simulated lots; Ctrl-C stops it, the data stays
	@$(PY) -m berth.demo run --with-parent

demo-reset: setup ## Delete the demo's data
	@$(PY) -m berth.demo reset

simulate-day: setup ## Play a day with faults on a demo of its own, e.g. ARGS="--cars 200 --seed 7 --json day.json"
	@$(PY) -m berth.day $(ARGS)

test: setup-dev ## Everything that must hold: lint, layers, types, migrations, translations, API schema, all tests
	@$(PY) -m scripts.check all -- $(ARGS)

test-fast: setup-dev ## Tests without browser and race tests, e.g. ARGS="tests/lots -k search"
	@$(PY) -m pytest -m "not e2e and not race and not bench" $(ARGS)

lint: setup-dev ## Style and layers
	@$(PY) -m scripts.check lint layers

types: setup-dev ## Strict mypy
	@$(PY) -m scripts.check types

format: setup-dev ## Put the code in the house's format
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

translations: setup-dev ## Bring the catalogues up to date with the code
	@$(PY) manage.py translations --update

bench-booking: ## Measure holds by many clients against the plain insert of the same rows
bench-bus: ## RS-485 lines against what their bits allow; ARGS=--short for a quick look
bench-ledger: ## Measure postings, balances and statements against bare SQL
bench-search: ## Search at 10 k, 100 k and 1 M spots, e.g. ARGS="--sizes 10k,100k --plot docs/images/search-growth.svg"

$(BENCHES): bench-%: setup-dev
	@$(PY) -m tests.bench.$* $(if $(JSON),--json $(JSON)) $(ARGS)

soak-idle: setup-dev ## 10,000 random histories of one spot against the minute-by-minute oracle, e.g. ARGS="--histories 500"
	@$(PY) -m tests.bench.soak_idle $(ARGS)

requirements: setup-dev ## Pin again what pyproject.toml asks for, with hashes
	@$(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
		pyproject.toml -o requirements/base.txt
	@$(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
		pyproject.toml --extra dev -c requirements/base.txt -o requirements/dev.txt

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 18
