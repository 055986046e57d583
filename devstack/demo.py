"""
One project's whole life, told step by step through the public HTTP API, on real facts.

The project is real, its facts are public (facts/nova_scotia_oae.json names the source); the
documents, the accounts and the buyer are made for this demo and say so.
"""

import asyncio
import hashlib
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from devstack.caller import Caller
from devstack.memory import resident_megabytes
from devstack.methodologies import OCEAN_ALKALINITY
from devstack.seed import ACCOUNTS, PASSWORD
from devstack.stack import Stack
from devstack.waiting import leave_work
from domain.accounts.roles import Role

FACTS = Path(__file__).parent / "facts" / "nova_scotia_oae.json"
CHAIN_SECONDS = 600
WAITING = {
    Role.ADMINISTRATOR: "a project to assign a verifier to",
    Role.DEVELOPER: "a verifier's question, and a buyer who asks for credits",
    Role.VERIFIER: "a round in review over two calendar years",
    Role.BUYER: "credits to retire, and a reservation that was asked for",
}
DUPLICATE_NOTE = "The demo tells one story each time it is run on this folder; these tonnes are made up, not counted twice."


@dataclass
class Telling:
    """Prints each step as it happens and keeps how long it took."""

    console: Console
    steps: list[dict[str, Any]] = field(default_factory=list)

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        began = time.monotonic()
        with self.console.status(f"{name} …"):
            yield
        seconds = round(time.monotonic() - began, 2)
        self.steps.append({"name": name, "seconds": seconds})
        self.console.print(f"  [green]✓[/green] {name} [dim]{seconds:.2f} s[/dim]")


@dataclass(frozen=True)
class Cast:
    admin: Caller
    supplier: Caller
    verifier: Caller
    buyer: Caller


def facts_of_demo() -> dict[str, Any]:
    """What is told of the project, its source among it."""
    facts: dict[str, Any] = json.loads(FACTS.read_text())
    return facts


async def tell(stack: Stack, *, json_path: Path | None) -> None:
    """
    Register, verify, issue, transfer, retire, confirm, seal, and let a stranger check.

    Writes what came of it to `json_path`. Raises when any step does not come out as it must.
    """
    facts = facts_of_demo()
    telling = Telling(Console(soft_wrap=True))
    telling.console.print("\n[bold]The life of one project[/bold]")
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=60) as http:
        async with telling.step("Four people sign in"):
            cast = await sign_in(http)
        project = await verify(telling, cast, facts)
        serial = await issued_serial(telling, cast, project)
        moved = await transfer(telling, cast, facts, serial)
        retirement = await _retire(telling, cast, facts, moved)
        certificate = await _seal(telling, cast, http, stack, retirement)
        async with telling.step("Work is left on every desk: a round, a project, a reservation"):
            await leave_work(
                cast.supplier, cast.admin, cast.verifier, cast.buyer, project, facts["vintage"]
            )
        async with telling.step("Staff publish the open data"):
            await cast.admin.post("/registry/export", {})
        async with telling.step("The sum of all units still holds, and anybody can see it"):
            conservation = (await http.get("/api/v1/registry/conservation")).json()["data"]
            if not conservation["total"]["holds"]:
                raise RuntimeError(f"units were lost: {conservation}")
    chain_record = retirement["chainRecord"]
    outcome = {
        "apiUrl": stack.api_url,
        "temporalUiUrl": stack.temporal_ui_url,
        "projectId": project["id"],
        "verificationId": project["verificationId"],
        "serial": serial,
        "transferId": moved["id"],
        "retirementId": retirement["id"],
        "txHash": chain_record["txHash"],
        "confirmations": chain_record["confirmations"],
        "certificatePath": str(certificate),
        "steps": telling.steps,
    }
    if json_path is not None:
        json_path.write_text(json.dumps(outcome, indent=2) + "\n")
    _show(telling.console, stack, outcome)


async def sign_in(http: httpx.AsyncClient) -> Cast:
    admin, supplier, verifier, buyer = await asyncio.gather(
        *(Caller.sign_in(http, email) for email, *_ in ACCOUNTS)
    )
    return Cast(admin, supplier, verifier, buyer)


