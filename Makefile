# labkit: `make start` opens the labs, `make test` runs the tests.
#
# Needs Python 3.11 or newer and make, nothing else. All that is installed goes into .venv, in the versions of
# constraints.txt. Each .venv/.NAME is a stamp: younger than pyproject.toml and constraints.txt, it means that
# NAME is installed, so a second `make start` has nothing to do. (Written for GNU make 3.81 too: macOS has it.)

VENV := .venv
PY := $(VENV)/bin/python
SITE := site
# `make start ARGS="--port 9000"`, `make test ARGS="tests/grader -x"`, `make bench ARGS=--quick`
ARGS ?=
# mkdocs-material would print an advertisement for another program.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help start test check docs bench labs format constraints clean
.DELETE_ON_ERROR:

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

start: $(VENV)/.runtime  ## Open the labs in JupyterLab; install what they need before the first time
	@exec $(PY) -m labkit start $(ARGS)

# A file's tests stay together: they share a cloud. More than four workers only wait for each other.
test: $(VENV)/.test  ## Run all tests
	@exec $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check: $(VENV)/.dev  ## Lint, types, imports, the course's proof, the site: what has to be green before a commit
	@failed=; \
	try() { echo; echo "== $$*"; "$$@" || failed="$$failed\n   $$*"; }; \
	try $(PY) -m ruff check .; \
	try $(PY) -m ruff format --check .; \
	try $(PY) -m mypy; \
	try $(VENV)/bin/lint-imports; \
	try $(PY) -m labkit build --check; \
	try $(PY) -m labkit verify; \
	try $(PY) -m mkdocs build --strict --quiet; \
	echo; \
	if [ -n "$$failed" ]; then printf "make check: these did not pass:$$failed\n"; exit 1; fi; \
	echo "make check: all passed."

docs: $(VENV)/.test  ## Build the site into site/ (`labkit docs` serves it)
	@$(PY) -m mkdocs build --strict --quiet
	@echo "The site is built: open $(SITE)/index.html, or serve it with: $(PY) -m labkit docs"

bench: $(VENV)/.bench  ## Measure this kit beside moto's server and two graders; takes minutes
	@exec $(PY) -m benchmarks $(ARGS)

labs: $(VENV)/.runtime  ## Build labs/ and solutions/ from course/
	@exec $(PY) -m labkit build $(ARGS)

format: $(VENV)/.dev  ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

constraints: $(VENV)/.dev  ## Pin the newest fitting versions in constraints.txt
	@$(PY) -m uv pip compile pyproject.toml --quiet --upgrade --universal --all-extras --python-version 3.11 \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o constraints.txt

clean:  ## Remove .venv, the built site and caches; no work of yours
	@rm -rf $(VENV) $(SITE) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- The environment ---------------------------------------------------------------------------------

# A .venv of ours that came here from another folder, or whose Python is gone, is made anew.
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
ifneq ($(wildcard $(VENV)/.made),)
ifneq ($(shell "$(PY)" -c "import pip" 2>/dev/null && cat "$(VENV)/.made"),$(CURDIR))
$(shell rm -rf $(VENV))
endif
endif
endif

$(VENV)/.made:
	@if ! "$(PY)" -c "import pip, sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then \
		python=; \
		for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
			if "$$name" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then python=$$name; break; fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo "labkit needs Python 3.11 or newer; here is $$(python3 --version 2>/dev/null || echo no python3)."; \
			echo "Install one (python.org, your system's packages), then: make start PYTHON=/path/to/python3"; \
			exit 1; \
		fi; \
		echo "Making $(VENV) with $$("$$python" --version)"; \
		if ! "$$python" -m venv --clear $(VENV) >$(VENV).log 2>&1; then \
			cat $(VENV).log; rm -rf $(VENV) $(VENV).log; \
			echo "Python could not make an environment. On Debian and Ubuntu: sudo apt install python3-venv"; \
			exit 1; \
		fi; \
		rm -f $(VENV).log; \
	fi
	@printf '%s' "$(CURDIR)" > $@

# $(call install,EXTRAS): uv does it in seconds; pip does it where uv can't be had.
define install
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt uv || echo "uv can't be had here; pip installs instead, which takes longer."
	@echo "Installing labkit$(1) into $(VENV)"
	@$(PY) -m uv --version >/dev/null 2>&1 \
		&& VIRTUAL_ENV= $(PY) -m uv pip install --quiet --python $(PY) -c constraints.txt -e ".$(1)" \
		|| $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".$(1)"
	@touch $@
endef

$(VENV)/.runtime: $(VENV)/.made pyproject.toml constraints.txt
	$(call install,)

$(VENV)/.test: $(VENV)/.made pyproject.toml constraints.txt
	$(call install,[test])
	@touch $(VENV)/.runtime

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints.txt
	$(call install,[test$(comma)dev])
	@touch $(VENV)/.runtime $(VENV)/.test

$(VENV)/.bench: $(VENV)/.made pyproject.toml constraints.txt
	$(call install,[bench])
	@touch $(VENV)/.runtime

comma := ,
