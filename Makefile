# Two commands matter: `make run` serves the platform, `make test` installs what the tests need and runs them all.

# The machine's own Python (3.11 or later); nothing is ever downloaded in its place.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
PORT ?= 8000
export PYTHON

# Compiled code is kept, whatever the environment says: without it each process of the tests compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run demo reset test test-fast mutants bench bench-web bench-continuity lighthouse drills drill-attack drill-release drill-zero services services-stop lint format types lock migrations states clean

help:  ## List the recipes.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup: .venv/.ready  ## Leave .venv/bin/socle ready; instant when nothing changed.

.venv/.ready: uv.lock pyproject.toml tools/setup
	@tools/setup run

run: setup  ## Serve the demonstration and its worker on http://localhost:8000 (PORT=8001 for another port).
	@SOCLE_PORT=$(PORT) .venv/bin/socle demo
	@.venv/bin/socle run --port $(PORT)

demo: setup  ## Prepare the demonstration without serving it.
	@.venv/bin/socle demo

reset: setup  ## Start the demonstration over, after a confirmation.
	@.venv/bin/socle demo --reset

services:  ## Start the real mail and name servers beside the demonstration, on high ports of this machine (root).
	@tools/services start

services-stop:  ## Stop them; nothing is lost.
	@tools/services stop

test:  ## Install what the tests need and run them all: style, types, both databases, a browser (ROOM=grants: one room and its doors, fast).
	@tools/test $(if $(ROOM),room $(ROOM),all)

test-fast: .venv/.ready-dev  ## Run the fast tests on SQLite, as many at once as there are cores.
	@.venv/bin/pytest -m "not slow and not journey and not drill" -n auto

mutants: .venv/.ready-dev  ## Make 200 small mistakes, and count those that a test sees (SEED=7 to draw the same, PART=former for the rules alone).
	@.venv/bin/python -m tools.mutants $(if $(SEED),--seed $(SEED)) $(if $(PART),--part $(PART))

.venv/.ready-dev: uv.lock pyproject.toml tools/setup
	@tools/test prepare

bench: .venv/.ready-dev  ## Measure everything in throw-away installations (half an hour; needs nginx and wrk).
	@.venv/bin/python -m tools.bench

bench-web: .venv/.ready-dev  ## Measure how the sites are served and published (hours; nginx, wrk, WordPress’s packages).
	@.venv/bin/python -m tools.bench.web

bench-continuity: .venv/.ready-dev  ## Measure mail, agendas and files at scale (hours; root, wrk).
	@.venv/bin/python -m tools.bench.continuity

lighthouse: .venv/.ready-dev  ## Measure each type of page of a site with Lighthouse (three minutes; Node, Chromium).
	@.venv/bin/python -m tools.lighthouse

drills: .venv/.ready-dev  ## Break things on purpose: a release, a batch, several machines, a bare Debian (root, PostgreSQL).
	@tools/test drills
	@.venv/bin/python -m tools.drills

drill-attack: .venv/.ready-dev  ## Attack a demonstration behind its front, and tell what others wait for (PostgreSQL).
	@tools/test drill-packages
	@.venv/bin/python -m tools.drills --only attack

drill-release: .venv/.ready-dev  ## Release what goes well and what does not, on a bare Debian (root, mmdebstrap).
	@tools/test drill-packages
	@.venv/bin/python -m tools.drills --only release

drill-zero: .venv/.ready-dev  ## Type the guide from an empty folder to agreements signed, in a bare Debian (root, mmdebstrap).
	@tools/test drill-packages
	@.venv/bin/python -m tools.drills --only zero

lint: .venv/.ready-dev  ## Check style, types, layers and templates.
	@tools/test lint

format: .venv/.ready-dev  ## Put the code in the house's style.
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

types: .venv/.ready-dev  ## Check types only.
	@.venv/bin/mypy

lock:  ## Renew uv.lock and its export for pip.
	@tools/setup lock

migrations: .venv/.ready-dev  ## Write the migrations a change of models asks for.
	@.venv/bin/socle makemigrations

states: .venv/.ready-dev  ## Redraw the pages of states.
	@.venv/bin/socle describe-states

clean:  ## Remove what can be made again (never the data).
	@rm -rf .venv .venv-uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
