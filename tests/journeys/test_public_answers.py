"""What everybody may read of one project's whole life names no account, and adds up on the chain."""

import asyncio
from collections.abc import Mapping

import httpx

from devstack.stack import Stack
from tests.conftest import FinishedStory, People
from tools.chain_sums import SAME, main

PAGES = (
    "/",
    "/audit",
    "/chain",
    "/conservation",
    "/credits",
    "/credits/{serial}",
    "/keys",
    "/ledger",
    "/methodologies",
    "/methodologies/{methodology_id}",
    "/open-data",
    "/projects",
    "/projects/{project_id}",
    "/projects/{project_id}/monitoring",
    "/projects/{project_id}/monitoring.csv",
    "/retirements",
    "/retirements/{retirement_id}",
    "/search?q=Nova",
    "/units/{number}",
    "/verifications/{verification_id}/statement",
    "/verify",
    "/.well-known/karbonica-registry.json",
)
NOT_IN_THE_STORY = {"reversal_id", "export_id", "appeal_id", "correction_id"}


async def public_addresses(http: httpx.AsyncClient) -> list[str]:
    """Every address that the contract gives to everybody, and every page of theirs."""
    contract = (await http.get("/api/openapi.json")).json()
    read = [
        address
        for address, operations in contract["paths"].items()
        if "get" in operations and not operations["get"].get("security")
    ]
    assert len(read) >= 20
    return [*read, *PAGES]


async def told(http: httpx.AsyncClient, story: FinishedStory) -> Mapping[str, str]:
    """What each of them answers about the story; a new parameter needs its value here."""
    retirement = f"/api/v1/registry/retirements/{story.retirement_id}"
    credit = (await http.get(f"/api/v1/registry/credits/{story.serial}")).json()["data"]
    (seal, *_) = (await http.get(f"{retirement}/certificates")).json()["data"]
    head = (await http.get("/api/v1/registry/audit/head")).json()["data"]
    project = (await http.get(f"/api/v1/registry/projects/{story.project_id}")).json()["data"]
    values = {
        "project_id": story.project_id,
        "verification_id": story.verification_id,
        "methodology_id": project["rounds"][0]["methodology"]["id"],
        "retirement_id": story.retirement_id,
        "serial": story.serial,
        "number": credit["units"]["first"],
        "digest": seal["digest"],
        "seq": head["seq"],
        "format_id": "projects",
        "calculation_id": "forest-carbon-stock",
        "dataset": "retirements",
        "format": "csv",
        "status": "corrected",
        "list_number": 0,
        "tile": "0/000.p/1",
    }
    addresses = {
        address: address.format(**values)
        for address in await public_addresses(http)
        if not any(f"{{{name}}}" in address for name in NOT_IN_THE_STORY)
    }
    answers = await asyncio.gather(*(http.get(address) for address in addresses.values()))
    # The open data is there once it was published for the first time; nobody was heard on this project, has drawn
    # its boundary or worked out its tonnes, and no box is named.
    refused = {
        name: answer.status_code
        for name, answer in zip(addresses, answers, strict=True)
        if answer.status_code != 200
        and "/export/" not in name
        and not name.endswith(
            ("/consultation", "/boundary", "/boundaries", "/quantification", "/inputs.json")
        )
    }
    assert refused == {}
    return {name: answer.text for name, answer in zip(addresses, answers, strict=True)}


async def test_no_public_answer_and_no_record_names_an_account(
    finished_story: FinishedStory, http: httpx.AsyncClient, people: People, stack: Stack
) -> None:
    accounts = [person.user["id"] for person in vars(people).values()]
    chain = f"{stack.devnet_url}/api/v0/txs/{finished_story.outcome['txHash']}/metadata"

    answers = {
        **await told(http, finished_story),
        "the chain": (await http.get(chain)).text,
    }

    named = {
        (address, account)
        for address, answer in answers.items()
        for account in accounts
        if account in answer
    }
    assert named == set()
    assert "retired_by" in answers["the chain"]
    assert len(set(accounts)) == 4


async def test_the_one_who_retired_opens_the_record_to_whom_they_like(
    finished_story: FinishedStory, people: People
) -> None:
    path = f"/retirements/{finished_story.retirement_id}/openings"

    (opening,) = await people.buyer.get(path)

    assert (opening["field"], opening["accountId"]) == ("retired_by", people.buyer.user["id"])


async def test_anybody_adds_up_the_project_from_the_chain_alone(
    finished_story: FinishedStory, stack: Stack
) -> None:
    arguments = ["--registry", stack.api_url, "--chain", f"{stack.devnet_url}/api/v0"]

    code = await asyncio.to_thread(main, [*arguments, "--project", finished_story.project_id])

    assert code == SAME
