.DEFAULT_GOAL := help
.PHONY: help demo test check chaos lint bench bench-counting bench-faults clean peers

BIN := .venv/bin
# Most tests wait for real programs, so there are more of them at once than processors. Those of one
# file stay together: they share what is dear to start. The long ones come first, in tests/chaos.
PYTEST := $(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

demo: .venv/.demo ## a whole simulated node on this computer, with a broker outage in the middle
	@$(BIN)/gateway demo

test: .venv/.dev peers ## run the tests (as root also those in a container)
	@$(PYTEST)

chaos: .venv/.dev peers ## the long forms of tests/chaos and of the fuzzing of drivers and codecs: hours
	@GATEWAY_CHAOS=long $(PYTEST) tests/chaos tests/drivers tests/gateway/encoding tests/gateway/lorawan

check: lint test ## all that must be well before a commit: lint, then the tests

lint: .venv/.dev ## format, style, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: .venv/.dev ## measure against the performance budget
	@$(BIN)/python -m bench

bench-counting: .venv/.dev ## how well people are counted, in simulation: half an hour or more
	@$(BIN)/python -m bench.counting

bench-faults: .venv/.dev ## what faults of the wire cost those counts: some minutes
	@$(BIN)/python -m bench.counting_faults

clean: ## remove whatever was made here
	rm -rf .venv .build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

peers:
	@.ci/prepare peers

# Installed again only when pyproject.toml has changed; what is in `demo` is in `dev` too.
.venv/.demo .venv/.dev: pyproject.toml .ci/prepare
	@echo "installing into .venv (a minute or two the first time)"
	@.ci/prepare venv $(subst .,,$(notdir $@))
	@touch .venv/.demo $@
