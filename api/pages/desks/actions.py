"""
What the pages of the desk share: who may come in, what a button brings about, and what went wrong.

Each button calls the very command that the API's call does, so that there is one set of rules, of
refusals and of audit entries (ADR 0035). Its form carries a key, as calls do: sent twice, it acts once.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from temporalio.client import WorkflowUpdateFailedError

from api.http.errors.error_mapping import (
    RETRY_AFTER_SECONDS,
    AwaitsCountersignature,
    OutcomeUnknown,
    TooManyRequests,
    Unavailable,
    refusal_in,
    refusal_problems,
)
from api.http.idempotency import KEY_PATTERN
from api.pages.parts.forms import faults_in, read_form
from api.pages.parts.routing import see_other
from api.pages.parts.session import Person, SignInFirst, person_of
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound, Refusal


@dataclass(frozen=True)
class SubmittedAction:
    """A button that was pressed: what to do to what, under which key, and what was typed."""

    do: str
    subject: str
    key: str
    typed: Mapping[str, str]

    def id(self, noun: str) -> UUID:
        """
        Raises:
            NotFound: the subject is not the id of anything.
        """
        try:
            return UUID(self.subject)
        except ValueError:
            raise NotFound(f"There is no such {noun}.") from None


@dataclass(frozen=True)
class StaffAction:
    """What a button brings about, and the sentence that says so afterwards."""

    carry_out: Callable[[Request, Account, SubmittedAction], Awaitable[object]]
    done: str


@dataclass(frozen=True)
class Refused:
    """Why nothing, or nothing certain, came of it; shown above the form, which keeps what was typed."""

    status: int
    sentences: list[str]
    submitted: SubmittedAction
    ask_again: bool = False
    """The outcome is not known: the same form, with the same key, asks for it."""


class Forms:
    """What the forms of a desk begin with: empty and with fresh keys, but for the one that was refused."""

    def __init__(self, refused: Refused | None = None) -> None:
        self._refused = refused

    def key(self, do: str, subject: str = "") -> str:
        again = self._again(do, subject)
        return again.submitted.key if again and again.ask_again else str(uuid4())

    def typed(self, name: str, do: str, subject: str = "") -> str:
        again = self._again(do, subject)
        return again.submitted.typed.get(name, "") if again else ""

    def _again(self, do: str, subject: str) -> Refused | None:
        refused = self._refused
        return (
            refused
            if refused and (refused.submitted.do, refused.submitted.subject) == (do, subject)
            else None
        )


_NO = (
    ValidationError,
    WorkflowUpdateFailedError,
    Refusal,
    OutcomeUnknown,
    Unavailable,
    TooManyRequests,
)
Show = Callable[[Request, Refused | None], Awaitable[Response]]


def staff(request: Request, permission: Permission) -> Person:
    """
    Raises:
        SignInFirst: nobody is signed in.
        Forbidden: the one who is may not.
    """
    person = somebody(request)
    person.account.require(permission)
    return person


def somebody(request: Request) -> Person:
    """
    Raises:
        SignInFirst: nobody is signed in.
    """
    person = person_of(request)
    if person is None:
        raise SignInFirst
    return person


async def handle_action(
    request: Request, permission: Permission | None, actions: Mapping[str, StaffAction], show: Show
) -> Response:
    """
    Do what a button says and lead back to the page; or show the page with the reason why not.

    `permission` is None for what everybody does who is signed in.
    """
    person = somebody(request) if permission is None else staff(request, permission)
    form = await read_form(request)
    submitted = _submitted(form)
    try:
        action = actions.get(submitted.do)
        if action is None:
            raise NotFound("This page has no such button any more.")
        await action.carry_out(request, person.account, submitted)
    except _NO as no:
        refused = _refused(no, submitted)
        answer = await show(request, refused)
        if isinstance(no, TooManyRequests):
            answer.headers.update(no.headers)
        if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return answer
    return see_other(f"{request.url.path}?done={submitted.do}")


def done_sentence(request: Request, actions: Mapping[str, StaffAction]) -> str | None:
    """What to say above a page that a button led back to."""
    action = actions.get(request.query_params.get("done", ""))
    return action.done if action else None


def _submitted(form: Mapping[str, str]) -> SubmittedAction:
    key = form.get("key", "")
    return SubmittedAction(
        do=form.get("do", ""),
        subject=form.get("subject", ""),
        key=key if re.fullmatch(KEY_PATTERN, key) else str(uuid4()),
        typed=form,
    )


def _refused(error: Exception, submitted: SubmittedAction) -> Refused:  # noqa: PLR0911 -- a sentence for each
    match error:
        case ValidationError():
            return Refused(400, faults_in(error), submitted)
        case Refusal():
            problems = refusal_problems(error)
            return Refused(problems[0].status, [problem.detail for problem in problems], submitted)
        case AwaitsCountersignature():
            sentence = (
                "Another administrator must countersign this. Send the form again once that is done; it is"
                f" never carried out twice. The proposal: {error.operation_id}."
            )
            return Refused(202, [sentence], submitted, ask_again=True)
        case OutcomeUnknown():
            sentence = (
                "No answer came in time, so this may or may not have been carried out. Send the form"
                " again to find out; it is never carried out twice."
            )
            return Refused(202, [sentence], submitted, ask_again=True)
        case TooManyRequests():
            return Refused(429, [error.problem.detail], submitted)
        case Unavailable():
            sentence = (
                "The registry's workflows cannot be reached at the moment. Nothing was lost: send the"
                " form again in a few seconds."
            )
            return Refused(503, [sentence], submitted, ask_again=True)
    refusal = refusal_in(error)
    if refusal is None:
        raise error
    return _refused(refusal, submitted)
