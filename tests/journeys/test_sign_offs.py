"""What was signed off, looked at by the worker and by the command, with real object storage."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import boto3
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.projects.documents import permanent_key
from devstack.stack import Stack
from tests.conftest import People
from tests.journeys.project_life import approve, assign, register, upload
from tools.verify_signoffs import DIFFERS, HOLDS, main
from workflows import policies
from workflows.projects.sign_offs import SignOffsReport, SignOffsWorkflow


@pytest.fixture
def overwrite(stack: Stack) -> Callable[[str, bytes], bytes]:
    """Put other bytes in the place of a kept document, as its storage's operator could; answers those before."""
    environment = stack.environment
    s3 = boto3.client(
        "s3",
        endpoint_url=environment["S3_ENDPOINT_URL"],
        region_name=environment["S3_REGION"],
        aws_access_key_id=environment["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["S3_SECRET_ACCESS_KEY"],
    )
    bucket = environment["S3_BUCKET"]

    def put(sha256: str, content: bytes) -> bytes:
        key = permanent_key(sha256)
        before: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=content or before.swapcase())
        return before

    return put


async def test_overwritten_bytes_are_told_to_staff_until_the_right_ones_are_back(
    stack: Stack,
    people: People,
    overwrite: Callable[[str, bytes], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = await register(people)
    await assign(people, project)
    (document, *_) = await upload(people, project)
    await approve(people, project)
    client = await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)

    async def check() -> SignOffsReport:
        return await client.execute_workflow(
            SignOffsWorkflow.run, id=f"sign-offs/{uuid4()}", task_queue=policies.REGISTRY_QUEUE
        )

    async def alerts() -> list[str]:
        found = await people.admin.get("/admin/alerts?kind=document_difference&open=true")
        return [alert["subject"] for alert in found]

    right = await asyncio.to_thread(overwrite, document["sha256"], b"")
    differing, told = await check(), await alerts()
    code = await asyncio.to_thread(main, [])
    await asyncio.to_thread(overwrite, document["sha256"], right)
    mended = await check()

    assert (differing.sign_offs.differences, differing.documents.differences) == (0, 1)
    assert (told, code) == ([document["id"]], DIFFERS)
    assert (mended.documents.differences, await alerts()) == (0, [])
    assert await asyncio.to_thread(main, ["--heads"]) == HOLDS
