"""The ceiling of a public read: a FastAPI application that has the answer's bytes already."""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

ANSWER_FILE = "BENCH_ANSWER_FILE"


def create_app() -> FastAPI:
    """Serves the bytes of the file named by `BENCH_ANSWER_FILE` where the registry lists projects."""
    answer = Path(os.environ[ANSWER_FILE]).read_bytes()
    app = FastAPI()

    @app.get("/api/v1/registry/projects")
    async def list_projects() -> Response:
        return Response(answer, media_type="application/json")

    return app
