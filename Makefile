# What a person can do here. `make` alone lists it. Each target sets up .venv first where it must.

VENV     := .venv
BIN      := $(VENV)/bin
PACKAGES := $(wildcard handler training model_store gateway client stack tests)
VERSION  ?= 1.0

.DEFAULT_GOAL := help
.PHONY: help run score test lint format archive phantoms train evaluate pin hooks clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(VENV)/.installed: requirements/install.sh $(wildcard requirements/*.txt)
	@PYTHON="$(PYTHON)" requirements/install.sh $(VENV)

run: $(VENV)/.installed ## start TorchServe, gateway and worker; Ctrl-C stops them (GATEWAY_PORT=8000)
	@$(BIN)/python -m stack.run

score: $(VENV)/.installed ## score files and folders: IMAGES="a.jpg folder" [ARGS="--objective 40 --json"]
	@$(BIN)/python -m client.score $(IMAGES) $(ARGS)

test: $(VENV)/.installed ## run every test, system tests included: [ARGS="-k word"]
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))

format: $(VENV)/.installed ## mend what style can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

archive: $(VENV)/.installed ## build the model archive of one version: [VERSION=1.0]
	@$(BIN)/python -m model_store.archive --version $(VERSION)

phantoms: $(VENV)/.installed ## write synthetic fields with their truth: [ARGS="--help"]
	@$(BIN)/python -m training.phantoms $(ARGS)

train: $(VENV)/.installed ## train a version on phantoms: [ARGS="--help"]
	@$(BIN)/python -m training.train $(ARGS)

evaluate: $(VENV)/.installed ## compare found nuclei with points of experts: [ARGS="--help"]
	@$(BIN)/python -m training.evaluate $(ARGS)

pin: $(VENV)/.installed ## record the versions now installed in requirements/constraints.txt
	@head -2 requirements/constraints.txt > $(VENV)/constraints.new
	@$(BIN)/uv pip freeze --python $(BIN)/python | grep -v '^pip==' >> $(VENV)/constraints.new
	@mv $(VENV)/constraints.new requirements/constraints.txt

hooks: $(VENV)/.installed ## check style and types before each commit
	@$(BIN)/pre-commit install

clean: ## remove the environment, caches and built archives; records and images in var/ stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis var/model-archives
