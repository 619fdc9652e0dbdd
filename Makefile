# Kyoso needs Python 3.11 or newer, git and make; everything else comes from requirements.txt.
#
#   make run     start the site on http://127.0.0.1:8000/ (PORT=8001 make run for another port)
#   make test    run all tests
#   make fuzz    a million texts against the rules of rendered Markdown (EXAMPLES=100000 make fuzz)
#   make check   format, types, house rules, deployment check
#   make bench   print the figures of this machine
#   make reliability  losses, faults and recovery, proved on real parts (PROFILE=full make reliability)
#   make pictures  take docs/screenshots/ anew
#   make lock    resolve requirements*.in again
#   make clean   remove the virtual environment and caches; var/ with all content stays

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PIP_COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --no-emit-options
APPS := kyoso accounts channels_app secretariat
TESTS ?=
EXAMPLES ?= 1000000
ARGS ?=
PROFILE ?= short

.PHONY: run test fuzz check bench reliability pictures lock clean tools
.DELETE_ON_ERROR:

run: $(VENV)/.run-installed
	@$(BIN)/python manage.py run

test: $(VENV)/.dev-installed tools
	$(BIN)/python -m pytest $(TESTS)

fuzz: $(VENV)/.dev-installed
	$(BIN)/python -m tests.fuzz --examples $(EXAMPLES)

check: $(VENV)/.dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python -m pytest -q tests/test_house.py
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	@deploy/check-production $(BIN)/python

bench: $(VENV)/.dev-installed
	$(BIN)/python -m bench

reliability: $(VENV)/.dev-installed tools
	$(BIN)/python -m tests.reliability --profile $(PROFILE) $(ARGS)

pictures: $(VENV)/.dev-installed tools
	$(BIN)/python -m tests.pictures

lock: $(VENV)/.dev-installed
	$(PIP_COMPILE) --output-file=requirements.txt requirements.in
	$(PIP_COMPILE) --allow-unsafe --output-file=requirements-dev.txt requirements-dev.in

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis var/test
	find $(APPS) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps carry the time of the last installation: a second start installs nothing.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Kyoso needs Python 3.11 or newer; try: PYTHON=python3.12 make run"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: requirements.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev-installed: requirements-dev.txt $(VENV)/.run-installed
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

tools:
	@deploy/install-test-tools
