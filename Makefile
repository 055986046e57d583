# Karbonica Registry: `make help` lists the targets.
# Options go through ARGS: make demo ARGS="--exit --json result.json"

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ARGS ?=

.PHONY: help setup dev demo test test-failed prove prove-containers prove-faults check audit image deploy rollback smoke bench down lock fmt openapi screenshots verify-ledger rebuild-projection verify-signoffs verify-audit reconcile backup restore restore-drill adopt-chain chain-sums verify-opening mirror sdk seal-webhook-secrets rotate-personal-key clear-caches create-administrator settings permissions

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 24

setup: $(INSTALLED) ## Create .venv from requirements.lock (only when the lock has changed)

dev: $(INSTALLED) ## Run the stack, the API and the worker; ARGS="--json PATH --block-seconds 20 --data DIR"
	@exec $(BIN)/python -m devstack dev $(ARGS)

demo: $(INSTALLED) ## Run one project's whole life; ARGS="--exit --json PATH"
	@exec $(BIN)/python -m devstack demo $(ARGS)

down: $(INSTALLED) ## End the stack of this folder; ARGS="--data DIR"
	@exec $(BIN)/python -m devstack down $(ARGS)

# Coverage has a floor (tests/coverage.py), which only the whole suite can reach.
test: $(INSTALLED) ## Run every test in two processes, with coverage; ARGS="tests/domain -k serial" runs some, without
	@exec $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(or $(ARGS),-p tests.coverage)

# Nothing to run again (coverage was below its floor, say) is a failure too.
test-failed: $(INSTALLED) ## Run again, in one process, what failed in the last `make test`
	@exec $(BIN)/python -m pytest --last-failed --last-failed-no-failures none --maxfail 1 $(ARGS)

prove: $(INSTALLED) ## Run the long proofs: competition, kills at random moments (about ten minutes)
	@exec $(BIN)/python -m pytest -m proof $(ARGS)

# Without Podman it is skipped, and says so (docs/operations.md).
prove-containers: $(INSTALLED) ## Build the images and start docker-compose.yml with them, with Podman, as root on Debian 12
	@exec $(BIN)/python -m pytest -s -m containers tests/deploy/containers $(ARGS)

prove-faults: $(INSTALLED) ## Kill each part while 50 people read and write; writes docs/faults.md; ARGS="-k replica", FAULT_CLIENTS=20
	@exec $(BIN)/python -m pytest -n0 -p no:randomly -m faults tests/production $(ARGS)

check: $(INSTALLED) ## What CI checks besides tests: format, lint, types, import contracts, weaknesses
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive domain activities workflows adapters api tools migrations worker.py
	$(BIN)/zizmor --offline --no-progress --persona=auditor .github

# Both locks are complete and hashed, so that nothing of them is resolved or installed.
audit: ## Search what is locked for known vulnerabilities (needs pipx and the network)
	pipx run pip-audit==2.10.1 --require-hashes --disable-pip --requirement requirements.lock --requirement requirements-runtime.lock

# IMAGE and VERSION say what it is called; its digest is the one line on standard output.
image: ## Build the image with SBOM and provenance, push it, print its digest; IMAGE=… VERSION=…
	@docker buildx create --name karbonica --driver docker-container --use >&2 2>/dev/null || docker buildx use karbonica >&2
	@docker buildx build --target registry --sbom=true --provenance=mode=max --push \
		$${PYTHON_IMAGE:+--build-arg PYTHON_IMAGE="$$PYTHON_IMAGE"} \
		--tag "$$IMAGE:$$VERSION" --metadata-file .image.json . >&2
	@$(PYTHON) -c 'import json; print(json.load(open(".image.json"))["containerimage.digest"])'

# KUBECONFIG_CONTENT, where there is one, is a secret: it goes into a file that is gone afterwards.
KUBE = kube=$$(mktemp); trap 'rm -f "$$kube"' EXIT; \
	if [ -n "$${KUBECONFIG_CONTENT:-}" ]; then printf '%s' "$$KUBECONFIG_CONTENT" > "$$kube"; export KUBECONFIG="$$kube"; fi; unset KUBECONFIG_CONTENT
CHART := deploy/helm/karbonica

# --atomic: what does not become ready within the time goes back to what ran before.
deploy: ## Put an image where ENVIRONMENT says, and wait until it is ready; IMAGE=… DIGEST=sha256:…
	@$(KUBE); helm upgrade --install karbonica $(CHART) --namespace "karbonica-$$ENVIRONMENT" \
		--values "$(CHART)/values-$$ENVIRONMENT.yaml" --set "image.repository=$$IMAGE" --set "image.digest=$$DIGEST" \
		--atomic --wait --timeout 30m

rollback: ## Go back to the release before, in ENVIRONMENT; the database stays as it is (ADR 0031)
	@$(KUBE); helm rollback karbonica --namespace "karbonica-$$ENVIRONMENT" --wait --timeout 15m

