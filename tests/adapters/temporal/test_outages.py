"""How soon an activity is tried again: at once after an outage, by its policy after anything else."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from adapters.outages import NoAnswer
from adapters.settings.storage import StorageSettings
from adapters.storage.object_store import S3ObjectStore
from adapters.temporal.outages import OUTAGE_RETRY, OutageInterceptor


class Failing(ActivityInboundInterceptor):
    """Stands where the activity itself would be."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        raise self._error


async def outcome(error: Exception) -> Exception:
    inbound = OutageInterceptor().intercept_activity(Failing(error))
    with pytest.raises(Exception) as raised:
        await inbound.execute_activity(None)  # type: ignore[arg-type]  # nothing looks at it
    return raised.value


@pytest.mark.parametrize(
    "error",
    [
        NoAnswer("PostgreSQL does not answer"),
        ConnectionRefusedError(),
        EndpointConnectionError(endpoint_url="http://storage"),
        ReadTimeoutError(endpoint_url="http://storage"),
    ],
)
async def test_an_outage_is_tried_again_soon(error: Exception) -> None:
    found = await outcome(error)

    assert isinstance(found, ApplicationError)
    assert (found.next_retry_delay, found.non_retryable) == (OUTAGE_RETRY, False)
    assert found.type == type(error).__name__
    assert "storage" not in found.message


@pytest.mark.parametrize(
    "error", [ValueError("a fault of ours"), ApplicationError("no", non_retryable=True)]
)
async def test_anything_else_is_left_as_it_is(error: Exception) -> None:
    assert await outcome(error) is error


async def test_an_object_storage_that_hangs_is_not_waited_for() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    store = S3ObjectStore(
        StorageSettings(
            s3_endpoint_url=f"http://127.0.0.1:{port}", s3_connect_seconds=0.1, s3_read_seconds=0.1
        )
    )

    with pytest.raises(ReadTimeoutError):
        await store.stored_bytes("documents/any")

    server.close()