async def verify(telling: Telling, cast: Cast, facts: dict[str, Any]) -> Any:
    async with telling.step(f"The supplier registers “{facts['project']['title']}”"):
        methodology = {"methodologyVersionId": str(OCEAN_ALKALINITY.id)}
        project = await cast.supplier.post("/projects", facts["project"] | methodology)
    verification = f"/verifications/{project['verificationId']}"
    async with telling.step("Staff assign a verifier"):
        await cast.admin.post(f"{verification}/assign", {"verifierId": cast.verifier.user["id"]})
    for document in facts["documents"]:
        async with telling.step(f"The supplier uploads “{document['name']}” straight to storage"):
            content = _content(document, facts)
            path = f"/projects/{project['id']}/documents"
            await cast.supplier.upload(path, _announcement(document, content), content)
    async with telling.step("The verifier uploads a report of what was looked at"):
        report = {
            "name": "Verification report.md",
            "documentType": "verification_report",
            "disclosure": "public",
        }
        content = _content(report, facts)
        await cast.verifier.upload(
            f"{verification}/documents", _announcement(report, content), content
        )
    await _question_and_answer(telling, cast, project)
    decision = {
        "notes": "Dosing records, water samples and model agree.",
        "verifiedQuantity": facts["project"]["emissionsTarget"],
        "vintage": facts["vintage"],
    }
    alike = (await cast.verifier.get(verification))["likelyDuplicates"]
    if alike:
        # The same folder has told this story before, and the registry noticed.
        decision["duplicateNote"] = DUPLICATE_NOTE
        telling.console.print(
            f"    [yellow]It looks like {len(alike)} registered before; the verifier says why it is"
            f" another:[/yellow] {DUPLICATE_NOTE}"
        )
    async with telling.step("The verifier writes the verification statement"):
        await cast.verifier.put(f"{verification}/statement", _statement(facts) | methodology)
    async with telling.step("The verifier approves"):
        await cast.verifier.post(f"{verification}/approve", decision)
    return project


async def _question_and_answer(telling: Telling, cast: Cast, project: Any) -> None:
    """Two findings: one is settled before the approval, one is for the next round."""
    findings = f"/verifications/{project['verificationId']}/findings"
    documents = await cast.verifier.get(f"/projects/{project['id']}/documents")
    report = next(one for one in documents if one["documentType"] == "monitoring_report")
    async with telling.step("The verifier raises a corrective action and one for the next round"):
        scale = await cast.verifier.post(
            findings,
            {
                "kind": "corrective_action",
                "text": "The scale's calibration ends in March; what was weighed afterwards needs another proof.",
                "about": {"documentId": report["id"]},
            },
        )
        await cast.verifier.post(
            findings,
            {
                "kind": "forward_action",
                "text": "Name the pH scale in the series itself.",
                "about": {"field": "description"},
            },
        )
    async with telling.step("The supplier answers, and the verifier closes what is settled"):
        await cast.supplier.post(
            f"/findings/{scale['id']}/replies",
            {
                "text": "The second scale was used from 1 March on; its certificate runs to December."
            },
        )
        await cast.verifier.post(
            f"/findings/{scale['id']}/close", {"note": "The second certificate covers it."}
        )


async def issued_serial(telling: Telling, cast: Cast, project: Any) -> str:
    async with telling.step("The registry issues the credits"):
        credits = await cast.supplier.wait_for(
            f"/credits?projectId={project['id']}", lambda found: len(found) == 1, seconds=60
        )
    serial: str = credits[0]["serial"]
    telling.console.print(f"    {credits[0]['quantity']} t CO2e as [bold]{serial}[/bold]")
    return serial


async def transfer(telling: Telling, cast: Cast, facts: dict[str, Any], serial: str) -> Any:
    async with telling.step(f"The supplier transfers {facts['transfer']} t to a buyer"):
        return await cast.supplier.post(
            f"/credits/{serial}/transfer",
            {"recipientEmail": cast.buyer.user["email"], "quantity": facts["transfer"]},
        )


async def _retire(telling: Telling, cast: Cast, facts: dict[str, Any], transfer: Any) -> Any:
    async with telling.step(f"The buyer retires {facts['retire']} t"):
        retirement = await cast.buyer.post(
            f"/credits/{transfer['resultSerial']}/retire",
            {"quantity": facts["retire"], **facts["retirement"]},
        )
    path = f"/retirements/{retirement['id']}"
    async with telling.step("The retirement is written to Cardano"):
        await cast.buyer.wait_for(
            path, lambda r: (r["chainRecord"] or {}).get("blockHeight"), seconds=CHAIN_SECONDS
        )
    async with telling.step("Six blocks stand on top of it"):
        return await cast.buyer.wait_for(
            path,
            lambda r: r["chainRecord"]["status"] in {"confirmed", "final"},
            seconds=CHAIN_SECONDS,
        )


