"""Four eyes on pages: what another administrator asks for, in words, and the answer to it (ADR 0066, ADR 0093)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.proposals import (
    ProposalView,
    account_names,
    named_proposal,
    named_proposals_page,
)
from adapters.postgres.projects.reads.projects import project_names
from adapters.postgres.queries import PageRequest
from api.commands import proposals as commands
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Text
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
    desk_page_of_one,
    staff,
)
from api.pages.parts.formats import age, grouped_tonnes, moment
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain
from domain.accounts.proposals import Proposal, ProposalKind, ProposalStatus, asked_act
from domain.accounts.roles import Account, Permission, Role
from domain.projects.verification import VINTAGE_MIN
from domain.quantities import format_tonnes
from domain.reasons import REASON_LENGTH_MAX

PATH = "/staff/proposals"
SHOWN = 50
_ANSWER = Permission.COUNTERSIGN_PROPOSAL
_CONFLICT = 409
_FREEZES = {"freeze": {"action": "freeze"}, "unfreeze": {"action": "unfreeze"}}
_VINTAGES = {str(year): {"vintage": year} for year in range(VINTAGE_MIN, 2_100)}
_ROLES = {role.value: {"role": role.value} for role in Role}
_VINTAGE_MAX = 2199
_LOSSES: Mapping[str, Mapping[str, Any]] = {
    f"{vintage or ''}/{'yes' if avoidable else 'no'}": {"vintage": vintage, "avoidable": avoidable}
    for vintage in (None, *range(VINTAGE_MIN, _VINTAGE_MAX + 1))
    for avoidable in (True, False)
}
"""Every loss that may have been proposed, by what its form says; some hundred hashes tell which it was."""

router = page_router()


@dataclass(frozen=True)
class CarryOut:
    """The form by which whoever proposed it does it, once it is countersigned: where it is sent, and with what."""

    address: str
    do: str
    subject: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class ProposalWords:
    """What would be done, as a sentence; `place` is a page of what it is about."""

    sentence: str
    place: str | None


class RefusalForm(RequestSchema):
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


async def _countersign(request: Request, account: Account, action: SubmittedAction) -> None:
    proposal_id = action.id("proposal")
    await commands.countersign_proposal(resources(request), account, action.key, proposal_id)


async def _refuse(request: Request, account: Account, action: SubmittedAction) -> None:
    form = RefusalForm(reason=action.typed.get("reason", ""))
    proposal_id = action.id("proposal")
    await commands.refuse_proposal(
        resources(request), account, action.key, proposal_id, reason=form.reason
    )


async def _withdraw(request: Request, account: Account, action: SubmittedAction) -> None:
    proposal_id = action.id("proposal")
    await commands.withdraw_proposal(resources(request), account, action.key, proposal_id)


PROPOSAL_ACTIONS: Mapping[str, StaffAction] = {
    "countersign": StaffAction(
        _countersign, "It is countersigned; whoever proposed it is told, and carries it out."
    ),
    "refuse": StaffAction(_refuse, "It is refused; whoever proposed it is told, and reads why."),
    "withdraw": StaffAction(_withdraw, "It is withdrawn, and nothing comes of it."),
}


async def _list_page(request: Request, refused: Refused | None = None) -> Response:
    account, now = staff(request, _ANSWER).account, resources(request).clock.now()
    typed = plain(request.query_params.get("status", ProposalStatus.WAITING.value))[:20]
    status = ProposalStatus(typed) if typed in list(ProposalStatus) else None
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await named_proposals_page(connection, page, status=status)
        shown = page.shown(rows)
        names = await _subject_names(connection, [view.proposal for view in shown])
    last = page.last_shown(rows)
    cursor = write_cursor((last.proposal.proposed_at, last.proposal.id)) if last else None
    return render_response(
        request,
        "desks/staff/proposals.html",
        **after_action(request, PROPOSAL_ACTIONS, refused),
        lines=[
            (
                view,
                _words(view.proposal, names),
                _left(view.proposal, now),
                view.proposal.proposed_by == account.id,
            )
            for view in shown
        ],
        asked_status=status.value if status else "",
        statuses=list(ProposalStatus),
        next_link=f"{PATH}?{urlencode({'status': typed, 'cursor': cursor})}" if cursor else None,
        first_link=f"{PATH}?{urlencode({'status': typed})}" if page.after else None,
    )


async def _proposal_page(
    request: Request, proposal_id: UUID, refused: Refused | None = None
) -> Response:
    account, now = staff(request, _ANSWER).account, resources(request).clock.now()
    async with reading(request) as connection:
        view = await named_proposal(connection, proposal_id)
        if view is None:
            raise PageMissing("proposal")
        names = await _subject_names(connection, [view.proposal])
    proposal = view.proposal
    is_mine = proposal.proposed_by == account.id
    waits = proposal.status is ProposalStatus.WAITING and now < proposal.expires_at
    return render_response(
        request,
        "desks/staff/proposal.html",
        **after_action(request, PROPOSAL_ACTIONS, _told_by_whom(refused, view)),
        view=view,
        words=_words(view.proposal, names),
        left=_left(proposal, now),
        can_answer=waits and not is_mine,
        can_withdraw=waits and is_mine,
        is_mine=is_mine,
        carry_out=carry_out(proposal)
        if is_mine and proposal.status is ProposalStatus.COUNTERSIGNED
        else None,
    )


async def _subject_names(
    connection: AsyncConnection, proposals: Sequence[Proposal]
) -> Mapping[str, str]:
    """Titles of projects and names of accounts that proposals are about; one statement for each of both."""
    about = {
        kind: [UUID(one.subject) for one in proposals if one.kind is kind]
        for kind in (ProposalKind.REVERSAL, ProposalKind.ROLE_CHANGE)
    }
    titles = await project_names(connection, set(about[ProposalKind.REVERSAL]))
    people = await account_names(connection, about[ProposalKind.ROLE_CHANGE])
    return {str(id): one.title for id, one in titles.items()} | {
        str(id): name for id, name in people.items()
    }


def _words(proposal: Proposal, names: Mapping[str, str]) -> ProposalWords:
    tonnes = grouped_tonnes(proposal.quantity_units or 0)
    subject = proposal.subject
    match proposal.kind:
        case ProposalKind.CANCELLATION:
            return ProposalWords(
                f"Take {tonnes} t of {subject} out of circulation for ever. Nobody can transfer or"
                " retire them afterwards, and nobody can undo it.",
                f"/staff/credits/{subject}",
            )
        case ProposalKind.BUFFER_RELEASE:
            return ProposalWords(
                f"Release {tonnes} t of {subject} from the buffer: they become active, and the"
                " project's supplier may sell them.",
                f"/staff/credits/{subject}",
            )
        case ProposalKind.REVERSAL:
            title = names.get(subject, subject)
            return ProposalWords(
                f"Record that {tonnes} t of “{title}” were lost. Units of the buffer are cancelled"
                " for it; what the buffer does not cover is owed, and credits of the project are"
                " suspended until it is made good.",
                f"/staff/projects/{subject}",
            )
        case ProposalKind.ISSUANCE_CORRECTION:
            vintage = asked_act(proposal, _VINTAGES)
            return ProposalWords(
                f"Say in public that {tonnes} t of {vintage or 'another vintage'} were issued in error for this round."
                " The supplier's own units and the buffer's share are cancelled for ever; as many as had moved on"
                " are owed by the supplier.",
                f"/staff/verifications/{subject}",
            )
        case ProposalKind.ROLE_CHANGE:
            role = asked_act(proposal, _ROLES)
            name = names.get(subject, subject)
            return ProposalWords(
                f"Give the account of {name} the role of {role or 'another kind'}. It counts from"
                " the next request on.",
                f"/staff/users/{subject}",
            )
        case ProposalKind.FREEZE:
            is_opened = asked_act(proposal, _FREEZES) == "unfreeze"
            return ProposalWords(
                "Open the registry again: issuances, transfers, retirements and cancellations go on."
                if is_opened
                else "Freeze the registry: no issuance, transfer, retirement or cancellation is"
                " taken until it is opened again. Everybody reads why on every page.",
                "/staff/registry",
            )


def carry_out(proposal: Proposal) -> CarryOut | None:
    """None where no page does it: the request is sent again, with its key, as it was sent at first."""
    if proposal.kind is ProposalKind.FREEZE and proposal.request_key:
        act = asked_act(proposal, _FREEZES)
        fields = {"key": proposal.request_key, "reason": proposal.reason, "confirmed": "on"}
        return CarryOut("/staff/registry", act, "", fields) if act else None
    if proposal.kind is ProposalKind.ISSUANCE_CORRECTION and proposal.request_key:
        vintage = asked_act(proposal, _VINTAGES)
        fields = {
            "key": proposal.request_key,
            "vintage": vintage or "",
            "quantity": format_tonnes(proposal.quantity_units or 0),
            "reason": proposal.reason,
        }
        address = f"/staff/verifications/{proposal.subject}"
        return CarryOut(address, "correct", proposal.subject, fields) if vintage else None
    if proposal.kind is ProposalKind.ROLE_CHANGE:
        role = asked_act(proposal, _ROLES)
        address = f"/staff/users/{proposal.subject}"
        fields = {"role": role or "", "reason": proposal.reason}
        return CarryOut(address, "role", proposal.subject, fields) if role else None
    if proposal.request_key is None:
        return None
    fields = {
        "key": proposal.request_key,
        "quantity": format_tonnes(proposal.quantity_units or 0),
        "confirmed": "on",
    }
    if proposal.kind is ProposalKind.REVERSAL:
        loss = asked_act(proposal, _LOSSES)
        vintage, _, avoidable = (loss or "").partition("/")
        fields |= {"cause": proposal.reason, "vintage": vintage, "avoidable": avoidable}
        address = f"/staff/projects/{proposal.subject}"
        return CarryOut(address, "loss", proposal.subject, fields) if loss else None
    act = "cancel" if proposal.kind is ProposalKind.CANCELLATION else "release"
    address = f"/staff/credits/{proposal.subject}"
    return CarryOut(address, act, proposal.subject, fields | {"reason": proposal.reason})


def _left(proposal: Proposal, now: datetime) -> str | None:
    """How long it still waits, in words; None of what is settled or too late."""
    if proposal.status is not ProposalStatus.WAITING or now >= proposal.expires_at:
        return None
    return age(proposal.expires_at - now)


def _told_by_whom(refused: Refused | None, view: ProposalView) -> Refused | None:
    """Who came too late reads who was first, and when."""
    proposal = view.proposal
    if refused is None or refused.status != _CONFLICT or proposal.settled_at is None:
        return refused
    by = f" by {view.settled_by_name}" if view.settled_by_name else ""
    sentence = f"It was {proposal.status}{by}, {moment(proposal.settled_at)}."
    return Refused(refused.status, [*refused.sentences, sentence], refused.submitted)


desk_page(router, PATH, _ANSWER, PROPOSAL_ACTIONS, _list_page)
desk_page_of_one(router, PATH, _ANSWER, PROPOSAL_ACTIONS, _proposal_page)
