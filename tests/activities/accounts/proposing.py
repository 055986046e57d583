"""A proposal, and the requests about it."""

from activities.accounts.proposals import (
    CountersignProposal,
    ExpireProposal,
    ProposalPayload,
    Propose,
    RefuseProposal,
    WithdrawProposal,
)
from domain.accounts.proposals import ProposalKind, terms_sha256
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, OTHER_ADMINISTRATOR, after, named

PROPOSAL_ID = named("proposal")
PROPOSE = Propose(
    proposal_id=PROPOSAL_ID,
    kind=ProposalKind.CANCELLATION,
    subject="KRB-2024-001-000001",
    quantity_units=2_000_000,
    terms_sha256=terms_sha256(ProposalKind.CANCELLATION, {"reason": "Counted twice."}),
    expires_at=after(days=36_500),
    actor_id=ADMINISTRATOR.id,
)
COUNTERSIGN = CountersignProposal(proposal_id=PROPOSAL_ID, actor_id=OTHER_ADMINISTRATOR.id)
REFUSE = RefuseProposal(
    operation_id=named("refusal"), proposal_id=PROPOSAL_ID, actor_id=OTHER_ADMINISTRATOR.id
)
WITHDRAW = WithdrawProposal(proposal_id=PROPOSAL_ID, actor_id=ADMINISTRATOR.id)
EXPIRE = ExpireProposal(proposal_id=PROPOSAL_ID)


async def a_reason_is_kept(registry: Registry) -> None:
    await keep_draft(registry, PROPOSAL_ID, ADMINISTRATOR.id, ProposalPayload(reason="Twice."))


async def it_is_proposed(registry: Registry) -> None:
    await a_reason_is_kept(registry)
    await run(registry.proposals.propose, PROPOSE)
    refusal = ProposalPayload(reason="It was corrected since.")
    await keep_draft(registry, REFUSE.operation_id, OTHER_ADMINISTRATOR.id, refusal)
