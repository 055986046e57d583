"""Whether this process lives, and whether it can serve."""

import asyncio
from collections.abc import Awaitable
from enum import StrEnum

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.postgres.chain import reads as reads_chain
from adapters.request_counters import RequestCounters
from api.http.errors.error_mapping import RETRY_AFTER_SECONDS
from api.http.resources import reading, resources
from api.http.responses import PRIVATE
from domain.chain.alerts import AlertKind

CHECK_SECONDS = 2
_UNAVAILABLE = 503

DEGRADING = {
    AlertKind.CHAIN_OUTAGE: "chain",
    AlertKind.CHAIN_STALLED: "chain",
    AlertKind.CHAIN_MISCONFIGURED: "chain",
    AlertKind.WALLET_FROZEN: "wallet",
    AlertKind.WALLET_LOW: "wallet",
    AlertKind.ACTIVITY_STUCK: "workflows",
    AlertKind.NUMBERING_LOW: "numbering",
}
"""Alerts that readiness tells of, by the part that they concern; all others are for staff alone."""

router = APIRouter(include_in_schema=False)


class Readiness(StrEnum):
    """Degraded: something is away that waits in a queue meanwhile."""

    OK = "ok"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


@router.get("/healthz")
async def healthz(request: Request) -> Response:
    """The process answers, and goes on taking requests; nothing else is asked."""
    headers = {"Cache-Control": PRIVATE}
    if request.app.state.is_draining:
        return JSONResponse({"status": "draining"}, status_code=_UNAVAILABLE, headers=headers)
    return JSONResponse({"status": "ok"}, headers=headers)


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """200 when everything is there that serving needs, each part named (`readiness`)."""
    status, checks = await readiness(request)
    headers = {"Cache-Control": PRIVATE}
    if status is Readiness.UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    return JSONResponse(
        {"status": status.value, "checks": checks},
        status_code=_UNAVAILABLE if status is Readiness.UNAVAILABLE else 200,
        headers=headers,
    )


async def readiness(request: Request) -> tuple[Readiness, dict[str, str]]:
    """
    How things stand, and for each part `ok` or what is wrong with it in a sentence.

    The chain may be away, the wallet frozen or nearly empty, or one workflow stuck: retirements go
    on and what waits is not lost, so that is only `degraded`.
    """
    breakers = resources(request).breakers
    needed = {
        "database": (_database_answers(request), "The database does not answer."),
        "temporal": (breakers.temporal.answers(), "Temporal does not answer."),
        "objectStore": (breakers.storage.answers(), "The object storage does not answer."),
        "chain": (
            breakers.chain.answers(),
            "The chain's provider does not answer; records wait.",
        ),
    }
    trouble, answers = await asyncio.gather(
        _trouble(request), asyncio.gather(*(_in_time(check) for check, _ in needed.values()))
    )
    counters: RequestCounters = request.app.state.counters
    if counters.is_degraded:
        trouble["limits"] = "Requests are counted by each process: what they share gives no answer."
    replica = resources(request).replica
    if replica is not None and not replica.is_usable:
        trouble["replica"] = "The replica is away or too far behind; the primary is read instead."
    there = dict(zip(needed, answers, strict=True))
    status = Readiness.OK
    if not there["chain"] or trouble:
        status = Readiness.DEGRADED
    if not all(ok for name, ok in there.items() if name != "chain"):
        status = Readiness.UNAVAILABLE
    checks = {name: "ok" if there[name] else sentence for name, (_, sentence) in needed.items()}
    checks |= {"wallet": "ok"} | {
        name: sentence for name, sentence in trouble.items() if checks.get(name, "ok") == "ok"
    }
    return status, checks


async def _in_time(check: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check
    except TimeoutError:
        return False


async def _database_answers(request: Request) -> bool:
    try:
        async with resources(request).reading_primary() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


async def _trouble(request: Request) -> dict[str, str]:
    """What the chain watch found, by the part it concerns; nothing while the database is away."""
    try:
        async with asyncio.timeout(CHECK_SECONDS), reading(request) as connection:
            alerts = await reads_chain.open_alerts(connection, list(DEGRADING))
    except (SQLAlchemyError, OSError, TimeoutError):
        return {}
    # Of several about one part the oldest speaks.
    return {DEGRADING[alert.kind]: alert.sentence for alert in reversed(alerts)}
