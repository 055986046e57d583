"""Saying that what one holds is to be had; whoever wants it asks by a reservation."""

from uuid import UUID

from activities.audit_and_notify import audit
from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads import offers as reads_offers
from adapters.postgres.credits.reads.entries import CreditFilter
from adapters.postgres.queries import PageRequest
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.credits.ledger import EntryStatus
from domain.credits.reservation import Offer
from domain.errors import Conflict, Fault, NotFound
from domain.identifiers import operation_id


async def offer_credits(
    parts: Resources,
    account: Account,
    key: str,
    *,
    project_id: UUID,
    vintage: int,
    name_shown: bool,
) -> Offer:
    """
    Offer all active units that one has of a project's vintage, now and later.

    What is offered already stays, and shows the name as it is said now.

    Raises:
        Forbidden: the role holds no credits, or the account acts for no organisation.
        Conflict: the account holds no active unit of it.
    """
    account.require(Permission.HOLD_CREDITS)
    account.require_organisation()
    held = CreditFilter(EntryStatus.ACTIVE.value, vintage, project_id)
    offer_id = operation_id(account.id, "offer", key)
    async with parts.reading() as connection:
        before = await reads_offers.offer_of(connection, offer_id, account=account)
        found = await reads_entries.credits_page(
            connection, held, PageRequest(limit=1), account=account
        )
    if before is not None:
        return before
    if not found:
        detail = "You hold no active credits of this project and vintage."
        raise Conflict(detail, Fault("/projectId", detail))
    now = parts.clock.now()
    offer = Offer(
        id=offer_id,
        holder_id=account.acts_for,
        project_id=project_id,
        vintage=vintage,
        name_shown=name_shown,
        offered_at=now,
    )
    async with parts.database.transaction() as work:
        standing = await work.credits.offers.put(offer)
        audit(
            work,
            "credits.offered",
            ("offer", standing.id),
            actor_id=account.id,
            before=None,
            after={
                "projectId": str(project_id),
                "vintage": vintage,
                "nameShown": name_shown,
            },
            at=now,
        )
    return standing


async def withdraw_offer(parts: Resources, account: Account, offer_id: UUID) -> None:
    """
    Take an offer back; one that was taken back before stays so. What is asked for or reserved already goes on.

    Raises:
        NotFound: there is no such offer of this account's.
        Forbidden: the role holds no credits.
    """
    async with parts.reading() as connection:
        offer = await reads_offers.offer_of(connection, offer_id, account=account)
    if offer is None:
        raise NotFound("There is no such offer.")
    account.require(Permission.HOLD_CREDITS)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        ended = await work.credits.offers.end(offer_id, now)
        if ended is not None:
            audit(
                work,
                "credits.offer_withdrawn",
                ("offer", offer_id),
                actor_id=account.id,
                before=None,
                after={"projectId": str(ended.project_id), "vintage": ended.vintage},
                at=now,
            )
