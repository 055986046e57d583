"""
What the pages of the desk share: who may come in, what a button brings about, and what went wrong.

Each button calls the very command that the API's call does, so that there is one set of rules, of
refusals and of audit entries (ADR 0035). Its form carries a key, as calls do: sent twice, it acts once.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.fresh_signatures import SentSignature, SignatureNeeded
from api.commands.projects.decision_factor import SentFactor
from api.http.errors.error_mapping import (
    RETRY_AFTER_SECONDS,
    AwaitsCountersignature,
    TooManyRequests,
)
from api.http.idempotency import KEY_PATTERN
from api.pages.parts.forms import NOT_CARRIED_OUT, not_carried_out, read_form
from api.pages.parts.passkey_asking import sent_passkey, shown_passkey
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import see_other
from api.pages.parts.session import Person, SignInFirst, person_of
from api.pages.parts.wallet_signing import sent_proof, shown
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound


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
    """
    What a button brings about, and the sentence that says so afterwards.

    `confirm` is the page that first says what would happen, for what cannot be pressed by mistake; its form has
    a field `confirmed`, which is `on`.
    """

    carry_out: Callable[[Request, Account, SubmittedAction], Awaitable[object]]
    done: str
    confirm: Callable[[Request, SubmittedAction], Awaitable[Response]] | None = None


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


Show = Callable[[Request, Refused | None], Awaitable[Response]]
ShowOne = Callable[[Request, UUID, Refused | None], Awaitable[Response]]
_FIELDS_MAX = 30
"""A form that is confirmed carries what was typed and what was signed."""
_OF_THE_FACTOR = frozenset(
    {"do", "subject", "key", "request_key", "challenge", "credential", "address", "signature"}
)


def desk_page(
    router: APIRouter,
    path: str,
    permission: Permission,
    actions: Mapping[str, StaffAction],
    page: Show,
) -> None:
    """A page of the desk and its buttons: GET shows it, POST does what a button says."""

    @router.get(path)
    async def look(request: Request) -> Response:
        staff(request, permission)
        return await page(request, None)

    @router.post(path)
    async def change(request: Request) -> Response:
        return await handle_action(request, permission, actions, page)


def desk_page_of_one(
    router: APIRouter,
    path: str,
    permission: Permission,
    actions: Mapping[str, StaffAction],
    page: ShowOne,
) -> None:
    """As `desk_page`, of one thing of a list: `path` and its identifier."""

    @router.get(f"{path}/{{subject_id}}")
    async def look_at_one(request: Request, subject_id: UUID) -> Response:
        staff(request, permission)
        return await page(request, subject_id, None)

    @router.post(f"{path}/{{subject_id}}")
    async def change_one(request: Request, subject_id: UUID) -> Response:
        async def show(request: Request, refused: Refused | None) -> Response:
            return await page(request, subject_id, refused)

        return await handle_action(request, permission, actions, show)


def after_action(
    request: Request, actions: Mapping[str, StaffAction], refused: Refused | None
) -> dict[str, Any]:
    """What every page of the desk is given: its status, and what came of the button that led here."""
    return {
        "status": refused.status if refused else 200,
        "refused": refused,
        "done": None if refused else done_sentence(request, actions),
        "forms": Forms(refused),
    }


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
    form = await read_form(request, fields_max=_FIELDS_MAX)
    submitted = _submitted(form)
    try:
        action = actions.get(submitted.do)
        if action is None:
            raise NotFound("This page has no such button any more.")
        if action.confirm is not None and submitted.typed.get("confirmed") != "on":
            return await action.confirm(request, submitted)
        await action.carry_out(request, person.account, submitted)
    except SignatureNeeded as needed:
        return _ask_to_confirm(request, needed, submitted)
    except AwaitsCountersignature as proposed:
        # From there it is carried out once another administrator has countersigned it.
        return see_other(f"/staff/proposals/{proposed.operation_id}")
    except NOT_CARRIED_OUT as no:
        refused = _refused(no, submitted)
        answer = await show(request, refused)
        if isinstance(no, TooManyRequests):
            answer.headers.update(no.headers)
        if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return answer
    address = request.url.include_query_params(done=submitted.do)
    return see_other(f"{address.path}?{address.query}")


def sent_factor(request: Request, action: SubmittedAction) -> SentFactor:
    """
    What the second factor signed, where the form was sent again with it.

    Raises:
        Invalid: the form holds no answer of a passkey, or names no challenge.
    """
    session_id = somebody(request).session.family_id
    typed = action.typed
    if typed.get("credential"):
        return SentFactor(SentSignature(session_id), sent_passkey(typed))
    if typed.get("signature"):
        proof = sent_proof(typed)
        signed = SentSignature(session_id, proof.challenge_id, proof.signature, proof.key)
        return SentFactor(signed)
    return SentFactor(SentSignature(session_id))


def _ask_to_confirm(
    request: Request, needed: SignatureNeeded, submitted: SubmittedAction
) -> Response:
    """The form once more, with all that was typed, to be sent with what a wallet or a passkey signs."""
    again = {
        "do": submitted.do,
        "subject": submitted.subject,
        "request_key": submitted.key,
        **{name: value for name, value in submitted.typed.items() if name not in _OF_THE_FACTOR},
    }
    return render_response(
        request,
        "desks/confirmation.html",
        status=401,
        why=needed.why,
        action=f"{request.url.path}?{request.url.query}".rstrip("?"),
        again=again,
        signature=shown(request, needed.signature) if needed.signature else None,
        passkey=shown_passkey(needed.passkey) if needed.passkey else None,
    )


def done_sentence(request: Request, actions: Mapping[str, StaffAction]) -> str | None:
    """What to say above a page that a button led back to."""
    action = actions.get(request.query_params.get("done", ""))
    return action.done if action else None


def _submitted(form: Mapping[str, str]) -> SubmittedAction:
    # Beside what a wallet signed, whose own key has that name (parts/wallet_signing.html).
    key = form.get("request_key", form.get("key", ""))
    return SubmittedAction(
        do=form.get("do", ""),
        subject=form.get("subject", ""),
        key=key if re.fullmatch(KEY_PATTERN, key) else str(uuid4()),
        typed=form,
    )


def _refused(error: Exception, submitted: SubmittedAction) -> Refused:
    told = not_carried_out(error)
    return Refused(told.status, told.sentences, submitted, ask_again=told.ask_again)
