"""Large files come in parts: what broke off goes on, of documents and of files of data alike."""

import hashlib
import os
from typing import Any

import httpx
import pytest

from devstack.caller import CallRefused
from domain.projects.uploads import LARGE_BYTES_MIN
from tests.conftest import People
from tests.journeys.project_life import announcement, register

WHOLE = os.urandom(LARGE_BYTES_MIN) + b"the end"


async def put_part(part: dict[str, Any], content: bytes) -> int:
    async with httpx.AsyncClient() as storage:
        body = content[part["offset"] : part["offset"] + part["size"]]
        return (await storage.put(part["url"], content=body)).status_code


async def test_a_document_in_parts_counts_once_all_of_its_bytes_are_those_announced(
    people: People, http: httpx.AsyncClient
) -> None:
    project = await register(people)
    path = f"/projects/{project['id']}/documents"
    document = await people.supplier.post(path, announcement(WHOLE))
    complete, upload = (f"/documents/{document['id']}/{what}" for what in ("complete", "upload"))
    first, last = document["upload"]["parts"]["missing"]
    assert document["upload"]["url"] is None

    assert await put_part(last, WHOLE) == 200
    with pytest.raises(CallRefused, match=r"7 are uploaded\. Upload the parts that are missing"):
        await people.supplier.post(complete, {})
    again = (await people.supplier.get(upload))["upload"]["parts"]
    assert (again["count"], again["bytesThere"]) == (2, 7)
    assert [one["number"] for one in again["missing"]] == [first["number"]]
    # Other bytes of the same size are taken by storage, and told by the hash of the whole.
    other = WHOLE[::-1]
    assert await put_part(again["missing"][0], other) == 200
    with pytest.raises(CallRefused, match="SHA-256 is not the one announced"):
        await people.supplier.post(complete, {})
    anew = (await people.supplier.get(upload))["upload"]["parts"]["missing"]
    assert [await put_part(part, WHOLE) for part in anew] == [200, 200]
    completed = await people.supplier.post(complete, {})
    with pytest.raises(CallRefused, match="nothing is missing"):
        await people.supplier.get(upload)
    with pytest.raises(CallRefused, match="no such document"):
        await people.buyer.get(upload)

    assert completed["status"] == "completed"
    public = await http.get(f"/api/v1/documents/{document['id']}/content", follow_redirects=True)
    assert hashlib.sha256(public.content).hexdigest() == document["sha256"]


async def test_an_upload_that_is_given_up_is_gone_with_its_parts(
    people: People, http: httpx.AsyncClient
) -> None:
    project = await register(people)
    path = f"/projects/{project['id']}/documents"
    document = await people.supplier.post(path, announcement(WHOLE))
    missing = document["upload"]["parts"]["missing"]
    assert await put_part(missing[1], WHOLE) == 200
    upload = f"/api/v1/documents/{document['id']}/upload"

    by_another = await http.delete(upload, headers=people.admin.headers)
    gone = await http.delete(upload, headers=people.supplier.headers)
    again = await http.delete(upload, headers=people.supplier.headers)

    assert (by_another.status_code, gone.status_code, again.status_code) == (403, 204, 404)
    assert await put_part(missing[0], WHOLE) == 404
    assert await people.supplier.get(path) == []


async def test_a_file_of_data_comes_in_parts(people: People) -> None:
    rows = b"registry,project_id,vintage,quantity\n" + b"x,y,2024,1\n" * (LARGE_BYTES_MIN // 11 + 9)
    sent = {"format": "issuances", "fileName": f"{os.urandom(4).hex()}.csv", "fileSize": len(rows)}
    ingestion = await people.supplier.post(
        "/ingestions", sent | {"sha256": hashlib.sha256(rows).hexdigest()}
    )
    upload = f"/ingestions/{ingestion['id']}/upload"
    first, _ = ingestion["upload"]["parts"]["missing"]
    assert await put_part(first, rows) == 200
    (last,) = (await people.supplier.get(upload))["upload"]["parts"]["missing"]
    assert await put_part(last, rows) == 200
    assert (await people.supplier.get(upload))["upload"]["parts"]["missing"] == []

    await people.supplier.post(f"/ingestions/{ingestion['id']}/complete", {})
    read = await people.supplier.wait_for(
        f"/ingestions/{ingestion['id']}",
        lambda found: found["status"] not in ("awaiting_upload", "reading"),
        seconds=60,
    )

    # It was read: its columns are what is wrong with it, and not its bytes.
    assert (read["status"], read["fileKind"]) == ("refused", "delimited")
    with pytest.raises(CallRefused, match="there already"):
        await people.supplier.get(upload)