smoke: $(INSTALLED) ## Ask a deployed registry from outside whether it is well; ARGS="https://registry.example"
	@exec $(BIN)/python -m tools.smoke $(ARGS)

bench: $(INSTALLED) ## Measure, each number beside its ceiling (bench/RESULTS.md)
	@exec $(BIN)/python -m bench $(ARGS)

verify-ledger: $(INSTALLED) ## Compare every entry with its transactions; ARGS="--database-url URL"
	@exec $(BIN)/python -m tools.verify_ledger $(ARGS)

rebuild-projection: $(INSTALLED) ## Make the kept sums and the public's fragments anew, while readers go on (ADR 0096, 0116)
	@exec $(BIN)/python -m tools.rebuild_projection

verify-signoffs: $(INSTALLED) ## Recompute every sign-off, read every document; ARGS="--heads --database-url URL"
	@exec $(BIN)/python -m tools.verify_signoffs $(ARGS)

verify-audit: $(INSTALLED) ## Recompute the audit log, compare it with the chain; ARGS="--url URL --provider URL"
	@exec $(BIN)/python -m tools.verify_audit $(ARGS)

reconcile: $(INSTALLED) ## Compare every confirmed record with the chain, both ways; ARGS="--provider URL"
	@exec $(BIN)/python -m tools.reconcile $(ARGS)

backup: $(INSTALLED) ## Back PostgreSQL up; ARGS="base --to s3://BUCKET/PREFIX", or wal, list, prune (docs/operations.md)
	@exec $(BIN)/python -m tools.backup $(ARGS)

restore: $(INSTALLED) ## Make a folder of PostgreSQL from a backup; ARGS="--from PLACE --into DIR --to MOMENT"
	@exec $(BIN)/python -m tools.restore $(ARGS)

restore-drill: $(INSTALLED) ## Restore into a second server, check it, say what was lost; ARGS="--from PLACE --compare"
	@exec $(BIN)/python -m tools.restore_drill $(ARGS)

adopt-chain: $(INSTALLED) ## After a restore, before a worker: what stands on the chain is not sent again
	@exec $(BIN)/python -m tools.adopt_chain $(ARGS)

chain-sums: $(INSTALLED) ## Add up all units from the chain alone, compare with what is published; ARGS="--registry URL --chain URL"
	@exec $(BIN)/python -m tools.chain_sums $(ARGS)

verify-opening: $(INSTALLED) ## Check whose account a record commits to; ARGS="openings.json --certificate certificate.json"
	@exec $(BIN)/python -m tools.verify_opening $(ARGS)

mirror: $(INSTALLED) ## Rebuild the public ledger in a file of one's own and compare it; ARGS="URL --file ledger.sqlite"
	@exec $(BIN)/python -m tools.mirror $(ARGS)

sdk: $(INSTALLED) ## Make the client's models of docs/openapi.yaml (sdk/)
	@exec $(BIN)/python sdk/generating.py

seal-webhook-secrets: $(INSTALLED) ## Seal what is not sealed under WEBHOOK_SECRET_KEY yet
	@exec $(BIN)/python -m tools.seal_webhook_secrets $(ARGS)

rotate-personal-key: $(INSTALLED) ## Make a new key of personal data and seal everything under it
	@exec $(BIN)/python -m tools.rotate_personal_key $(ARGS)

clear-caches: $(INSTALLED) ## Forget every public answer that is kept, in Redis and in each API process
	@exec $(BIN)/python -m tools.clear_caches

create-administrator: $(INSTALLED) ## Make the first administrator; ARGS="--email E --name N"
	@exec $(BIN)/python -m tools.create_administrator $(ARGS)

openapi: $(INSTALLED) ## Write docs/openapi.yaml anew, after a wanted change of the HTTP API
	@exec $(BIN)/python -m devstack.openapi

settings: $(INSTALLED) ## Write docs/settings.md anew from adapters/settings/
	@exec $(BIN)/python -m tools.settings_page $(ARGS)

permissions: $(INSTALLED) ## Write docs/permissions.md anew from the tables of permissions and routes
	@exec $(BIN)/python -m tools.permissions_page $(ARGS)

screenshots: $(INSTALLED) ## A picture of every page, wide and narrow, light and dark; ARGS="--url URL --folder DIR"
	@exec $(BIN)/python -m devstack.screenshots $(ARGS)

fmt: $(INSTALLED) ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --extra stack --extra dev \
		pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes \
		pyproject.toml -c requirements.lock -o requirements-runtime.lock

# The stamp is as old as the lock it was installed from, so that nothing runs twice.
$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11'; exit 1; }
	@echo "Installing $$(grep -c '==' requirements.lock) locked packages into $(VENV) (about a minute, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock \
		| { grep --line-buffered -E '^(Collecting|Installing|Successfully)' || true; } \
		| awk '/^Collecting/ { printf "\r  fetched %d", ++n; fflush(); next } /^Installing/ { print "\n  installing"; fflush(); next } { print "  installed"; fflush() }'
	@touch $(INSTALLED)
