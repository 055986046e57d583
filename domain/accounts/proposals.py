"""
Four eyes: what one administrator asks for and another must countersign before it is carried out (ADR 0066).

A proposal is of one request and no other: `terms_sha256` is of all that was asked for.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from domain.accounts.roles import Account, Permission, Role
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotCountersignable


class ProposalKind(StrEnum):
    CANCELLATION = "cancellation"
    BUFFER_RELEASE = "buffer_release"
    REVERSAL = "reversal"
    ROLE_CHANGE = "role_change"
    FREEZE = "freeze"
    ISSUANCE_CORRECTION = "issuance_correction"


class ProposalStatus(StrEnum):
    """
    waiting        for another administrator
    countersigned  whoever proposed it may carry it out, once
    refused        another administrator said no, and why
    expired        nobody answered in time
    withdrawn      whoever proposed it took it back
    """

    WAITING = "waiting"
    COUNTERSIGNED = "countersigned"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class ProposalLimits:
    """
    Above how many units of 0.01 t another administrator must countersign; None: nobody need.

    `role_changes` is whether giving or taking the role of administrator needs it, `freezes` whether
    freezing and unfreezing the registry do.
    """

    cancellation_units: int | None = None
    buffer_release_units: int | None = None
    reversal_units: int | None = None
    issuance_correction_units: int | None = None
    role_changes: bool = False
    freezes: bool = False

    def need_for_quantity(self, kind: ProposalKind, quantity_units: int) -> bool:
        limit = {
            ProposalKind.CANCELLATION: self.cancellation_units,
            ProposalKind.BUFFER_RELEASE: self.buffer_release_units,
            ProposalKind.REVERSAL: self.reversal_units,
            ProposalKind.ISSUANCE_CORRECTION: self.issuance_correction_units,
        }[kind]
        return limit is not None and quantity_units > limit

    def need_for_role(self, before: Role, after: Role) -> bool:
        changes = before is not after and Role.ADMINISTRATOR in {before, after}
        return self.role_changes and changes


@dataclass(frozen=True)
class Proposal:
    """
    `subject` is the serial, project, round or account that it is about, or `registry`; `quantity_units` of 0.01 t.

    `reason` is the proposer's, `refusal` is why another administrator said no. `request_key` is the key that
    the request came with, for its proposer to send it again; None where it has none.
    """

    id: UUID
    kind: ProposalKind
    subject: str
    quantity_units: int | None
    reason: str
    terms_sha256: str
    status: ProposalStatus
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    settled_by: UUID | None = None
    settled_at: datetime | None = None
    refusal: str | None = None
    request_key: str | None = None


def terms_sha256(kind: ProposalKind, terms: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the canonical JSON (RFC 8785) of what is asked for."""
    return hashlib.sha256(rfc8785.dumps({"kind": kind.value, **terms})).hexdigest()


def countersign_proposal(proposal: Proposal, *, actor: Account, at: datetime) -> Proposal:
    """
    Raises:
        NotCountersignable: it is settled, or its time is over.
        Forbidden: the actor is not staff, or has proposed it.
    """
    _require_another(proposal, actor, at=at)
    return _settled(proposal, ProposalStatus.COUNTERSIGNED, actor.id, at)


def refuse_proposal(proposal: Proposal, reason: str, *, actor: Account, at: datetime) -> Proposal:
    """
    Raises:
        NotCountersignable, Forbidden: as for `countersign_proposal`.
        Invalid: the reason is empty.
    """
    _require_another(proposal, actor, at=at)
    if not reason.strip():
        sentence = "A refused proposal needs a reason."
        raise Invalid(sentence, Fault("/reason", sentence))
    return replace(_settled(proposal, ProposalStatus.REFUSED, actor.id, at), refusal=reason)


def withdraw_proposal(proposal: Proposal, *, actor: Account, at: datetime) -> Proposal:
    """
    Raises:
        NotCountersignable: it is settled, or its time is over.
        Forbidden: somebody else has proposed it.
    """
    _require_waiting(proposal, actor, at=at)
    if actor.id != proposal.proposed_by:
        raise Forbidden("Only who has proposed it takes it back; say no to it instead.")
    return _settled(proposal, ProposalStatus.WITHDRAWN, None, at)


def expire_proposal(proposal: Proposal, *, at: datetime) -> Proposal:
    """What is settled stays as it is: somebody answered in the very moment."""
    if proposal.status is not ProposalStatus.WAITING:
        return proposal
    return _settled(proposal, ProposalStatus.EXPIRED, None, at)


def may_be_carried_out(proposal: Proposal, terms: str) -> bool:
    """
    Whether it is countersigned; False while it waits. `terms` is the SHA-256 of what is asked for now.

    Raises:
        Conflict: it was refused or withdrawn or has expired, or something else was proposed.
    """
    if proposal.terms_sha256 != terms:
        raise Conflict("Something else was proposed under this key; send it with another one.")
    if proposal.status is ProposalStatus.REFUSED:
        raise Conflict(f"Another administrator refused to countersign: {proposal.refusal}")
    if proposal.status is ProposalStatus.WITHDRAWN:
        raise Conflict("It was withdrawn; propose it again with another key.")
    if proposal.status is ProposalStatus.EXPIRED:
        raise Conflict("Nobody countersigned in time; propose it again with another key.")
    return proposal.status is ProposalStatus.COUNTERSIGNED


def asked_act(proposal: Proposal, known: Mapping[str, Mapping[str, Any]]) -> str | None:
    """
    Which of several acts the proposal is of, by name; each is the rest of what would be asked for.

    The hash of its terms tells: a proposal keeps that, and not the terms. None: none of them.
    """
    asked = {
        "subject": proposal.subject,
        "quantityUnits": str(proposal.quantity_units),
        "reason": proposal.reason,
    }
    return next(
        (
            name
            for name, terms in known.items()
            if terms_sha256(proposal.kind, asked | dict(terms)) == proposal.terms_sha256
        ),
        None,
    )


def _require_waiting(proposal: Proposal, actor: Account, *, at: datetime) -> None:
    actor.require(Permission.COUNTERSIGN_PROPOSAL)
    if proposal.status is not ProposalStatus.WAITING or at >= proposal.expires_at:
        raise NotCountersignable("This proposal waits for no countersignature any more.")


def _require_another(proposal: Proposal, actor: Account, *, at: datetime) -> None:
    _require_waiting(proposal, actor, at=at)
    if actor.id == proposal.proposed_by:
        raise Forbidden("The second pair of eyes cannot be the first one's.")


def _settled(
    proposal: Proposal, status: ProposalStatus, actor_id: UUID | None, at: datetime
) -> Proposal:
    return replace(proposal, status=status, settled_by=actor_id, settled_at=at)
