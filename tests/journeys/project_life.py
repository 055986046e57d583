"""Steps that several journeys share, each through the public HTTP API."""

import hashlib
from typing import Any
from uuid import uuid4

from tests.conftest import People

PROJECT: dict[str, Any] = {
    "title": "A Biochar Project at Satyapura",
    "type": "biochar",
    "description": "Invasive woody biomass becomes biochar that stores its carbon in the soil.",
    "location": "Rajasthan, India",
    "country": "IN",
    "coordinates": {"latitude": 27.0238, "longitude": 74.2179},
    "emissionsTarget": "1000.00",
    "startDate": "2025-11-27",
}
RETIREMENT: dict[str, Any] = {
    "beneficiary": {"undisclosed": True},
    "purpose": "Voluntary claim",
    "reason": "Compensation of travel in 2025",
}


def announcement(content: bytes, **changed: Any) -> dict[str, Any]:
    """A document as it is announced before its upload."""
    return {
        "name": "Monitoring report.csv",
        "documentType": "monitoring_report",
        "disclosure": "public",
        "mimeType": "text/csv",
        "fileSize": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    } | changed


async def register(people: People, **changed: Any) -> Any:
    return await people.supplier.post("/projects", PROJECT | changed)


async def assign(people: People, project: Any) -> Any:
    return await people.admin.post(
        f"/verifications/{project['verificationId']}/assign",
        {"verifierId": people.verifier.user["id"]},
    )


SUPPLIERS_EVIDENCE = ("monitoring_report", "project_description", "methodology")


async def upload(people: People, project: Any, count: int = 3) -> list[Any]:
    """The supplier's documents; and the verifier's own report, once the supplier has brought all."""
    documents = []
    for document_type in SUPPLIERS_EVIDENCE[:count]:
        content = f"period,tonnes\n{uuid4()},{document_type}\n".encode()
        path = f"/projects/{project['id']}/documents"
        sent = announcement(content, documentType=document_type)
        documents.append(await people.supplier.upload(path, sent, content))
    if count == len(SUPPLIERS_EVIDENCE):
        content = f"What was looked at for {project['id']}.\n".encode()
        path = f"/verifications/{project['verificationId']}/documents"
        sent = announcement(content, documentType="verification_report")
        documents.append(await people.verifier.upload(path, sent, content))
    return documents


async def approve(people: People, project: Any, **changed: Any) -> Any:
    return await people.verifier.post(
        f"/verifications/{project['verificationId']}/approve",
        # Journeys register one project many times over, in one registry.
        {"notes": "In order.", "vintage": 2025, "duplicateNote": "Each journey has its own kiln."}
        | changed,
    )


async def issue(people: People, **changed: Any) -> str:
    """Register, review and approve a project; answers the serial of its credits."""
    project = await register(people, **changed)
    await assign(people, project)
    await upload(people, project)
    await approve(people, project)
    credits = await people.supplier.wait_for(
        f"/credits?projectId={project['id']}", lambda found: len(found) == 1, seconds=30
    )
    serial: str = credits[0]["serial"]
    return serial
