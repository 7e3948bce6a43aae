# `make up` and `make test` need nothing but Python 3.10+, make, git and a Python package index.
# Every target sets up what it needs; `make help` lists them.

PYTHON ?= python3
CLOUD  ?= alibaba
STACK  ?= $(CLOUD)
ENGINE ?=
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
TCCLI  := $(VENV)/tccli
TCCLI_STAMP := $(TCCLI)/.installed
BUILD  := .venv-build
DIST   := dist
INSTALL := $(BIN)/python -m pip install --quiet -c constraints.txt
PAGE   := .sandbox/review.html
RUN    := $(BIN)/instance-role sandbox project
# What the variables may say; a stack that is deployed counts without its file, too.
CLOUDS  := alibaba tencent
ENGINES := pulumi embedded
STACKS  := $(sort $(patsubst Pulumi.%.yaml,%,$(wildcard Pulumi.*.yaml)) \
    $(basename $(notdir $(wildcard .sandbox/stacks/*/*.json .sandbox/pulumi/.pulumi/stacks/*/*.json))))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every operation starts several Python processes: they are quicker when what they compiled is kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up preview refresh destroy status drift review stop check format pages test parity soak bench wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Before any set-up, so that a misspelt name costs nothing and leaves nothing behind. $(call one,NAME,VALUES)
one = $(if $(filter 1,$(words $($(1)))),$(filter $(2),$($(1))))
.PHONY: names
names:
	@: $(if $(call one,CLOUD,$(CLOUDS)),,$(error CLOUD=$(CLOUD): it is one of $(CLOUDS)))
	@: $(if $(call one,STACK,$(STACKS)),,$(error STACK=$(STACK): it is one of $(STACKS)))
	@: $(if $(ENGINE),$(if $(call one,ENGINE,$(ENGINES)),,$(error ENGINE=$(ENGINE): it is one of $(ENGINES))))
	@: $(if $(HTML),$(if $(filter 1,$(HTML)),,$(error HTML=$(HTML): it is 1, or left out)))

setup: $(STAMP) ## create .venv with everything pinned in constraints.txt

# What runs a stack comes first and is small; the tools that check and test are added when they are asked for.
$(STAMP): pyproject.toml sandbox/pyproject.toml constraints.txt
	@command -v $(PYTHON) > /dev/null || { echo "PYTHON=$(PYTHON): there is no such command; set PYTHON=python3.x" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else "this project needs Python 3.10 or newer; set PYTHON=python3.x")'
	@echo "setting up $(VENV) (a minute or two the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) setuptools wheel hatchling editables
	@$(INSTALL) --no-build-isolation --editable '.[alibaba,tencent,review,stacks]' --editable ./sandbox
	@touch $@
	@echo "set up: $(BIN)/instance-role"

$(DEV_STAMP): $(STAMP)
	@echo "adding the tools for checks and tests ..."
	@$(INSTALL) --no-build-isolation --editable '.[dev]'
	@touch $@

# A command line that a test runs; it brings an SDK that would overwrite ours. Without it that test is skipped.
$(TCCLI_STAMP): constraints-tccli.txt
	@echo "adding tccli, Tencent Cloud's own command line, for a test (a minute or two the first time) ..."
	@rm -rf $(TCCLI)
	@if $(PYTHON) -m venv $(TCCLI) \
	    && $(TCCLI)/bin/python -m pip install --quiet -c constraints-tccli.txt setuptools wheel \
	    && $(TCCLI)/bin/python -m pip install --quiet --no-compile --no-build-isolation -r constraints-tccli.txt; \
	then touch $@; \
	else rm -rf $(TCCLI); echo "tccli cannot be installed (no package index?): its test is skipped, all others run"; fi

up: names $(STAMP) ## deploy the stack to the sandbox and show what came out (CLOUD=alibaba|tencent, STACK=both, ENGINE=pulumi|embedded)
	@$(RUN) up --stack $(STACK) $(if $(ENGINE),--engine $(ENGINE))

preview: names $(STAMP) ## show what `make up` would change
	@$(RUN) preview --stack $(STACK) $(if $(ENGINE),--engine $(ENGINE))

refresh: names $(STAMP) ## compare the state with what is really there
	@$(RUN) refresh --stack $(STACK) $(if $(ENGINE),--engine $(ENGINE))

destroy: names $(STAMP) ## take everything down again
	@$(RUN) destroy --stack $(STACK) $(if $(ENGINE),--engine $(ENGINE))

status: names $(STAMP) ## show roles, policies, instances and what each instance may do
	@$(RUN) status --stack $(STACK) $(if $(ENGINE),--engine $(ENGINE))

drift: names $(STAMP) ## name what differs in the cloud from what the state says (exit code 2 when something does)
	@$(RUN) run --stack $(STACK) $(if $(ENGINE),--engine $(ENGINE)) -- instance-role drift --stack $(STACK)

review: names $(STAMP) ## say what the pending change does to permissions (exit code 2: findings; HTML=1: as a page)
	@rm -f $(PAGE)
	@$(RUN) run --stack $(STACK) $(if $(ENGINE),--engine $(ENGINE)) -- instance-role review --stack $(STACK) \
	    $(if $(HTML),--format html --output $(PAGE)); \
	code=$$?; test ! -f $(PAGE) || echo "written: $(PAGE)"; exit $$code

stop: $(STAMP) ## stop the emulator; what is deployed is there again with the next `make up`
	@$(BIN)/instance-role sandbox project stop

check: $(DEV_STAMP) ## format, lint, types, import walls
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEV_STAMP) ## put the code in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

pages: $(DEV_STAMP) ## write what is made from the code: pages of docs/, catalogues of translations
	@$(BIN)/python -m docs.reference
	@$(BIN)/python -m docs.catalogues

test: $(DEV_STAMP) $(TCCLI_STAMP) ## run every test
	@$(BIN)/pytest -n 6 --dist loadgroup

parity: $(DEV_STAMP) ## compare the embedded engine with what the real one was recorded to do
	@$(BIN)/python -m tests.parity.table

soak: $(DEV_STAMP) ## long random runs (by hand)
	@$(BIN)/pytest -m soak -n 2

bench: $(DEV_STAMP) ## measure, as ratios within one run (by hand; WRITE=1: benchmarks/README.md anew)
	@$(BIN)/python -m benchmarks $(if $(WRITE),--write)

# The build tools alone: whoever wants the wheels need not wait for what runs a stack.
$(BUILD)/.installed: constraints.txt
	@test -x $(BUILD)/bin/python || $(PYTHON) -m venv $(BUILD)
	@$(BUILD)/bin/python -m pip install --quiet -c constraints.txt build hatchling editables
	@touch $@

wheel: $(BUILD)/.installed ## build both wheels, the product's and the sandbox's, into dist/
	@$(BUILD)/bin/python -m build --no-isolation --wheel --outdir $(DIST) .
	@$(BUILD)/bin/python -m build --no-isolation --wheel --outdir $(DIST) sandbox

clean: ## remove what the targets made (the sandbox's state too)
	@test ! -d .sandbox || test ! -x $(BIN)/instance-role || $(RUN) stop
	rm -rf $(VENV) $(BUILD) .sandbox dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
