# Needs Python >= 3.11 and make; everything else is installed into .venv from locked, hashed lists.
PYTHON ?= python3
BIN := .venv/bin
LOCKS := deploy/locks
HELM_VERSION := v3.19.0
ASYNCAPI_VERSION := 6.11.1
AXE_VERSION := 4.14.1
WORLD_ATLAS_VERSION := 2.0.2

.PHONY: demo test fuzz slow soak bench simulate scale lint fmt docs lock sbom tools clean

demo: .venv/demo.done
	@$(BIN)/idv demo

test: .venv/dev.done
	@$(BIN)/pytest

# A million records and a hundred kills: hours. ARGS="--events 20000 --kills 10" is the short form.
# Then 20,000 webhooks while the gateway, Kafka and the disk fail: some five minutes.
soak: .venv/dev.done
	@$(BIN)/python -m tests.faults.soak $(ARGS)
	@$(BIN)/python -m tests.faults.hooks

# About ten minutes. ARGS="--only whole_job,transport --records 20000" runs parts of it.
bench: .venv-bench/bench.done
	@.venv-bench/bin/python -m tests.bench $(ARGS)

# Precision and recall of every rule on invented people: docs/simulation.md. Three minutes at most.
simulate: .venv/dev.done
	@$(BIN)/python -m tests.simulate $(ARGS)

# What a finding costs beside a million devices, on one kiosk, and when events come late.
scale: .venv/dev.done
	@$(BIN)/python -m tests.scale $(ARGS)

# Many mutants of every vendor's samples; FUZZ=1000000 makes more of them.
fuzz: .venv/dev.done
	@$(BIN)/python -m tests.fuzz $(FUZZ)

# The most that a payload of 4 MiB can cost, and how cost grows with size. Ten minutes.
slow: .venv/dev.done
	@$(BIN)/python -m tests.fuzz.growth $(ARGS)

lint: .venv/dev.done
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports

fmt: .venv/dev.done
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

# Writes what is generated: references, the AsyncAPI document, what the chart holds.
docs: .venv/dev.done
	@$(BIN)/python -m deploy.generate

# Resolves what pyproject.toml asks for and writes versions and hashes down.
lock: .venv/dev.done
	@$(BIN)/pip install --quiet uv==0.13.9
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml --extra registry --extra console --group build \
		-o $(LOCKS)/worker.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml --extra broker --extra console --group build \
		-c $(LOCKS)/worker.txt -o $(LOCKS)/demo.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml --all-extras --group build --group dev \
		-c $(LOCKS)/worker.txt -c $(LOCKS)/demo.txt -o $(LOCKS)/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml --extra broker --extra console --group build --group bench \
		-o $(LOCKS)/bench.txt  # Quix Streams wants other versions of some than we do

# What the image holds, with versions and hashes, in CycloneDX: dist/sbom.cdx.json.
sbom: .venv/dev.done
	@mkdir -p dist
	@$(BIN)/cyclonedx-py requirements $(LOCKS)/worker.txt --pyproject pyproject.toml \
		--output-reproducible -o dist/sbom.cdx.json

# What some tests use where it is there and skip where not: helm, built from its Go module, and out
# of npm packages the JSON schema of AsyncAPI, axe-core (accessibility of pages) and world-atlas
# (Natural Earth's countries).
TOOLS := $(HOME)/.cache/idv-streams/tools
tools: $(TOOLS)/helm $(TOOLS)/asyncapi-3.0.0.json $(TOOLS)/axe-$(AXE_VERSION).js \
		$(TOOLS)/countries-$(WORLD_ATLAS_VERSION).json
$(TOOLS)/helm:
	@echo "Building helm $(HELM_VERSION) (some three minutes, once) …"
	@GOBIN=$(@D) go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)
# $(call from-npm,PACKAGE,VERSION,FILE): one file of a package.
from-npm = mkdir -p $(@D) && cd $(@D) && \
	tar -xzOf "$$(npm pack --silent $1@$2)" '$3' > $(@F).part && mv $(@F).part $(@F) && \
	rm -f $(subst @,,$(subst /,-,$1))-$2.tgz
$(TOOLS)/asyncapi-3.0.0.json:
	@$(call from-npm,@asyncapi/specs,$(ASYNCAPI_VERSION),package/schemas/3.0.0-without-$$id.json)
$(TOOLS)/axe-$(AXE_VERSION).js:
	@$(call from-npm,axe-core,$(AXE_VERSION),package/axe.min.js)
$(TOOLS)/countries-$(WORLD_ATLAS_VERSION).json:
	@$(call from-npm,world-atlas,$(WORLD_ATLAS_VERSION),package/countries-110m.json)

clean:
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "idv-streams needs Python 3.11 or newer; set PYTHON=/path/to/it"; exit 1; }
	@$(PYTHON) -m venv .venv

# The peers pin other versions of a few libraries than we do, so they have an environment of their
# own, and all that is compared runs in it.
.venv-bench/bench.done: $(LOCKS)/bench.txt pyproject.toml
	@echo "Installing the benchmark's peers into .venv-bench (once) …"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@.venv-bench/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/%.done: $(LOCKS)/%.txt pyproject.toml | .venv/bin/python
	@echo "Installing locked dependencies into .venv (about half a minute, once) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
