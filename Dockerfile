# One image for the API, the worker and the migrations; they differ only in their command.
#   docker build --target registry --tag karbonica-registry .
# The stage "laptop" adds what prepares a stack for trying out (docker-compose.yml), and nothing else.

# By its digest where it is deployed: --build-arg PYTHON_IMAGE=python:3.11-slim@sha256:… (ADR 0055).
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS dependencies
WORKDIR /registry
COPY requirements-runtime.lock ./
# Wheels only: no package is compiled, so that no stage needs a compiler. Hashes: what was locked is
# what is installed.
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement requirements-runtime.lock

FROM ${PYTHON_IMAGE} AS base
# The image installs nothing any more once it is built.
RUN python -m pip uninstall --yes --quiet pip setuptools wheel \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin registry \
    && install --directory --owner registry --group registry --mode 0700 /keys \
    && install --directory --owner registry --group registry --mode 0700 /webhook-key \
    && install --directory --owner registry --group registry --mode 0755 /published
COPY --from=dependencies /venv /venv
# Two heaps for all threads: glibc keeps one for each otherwise, and what is free in one helps no other.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    API_HOST=0.0.0.0 \
    API_PORT=8000 \
    PLATFORM_KEY_FILE=/keys/platform.hex \
    CERTIFICATE_KEY_FILE=/keys/certificate.hex
WORKDIR /registry
COPY alembic.ini worker.py ./
COPY domain/ domain/
COPY activities/ activities/
COPY workflows/ workflows/
COPY adapters/ adapters/
COPY migrations/ migrations/
COPY tools/ tools/
COPY api/ api/
# Nobody may write here later, and a start that compiles first takes a third longer.
RUN python -m compileall -q .
USER 10001:10001

FROM base AS laptop
# The two modules make the demo's keys and its four accounts, whose password everybody knows.
COPY devstack/__init__.py devstack/keys.py devstack/seed.py devstack/
COPY deploy/laptop/ deploy/laptop/
HEALTHCHECK NONE
CMD ["python", "-m", "deploy.laptop", "--help"]

FROM base AS registry
EXPOSE 8000
# The API's; docker-compose.yml gives the worker its own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['API_PORT']}/healthz\", timeout=2)"]
CMD ["python", "-m", "api"]
