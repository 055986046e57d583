"""An approval that issues three vintages, beside one that issues one."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from bench.bench_stack import BenchStack
from bench.measurement import Measurement, Section, Spread
from devstack.caller import Caller
from devstack.seed import ACCOUNTS

PROJECTS = 8
VINTAGE_TONNES = "400.00"
LIMIT_SECONDS = 30
LOOK_EVERY_SECONDS = 0.01
TARGET = 1.5
ONE, THREE = (2021,), (2022, 2023, 2024)
FIRST_VINTAGE = 2020


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=60) as http:
        admin, supplier, verifier = [
            await Caller.sign_in(http, email) for email, *_ in ACCOUNTS[:3]
        ]
        people = _People(admin, supplier, verifier)
        seconds: dict[tuple[int, ...], list[float]] = {ONE: [], THREE: []}
        for number in range(PROJECTS):
            project_id = await people.verified_project()
            # By turns, so that neither is always the later one.
            for years in (ONE, THREE) if number % 2 else (THREE, ONE):
                seconds[years].append(await people.issue(project_id, years))
    return _section(seconds[ONE], seconds[THREE])


MEASUREMENT = Measurement("approvals", measure)


@dataclass(frozen=True)
class _People:
    admin: Caller
    supplier: Caller
    verifier: Caller

    async def verified_project(self) -> str:
        project = await self.supplier.post(
            "/projects",
            {
                "title": f"Kilns {uuid4()}",
                "type": "biochar",
                "description": "Invasive woody biomass becomes biochar that stores its carbon in the soil.",
                "location": "Rajasthan, India",
                "country": "IN",
                "coordinates": {"latitude": 27.0238, "longitude": 74.2179},
                "emissionsTarget": "100000.00",
                "startDate": "2020-01-01",
            },
        )
        kinds = ("monitoring_report", "project_description", "methodology")
        await self._reviewed(project["id"], project["verificationId"], kinds)
        await self._approved(
            project["id"],
            project["verificationId"],
            {"vintage": FIRST_VINTAGE, "verifiedQuantity": VINTAGE_TONNES},
            credits=1,
        )
        return str(project["id"])

    async def issue(self, project_id: str, years: tuple[int, ...]) -> float:
        """Seconds from sending the approval of a period of these years until all its credits are listed."""
        period = {"from": f"{years[0]}-01-01", "to": f"{years[-1]}-12-31"}
        opened = await self.supplier.post(f"/projects/{project_id}/monitoring-periods", period)
        await self._reviewed(project_id, opened["id"], ("monitoring_report",))
        said = [{"vintage": year, "quantity": VINTAGE_TONNES} for year in years]
        there = len(await self.supplier.get(f"/credits?projectId={project_id}"))
        return await self._approved(
            project_id, opened["id"], {"vintages": said}, credits=there + len(years)
        )

    async def _reviewed(self, project_id: str, round_id: str, kinds: tuple[str, ...]) -> None:
        verifier_id = {"verifierId": self.verifier.user["id"]}
        await self.admin.post(f"/verifications/{round_id}/assign", verifier_id)
        for kind in kinds:
            await _bring(self.supplier, f"/projects/{project_id}/documents", kind)
        await _bring(self.verifier, f"/verifications/{round_id}/documents", "verification_report")

    async def _approved(
        self, project_id: str, round_id: str, said: dict[str, Any], *, credits: int
    ) -> float:
        approval = {"notes": "In order.", "duplicateNote": "Each has its own kiln."} | said
        began = time.perf_counter()
        await self.verifier.post(f"/verifications/{round_id}/approve", approval)
        while len(await self.supplier.get(f"/credits?projectId={project_id}")) < credits:
            if time.perf_counter() - began > LIMIT_SECONDS:
                raise TimeoutError(f"the credits of {round_id} were not issued")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return time.perf_counter() - began


async def _bring(caller: Caller, path: str, kind: str) -> None:
    content = f"period,tonnes\n{uuid4()},{kind}\n".encode()
    announced = {
        "name": f"{kind}.csv",
        "documentType": kind,
        "disclosure": "public",
        "mimeType": "text/csv",
        "fileSize": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    await caller.upload(path, announced, content)


def _section(one: list[float], three: list[float]) -> Section:
    ratio = Spread.of([several / single for several, single in zip(three, one, strict=True)])
    cells = [Spread.of([1000 * value for value in found]).text(0) for found in (one, three)]
    return Section(
        title="An approval that issues three vintages",
        method=f"""
        {PROJECTS} projects of the demo's supplier, verified once; then a monitoring period of one calendar
        year and one of three, by turns which comes first. From the verifier's call until the holder
        finds all of its credits, asked each {1000 * LOOK_EVERY_SECONDS:.0f} ms over one connection; API, worker,
        Temporal and PostgreSQL share the machine.
        """,
        columns=[
            "until its credits are listed, ms",
            "one vintage",
            "three vintages",
            "ratio",
            "wanted",
        ],
        rows=[["approval of a monitoring period", *cells, ratio.text(2), f"at most {TARGET}"]],
        figures={"one": one, "three": three},
    )
