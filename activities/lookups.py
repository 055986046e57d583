"""Fetching what must be there."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from activities.ports.database import UnitOfWork
from domain.accounts.roles import Account
from domain.errors import Fault, Invalid, NotFound
from domain.projects.assurance.methodologies import CHOSEN_AT, MethodologyVersion
from domain.projects.projects import Project
from domain.projects.verification import Verification

Thing = TypeVar("Thing")


def found(thing: Thing | None, noun: str) -> Thing:
    """
    Raises:
        NotFound: there is no such thing.
    """
    if thing is None:
        raise NotFound(f"There is no such {noun}.")
    return thing


async def stored_request(work: UnitOfWork, request_id: UUID) -> Mapping[str, Any]:
    """The body of what was requested under this identifier."""
    return found(await work.requests.stored_requests.body(request_id), "stored request")


async def account(work: UnitOfWork, account_id: UUID) -> Account:
    return found(await work.accounts.accounts.get(account_id), "account")


async def locked_verification(work: UnitOfWork, verification_id: UUID) -> Verification:
    return found(await work.projects.verifications.lock(verification_id), "verification")


async def project(work: UnitOfWork, project_id: UUID) -> Project:
    return found(await work.projects.projects.get(project_id), "project")


async def locked_project(work: UnitOfWork, project_id: UUID) -> Project:
    return found(await work.projects.projects.lock(project_id), "project")


async def chosen_methodology(
    work: UnitOfWork, version_id: UUID | None
) -> MethodologyVersion | None:
    """
    The version that somebody names; None where they name none.

    Raises:
        Invalid: there is no such version.
    """
    if version_id is None:
        return None
    version = await work.projects.methodologies.version(version_id)
    if version is None:
        detail = "There is no such methodology version."
        raise Invalid(detail, Fault(CHOSEN_AT, detail))
    return version


async def methodology_of(work: UnitOfWork, verification: Verification) -> MethodologyVersion | None:
    """What a round is verified by; None where it has no methodology."""
    return await chosen_methodology(work, verification.methodology_version_id)