async def _seal(
    telling: Telling, cast: Cast, http: httpx.AsyncClient, stack: Stack, retirement: Any
) -> Path:
    async with telling.step("The certificate is sealed"):
        await cast.buyer.wait_for(
            f"/retirements/{retirement['id']}",
            lambda r: r["certificateStatus"] == "sealed",
            seconds=120,
        )
    page = f"/api/v1/registry/retirements/{retirement['id']}/certificate"
    folder = stack.data_dir / "certificates"
    folder.mkdir(exist_ok=True)
    path = folder / f"{retirement['id']}.json"
    path.write_bytes((await http.get(f"{page}.json")).raise_for_status().content)
    path.with_suffix(".pdf").write_bytes((await http.get(f"{page}.pdf")).raise_for_status().content)
    async with telling.step("A stranger verifies it against the chain, with one command"):
        await _verify_certificate(telling.console, stack, path)
    return path


async def _verify_certificate(console: Console, stack: Stack, path: Path) -> None:
    command = [
        *(sys.executable, "-m", "tools.verify", str(path)),
        *("--chain", f"{stack.devnet_url}/api/v0", "--registry", stack.api_url),
    ]
    checking = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    printed, _ = await checking.communicate()
    for line in printed.decode().splitlines():
        console.print(f"    [dim]{line}[/dim]", highlight=False)
    if checking.returncode != 0:
        raise RuntimeError("the certificate does not verify")


def _statement(facts: dict[str, Any]) -> dict[str, Any]:
    """What an example's verifier could state of it; no word of it is anybody's."""
    vintage = facts["vintage"]
    return {
        "scope": f"Alkalinity added at one outfall in Nova Scotia, and the CO2 that it took up in {vintage}.",
        "criteria": "ISO 14064-2:2019 and the methodology.",
        "assurance": "reasonable",
        "materiality": "5",
        "quantities": [{"vintage": vintage, "quantity": facts["project"]["emissionsTarget"]}],
        "uncertainty": "7.5",
        "deductions": [
            {
                "vintage": vintage,
                "reason": "Emissions of mining and transport.",
                "quantity": "312.40",
            }
        ],
        "independence": "Nobody who verified has an interest in the project or its supplier.",
        "opinion": "positive",
    }


def _announcement(document: dict[str, str], content: bytes) -> dict[str, Any]:
    return document | {
        "mimeType": "text/csv" if document["name"].endswith("csv") else "text/markdown",
        "fileSize": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _content(document: dict[str, str], facts: dict[str, Any]) -> bytes:
    """A small document made from the project's public facts; it says that it is one."""
    project = facts["project"]
    if document["name"].endswith(".csv"):
        lines = [
            "# Made for the demo from public totals; not the project's own monitoring data",
            "period_start,period_end,net_removal_tonnes",
            f"{project['startDate']},2026-06-01,{project['emissionsTarget']}",
        ]
    else:
        lines = [
            f"# {document['name'].removesuffix('.md')}: {project['title']}",
            "",
            f"Made for the demo, on {time.strftime('%Y-%m-%d')}. Not the project's own document.",
            "",
            project["description"],
            "",
            f"Source of the facts: {facts['source']}",
        ]
    return ("\n".join(lines) + "\n").encode()


def _show(console: Console, stack: Stack, outcome: dict[str, Any]) -> None:
    console.print(
        f"\nMemory: API {resident_megabytes(stack.api.pid):.0f} MB, "
        f"worker {resident_megabytes(stack.worker.pid):.0f} MB"
    )
    console.print("\n[bold]Look at it[/bold]")
    for name, address in (
        ("Registry", stack.api_url),
        ("Project", f"{stack.api_url}/projects/{outcome['projectId']}"),
        ("Certificate", f"{stack.api_url}/retirements/{outcome['retirementId']}"),
        ("API", f"{stack.api_url}/api/docs"),
        ("Workflow histories", stack.temporal_ui_url),
        ("Mail", stack.mail_url),
    ):
        console.print(f"  {name:20} {address}", highlight=False)
    console.print("\n[bold]Sign in as[/bold] (password " + PASSWORD + "); what waits there")
    for email, *_, role in ACCOUNTS:
        console.print(f"  {email:30} {role.value:15} {WAITING[role]}", highlight=False)
    console.print()
