# Two commands matter: `make lab` opens the course, `make test` proves it.
# Settings: PYTHON=path/to/python, PORT=9000, NOTEBOOKS="notebooks/04-replay.ipynb",
# TORTURE="kills flips", SEED=7, SCALE=0.1.

PYTHON :=
PORT :=
NOTEBOOKS :=
TORTURE :=
SEED :=
SCALE :=

# The interpreter that .venv was made of stays in use until another is named.
PYTHONS := $(if $(PYTHON),'$(PYTHON)',.venv/bin/python python3 python3.13 python3.12 python3.11 python3.14 python)
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
ABLE := import sys; sys.exit(sys.version_info < (3, 6))

# The first suitable interpreter runs the helper; else the first that is able to say why not.
define helper
for test in '$(SUITABLE)' '$(ABLE)'; do for python in $(PYTHONS); do \
	if "$$python" -c "$$test" 2>/dev/null; then exec "$$python" scripts/environment.py $(1); fi; \
done; done; \
echo "No usable Python found ($(or $(PYTHON),python3)): install Python 3.11 or newer, or name one, as in 'make lab PYTHON=/path/to/python3'." >&2; \
exit 1
endef

.PHONY: help setup lab test torture bench notebooks format lock clean

help:  ## say what each command does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

lab:  ## open your own copy of the course in JupyterLab (PORT=9000 to choose the port)
	@$(call helper,lab $(PORT))

setup:  ## make .venv, if it is not there and complete
	@$(call helper,setup)

test: setup  ## check style and types, run all tests and all notebooks
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/pytest -n 2 --dist loadfile --nbval --nbval-current-env --nbval-cell-timeout=60

torture: setup  ## attack the store with everything, at length (TORTURE="kills flips", SEED=7, SCALE=0.1)
	cd tests && ../.venv/bin/python -m torture $(TORTURE) $(if $(SEED),--seed $(SEED)) $(if $(SCALE),--scale $(SCALE))

bench: setup  ## measure esdemo beside its peers
	.venv/bin/python tests/benchmarks/bench.py
	.venv/bin/python tests/benchmarks/in_browser.py

notebooks: setup  ## execute the notebooks and store their outputs (NOTEBOOKS=... for some)
	.venv/bin/python scripts/execute.py $(or $(NOTEBOOKS),$(wildcard notebooks/*.ipynb))

format: setup  ## let ruff fix what it can
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

lock:  ## resolve pyproject.toml again into requirements.lock (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: install it (https://docs.astral.sh/uv), then run it again." >&2; exit 1; }
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --upgrade --quiet --output-file requirements.lock

clean:  ## remove .venv and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -path ./my-course -prune -o -name .ipynb_checkpoints -prune -exec rm -rf {} +
