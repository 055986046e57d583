"""What is charged: fee schedules proposed and countersigned by staff (ADR 0122)."""

from collections.abc import Mapping
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from api.commands.payments import fees as commands
from api.http.fields import NaturalNumber, Text, WholeNumber
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
    staff,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.notifications import FEES_PLACE
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.payments.fees import (
    CURRENCIES,
    DAYS_TO_PAY_MAX,
    MINIMUM_MAX_MINOR,
    REASON_LENGTH_MAX,
    FeeOutcome,
    FeeTerms,
    schedule_in_force,
)
from domain.payments.money import format_money

router = page_router()


class FeesForm(RequestSchema):
    currency: Annotated[str, Text(3)]
    issuance_rate: NaturalNumber
    retirement_rate: NaturalNumber
    minimum_minor: Annotated[int, WholeNumber(0, MINIMUM_MAX_MINOR)]
    days_to_pay: Annotated[int, WholeNumber(1, DAYS_TO_PAY_MAX)]
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class FeesRefusalForm(RequestSchema):
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


async def _propose(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = FeesForm.model_validate(
        {
            "currency": typed.get("currency", ""),
            "issuanceRate": typed.get("issuance_rate", "").strip(),
            "retirementRate": typed.get("retirement_rate", "").strip(),
            "minimumMinor": typed.get("minimum_minor", "").strip(),
            "daysToPay": typed.get("days_to_pay", "").strip(),
            "reason": typed.get("reason", ""),
        }
    )
    terms = FeeTerms(
        form.currency,
        form.issuance_rate,
        form.retirement_rate,
        form.minimum_minor,
        form.days_to_pay,
        form.reason,
    )
    await commands.propose_fees(resources(request), account, action.key, terms)


async def _countersign(request: Request, account: Account, action: SubmittedAction) -> None:
    outcome = FeeOutcome.COUNTERSIGNED
    await commands.decide_fees(resources(request), account, _number(action), outcome, None)


async def _refuse(request: Request, account: Account, action: SubmittedAction) -> None:
    form = FeesRefusalForm(reason=action.typed.get("reason", ""))
    outcome = FeeOutcome.REFUSED
    await commands.decide_fees(resources(request), account, _number(action), outcome, form.reason)


FEE_ACTIONS: Mapping[str, StaffAction] = {
    "propose": StaffAction(_propose, "It is proposed; the other administrators are told."),
    "countersign": StaffAction(_countersign, "It is countersigned, and in force from now on."),
    "refuse": StaffAction(_refuse, "It is refused; whoever proposed it is told."),
}


async def _fees_page(request: Request, refused: Refused | None = None) -> Response:
    account = staff(request, Permission.SET_FEES).account
    known = await commands.fee_schedules(resources(request), account)
    waiting = next((one for one in known if one.decision is None), None)
    return render_response(
        request,
        "desks/payments/fees.html",
        **after_action(request, FEE_ACTIONS, refused),
        schedules=[(one, format_money(one.minimum_minor, one.currency)) for one in reversed(known)],
        standing=schedule_in_force(known),
        waiting=waiting,
        is_mine=waiting is not None and waiting.proposed_by == account.id,
        currencies=list(CURRENCIES),
        is_charged=resources(request).settings.payments.fees_charged,
    )


def _number(action: SubmittedAction) -> int:
    if not action.subject.isascii() or not action.subject.isdigit() or len(action.subject) > 5:  # noqa: PLR2004 -- digits of a number
        raise NotFound("There is no such fee schedule.")
    return int(action.subject)


desk_page(router, FEES_PLACE, Permission.SET_FEES, FEE_ACTIONS, _fees_page)
