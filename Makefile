# What a person can do here. `make` alone lists it. Each target sets up .venv first where it must.

VENV     := .venv
BIN      := $(VENV)/bin
PACKAGES := $(wildcard handler training model_store gateway client stack benchmark loadtest helm tests)
VERSION  ?= 1.1
PINS     := requirements/constraints.txt
TAG      ?= $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' gateway/__init__.py)

WEB      := gateway/web
NPM      := cd $(WEB) && PATH="$(CURDIR)/$(BIN):$$PATH" npm

SECRET   := $(or $(GATEWAY_SECRET_FILE),$(or $(KI67_VAR),var)/gateway-secret)

.DEFAULT_GOAL := help
.PHONY: help run web screenshots score admin test lint format archive phantoms dataset masks train finetune import-weights evaluate parity robustness comparison benchmark loadtest images images-test chart api-test cluster-test versions register canary shadow promote rollback unregister compare pin hooks clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(VENV)/.installed: requirements/install.sh $(wildcard requirements/*.txt)
	@PYTHON="$(PYTHON)" requirements/install.sh $(VENV)

$(BIN)/uv:
	@$(MAKE) $(VENV)/.installed

$(WEB)/node_modules/.installed: $(VENV)/.installed $(WEB)/package.json $(WEB)/package-lock.json
	@echo "Installing what builds the web client" >&2
	@$(NPM) ci --silent --ignore-scripts && touch node_modules/.installed

$(WEB)/dist/index.html: $(WEB)/node_modules/.installed $(shell find $(WEB)/src $(WEB)/public -type f ! -name schema.d.ts) $(wildcard $(WEB)/*.*)
	@$(NPM) run --silent build >&2

web: $(WEB)/dist/index.html ## build the web client into gateway/web/dist

run: $(VENV)/.installed web ## start TorchServe, gateway and worker; Ctrl-C stops them (GATEWAY_PORT=8000)
	@$(BIN)/python -m stack.run

screenshots: $(VENV)/.installed web ## take pictures of the web client's screens, phone and desktop: [ARGS="FOLDER --theme light"]
	@$(BIN)/python -m tests.web.screenshots $(ARGS)

score: $(VENV)/.installed ## score files and folders: IMAGES="a.jpg folder" [ARGS="--objective 40 --json"]
	@$(BIN)/python -m client.score $(IMAGES) $(ARGS)

admin: $(VENV)/.installed ## keys and other gateway commands: ARGS="create-api-key --help"
	@GATEWAY_SECRET_FILE="$(SECRET)" $(BIN)/flask --app gateway $(ARGS)

test: $(VENV)/.installed web ## run every test, system tests included, two files at once: [ARGS="-k word -n 0"]
	$(NPM) run --silent test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.installed web ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))
	$(NPM) run --silent check

format: $(VENV)/.installed ## mend what style can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run --silent format

archive: $(VENV)/.installed ## build the model archive: [VERSION=1.1 [PRECISION=int8 ARGS="--data FIELDS"]] or FOLDER=runs/name
	@$(if $(filter int8,$(PRECISION)),$(BIN)/python -m training.quantise --version model_store/ki67/$(VERSION) $(ARGS))
	@$(BIN)/python -m model_store.archive $(if $(filter int8,$(PRECISION)),--folder runs/$(VERSION)-int8,$(if $(FOLDER),--folder "$(FOLDER)",--version $(VERSION)))

versions: $(VENV)/.installed ## list model versions, or any verb: [ARGS="scale 1.1 2", "--help"]
	@$(BIN)/python -m model_store.versions $(or $(ARGS),list)

register: $(VENV)/.installed ## check, build, try and bring up a version: VERSION=1.1 [FOLDER=runs/name]
	@$(BIN)/python -m model_store.versions register $(VERSION) $(if $(FOLDER),--folder "$(FOLDER)") $(ARGS)

canary: $(VENV)/.installed ## let a version score a share of the images: VERSION=1.1 PERCENT=10 (0 ends it)
	@$(BIN)/python -m model_store.versions canary $(VERSION) $(PERCENT) $(ARGS)

shadow: $(VENV)/.installed ## let a version score a share beside the one that answers: VERSION=1.1 PERCENT=10
	@$(BIN)/python -m model_store.versions shadow $(VERSION) $(PERCENT) $(ARGS)

promote: $(VENV)/.installed ## make the canary, or any version, the default: [ARGS=1.1]
	@$(BIN)/python -m model_store.versions promote $(ARGS)

rollback: $(VENV)/.installed ## go back to the default before this one
	@$(BIN)/python -m model_store.versions rollback $(ARGS)

unregister: $(VENV)/.installed ## let go of a version that nothing is routed to: VERSION=1.0
	@$(BIN)/python -m model_store.versions unregister $(VERSION) $(ARGS)

compare: $(VENV)/.installed ## two versions on the same images: A=1.0 B=1.1 IMAGES=folder or ARGS="--recent 50"
	@$(BIN)/python -m model_store.versions compare $(A) $(B) $(IMAGES) $(ARGS)

parity: $(VENV)/.installed ## compare every engine with PyTorch in fp32: [ARGS="FOLDER --version ..."]
	@$(BIN)/python -m training.parity $(ARGS)

phantoms: $(VENV)/.installed ## write synthetic fields with their truth: [ARGS="--help"]
	@$(BIN)/python -m training.phantoms $(ARGS)

dataset: $(VENV)/.installed ## check, split or count an annotated data set: ARGS="check FOLDER"
	@$(BIN)/python -m training.datasets $(ARGS)

masks: $(VENV)/.installed ## make class maps from points, or compare two ways: ARGS="write FOLDER --output OUT" or compare
	@$(BIN)/python -m training.masks $(ARGS)

train: $(VENV)/.installed ## train a version on phantoms, or with --data FOLDER on fields: [ARGS="--help"]
	@$(BIN)/python -m training.train $(ARGS)

finetune: $(VENV)/.installed ## tune a version to a laboratory: DATA=folder VERSION=1.1-lab [PARENT=1.0 OUTPUT=folder ARGS="--help"]
	@$(BIN)/python -m training.finetune $(if $(DATA),--data $(DATA)) --version $(VERSION) \
	  $(if $(PARENT),--parent $(PARENT)) $(if $(OUTPUT),--output $(OUTPUT)) $(ARGS)
	@$(if $(findstring --help,$(ARGS)),,$(BIN)/python -m model_store.archive $(if $(OUTPUT),--folder $(OUTPUT),--version $(VERSION)))

import-weights: $(VENV)/.installed ## make a version of published weights: FILE=model.pth VERSION=name [ARGS="--help"]
	@$(BIN)/python -m training.import_weights $(if $(FILE),--file $(FILE)) --version $(VERSION) $(ARGS)

evaluate: $(VENV)/.installed ## measure versions against points of experts: ARGS="FOLDER --report OUT" or --help
	@$(BIN)/python -m training.evaluate $(ARGS)

robustness: $(VENV)/.installed ## change images slightly and see how far the index moves: ARGS="FOLDER [--json FILE]"
	@$(BIN)/python -m training.robustness $(ARGS)

comparison: $(VENV)/.installed ## train and measure the compared systems under one budget: [ARGS="--steps 300"]
	@$(BIN)/python -m training.comparison $(ARGS)

benchmark: $(VENV)/.installed ## measure speed and memory here against what must hold: [ARGS="--quick --json FILE"]
	@$(BIN)/python -m benchmark $(ARGS)

loadtest: $(VENV)/.installed ## load the service as people do, check every answer: [PROFILE=step ARGS="--url U --key-file F"]
	@$(BIN)/python -m loadtest $(or $(PROFILE),smoke) $(ARGS)

images: $(VENV)/.installed ## build the images for containers: [TAG=1.0.0 DEVICE=cuda VERSIONS=1.1,1.0 TORCH_INDEX=address]
	@$(BIN)/python -m stack.images --tag $(TAG) $(if $(DEVICE),--device $(DEVICE)) \
	  $(if $(VERSIONS),--versions $(VERSIONS)) $(if $(TORCH_INDEX),--torch-index "$(TORCH_INDEX)") $(ARGS)

images-test: $(VENV)/.installed ## build the images and run them as a cluster does: [ARGS="-k gateway"]
	$(BIN)/python -m pytest -n 0 -m images --timeout 3600 tests/images $(ARGS)

chart: $(VENV)/.installed ## check the Kubernetes chart: schemas, references, policies, snapshot; no cluster needed
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/helm $(ARGS)

api-test: $(VENV)/.installed ## install the chart on a real API server: KUBECONFIG=file, or KI67_CLUSTER_TOOLS=folder with api-up
	KI67_CLUSTER_TESTS=api $(BIN)/python -m pytest -n 0 -v tests/cluster/test_api.py $(ARGS)

cluster-test: $(VENV)/.installed ## install, upgrade, kill and roll back on a cluster: KUBECONFIG=file [KI67_GATEWAY_IMAGE= KI67_TORCHSERVE_IMAGE=]
	KI67_CLUSTER_TESTS=cluster $(BIN)/python -m pytest -n 0 -v tests/cluster/test_release.py $(ARGS)

pin: $(BIN)/uv ## pin what lies beneath changed requirements in requirements/constraints.txt, the rest as it was
	@cp $(PINS) $(VENV)/pins
	@$(BIN)/uv pip compile --quiet --no-annotate --no-header --output-file $(VENV)/pins requirements/dev.txt >/dev/null
	@{ grep '^#' $(PINS); cat $(VENV)/pins; } > $(PINS).new && mv $(PINS).new $(PINS)

hooks: $(VENV)/.installed ## check style and types before each commit
	@$(BIN)/pre-commit install

clean: ## remove the environment, caches and built archives; records and images in var/ stay
	rm -rf $(VENV) $(WEB)/node_modules $(WEB)/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis var/model-archives
