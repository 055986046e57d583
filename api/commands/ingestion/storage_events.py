"""What object storage may tell: that something is new, which a look at the folders then sees for itself (ADR 0119)."""

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from api.commands.workflow_client import no_answer, raise_as_ours
from api.http.resources import Resources
from domain.errors import Fault, Invalid, NotFound
from domain.ingestion.folders import folder_in
from workflows import policies
from workflows.ingestion.folders import TOLD_ID, IngestionFoldersWorkflow


class StorageCallRefused(Exception):
    """What tells of events has not shown that it is the storage."""


async def storage_told(parts: Resources, body: bytes, authorization: str | None) -> bool:
    """
    Have folders looked at, if an event tells of something in one of them; whether it does.

    Which folder and which file is not believed: the look sees for itself.

    Raises:
        NotFound: no secret is set, so events are not expected.
        StorageCallRefused: the secret is missing or another.
        Invalid: this is no event of S3's.
        Unavailable: the workflows cannot be reached; the storage sends it again, and the clock looks anyway.
    """
    secret = parts.settings.storage.s3_events_secret
    if secret is None:
        raise NotFound("Events of the storage are not set up here.")
    if not _is_secret(authorization or "", secret.get_secret_value()):
        raise StorageCallRefused("The Authorization header has not the secret of S3_EVENTS_SECRET.")
    bucket = parts.settings.storage.s3_bucket
    is_ours = any(
        told_bucket == bucket and folder_in(key) is not None
        for told_bucket, key in _told_objects(body)
    )
    if is_ours:
        await look_at_once(parts)
    return is_ours


async def look_at_once(parts: Resources) -> None:
    try:
        async with asyncio.timeout(parts.settings.temporal.update_timeout_seconds):
            await parts.temporal.start_workflow(
                IngestionFoldersWorkflow.run,
                id=TOLD_ID,
                task_queue=policies.REGISTRY_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal="told",
                static_summary="Takes what storage told of",
            )
    except TimeoutError as late:
        raise no_answer() from late
    except RPCError as error:
        raise_as_ours(error)
    except RuntimeError as never_connected:
        raise no_answer() from never_connected


def _is_secret(authorization: str, secret: str) -> bool:
    """As MinIO sends it (`Bearer …`), as Ceph does (`Basic`, as the password), or alone."""
    scheme, _, rest = authorization.partition(" ")
    told = {"bearer": rest, "basic": _password(rest)}.get(scheme.lower(), authorization)
    return hmac.compare_digest(told.strip().encode(), secret.encode())


def _password(credentials: str) -> str:
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]


def _told_objects(body: bytes) -> Iterator[tuple[str, str]]:
    """
    Bucket and key of each object that an event says was made: S3's own form, and EventBridge's.

    Raises:
        Invalid: it is neither.
    """
    try:
        told = json.loads(body)
        if "detail" in told:
            if told["detail-type"] == "Object Created":
                yield told["detail"]["bucket"]["name"], told["detail"]["object"]["key"]
            return
        records: list[dict[str, Any]] = told["Records"]
        for record in records:
            if record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
                of = record["s3"]
                yield of["bucket"]["name"], unquote_plus(of["object"]["key"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise Invalid(
            "This is no event of S3's.",
            Fault(
                "", "An object with `Records`, each with `eventName` and `s3`, is what S3 sends."
            ),
        ) from wrong
