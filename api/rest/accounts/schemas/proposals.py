"""Proposals as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.accounts.examples.proposals import PROPOSAL, PROPOSAL_REFUSAL_SENT
from domain.accounts.proposals import Proposal, ProposalKind, ProposalStatus
from domain.reasons import REASON_LENGTH_MAX


class ProposalRefusalRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [PROPOSAL_REFUSAL_SENT]})

    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class ProposalResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [PROPOSAL]})

    id: UUID
    kind: ProposalKind
    subject: str = Field(description="The serial, project or account it is about, or `registry`.")
    quantity: Tonnes | None
    reason: str
    status: ProposalStatus
    proposed_by: UUID
    proposed_at: Moment
    expires_at: Moment
    settled_by: UUID | None
    settled_at: Moment | None
    refusal: str | None = Field(description="Why another administrator said no.")


def proposal_response(proposal: Proposal) -> ProposalResponse:
    return ProposalResponse(
        id=proposal.id,
        kind=proposal.kind,
        subject=proposal.subject,
        quantity=proposal.quantity_units,
        reason=proposal.reason,
        status=proposal.status,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        expires_at=proposal.expires_at,
        settled_by=proposal.settled_by,
        settled_at=proposal.settled_at,
        refusal=proposal.refusal,
    )
