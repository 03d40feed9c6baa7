# The two commands are `make demo` and `make test`. Each sets up what it needs first.
PYTHON ?= python3
VENV := .venv/bin
MAIL ?=
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests demo demo-break demo-move demo-fix stop clean test slice test-all soak check lock bench

help:  ## what there is
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# The first step looks at the machine and prints the Python to use, or what is missing and how to get it.
define with_python
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11, 3.12 or 3.13 first." >&2; exit 1; }
	@python=$$($(PYTHON) -m stack.preflight) && $$python -m stack.install $(1)
endef

setup:
	$(call with_python,)

setup-tests:
	$(call with_python,--tests)

demo: setup  ## start everything here, with mail; MAIL=path takes your own (.eml folders, Maildir, mbox)
	@$(VENV)/python -m stack.demo start $(if $(MAIL),--mail "$(MAIL)")

demo-break:  ## the demo's story: a password is changed on the Exchange
	@$(VENV)/python -m stack.story break

demo-move:  ## the demo's story: a person moves an email to another folder
	@$(VENV)/python -m stack.story move

demo-fix:  ## the demo's story: the password is right again, the integration is enabled
	@$(VENV)/python -m stack.story fix

stop:  ## stop all that `make demo` started; data stays
	@if [ -x $(VENV)/python ]; then $(VENV)/python -m stack.demo stop; else echo "Nothing was ever started here."; fi

clean:  ## stop, and remove all data (.local and the database's directory)
	@if [ -d .local ]; then $(MAKE) --no-print-directory setup && $(VENV)/python -m stack.demo clean; fi

test: setup-tests  ## the test suite; `make test-all` adds the long proofs, `make soak` their full lengths
	@$(VENV)/python -m stack.suites quick

slice: setup-tests  ## the most telling of the live and the browser proofs
	@$(VENV)/python -m stack.suites slice

test-all: setup-tests  ## the test suite with the long, live and browser proofs
	@$(VENV)/python -m stack.suites all

soak: setup-tests  ## the long proofs at full length, and the test suite on odd days; hours
	@$(VENV)/python -m stack.suites soak

check: setup-tests  ## ruff, mypy, import-linter, and that no SQL asks the time
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python -m pytest tests/unit/house

lock: setup-tests  ## resolve the requirements anew and write the locks
	$(VENV)/python -m stack.lock

bench: setup-tests  ## measure speed and size; prints figures, judges none
	@for bench in tests/bench/*.py; do echo "== $$bench"; $(VENV)/python "$$bench" || exit 1; done
