"""Forms that people send from pages: where they come from, what is in them, what is wrong with them."""

import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from temporalio.client import WorkflowUpdateFailedError

from adapters.postgres.identity import Identity
from adapters.settings import Settings
from api.http.errors.error_mapping import (
    OutcomeUnknown,
    TooManyRequests,
    Unavailable,
    refusal_in,
    refusal_problems,
)
from api.http.errors.problem import Problem
from api.http.errors.validation_errors import validation_problems
from api.pages.parts.session import expired_holder, person_of
from domain.errors import Refusal

_FIELDS_MAX = 15
_OURS = frozenset({"same-origin", "none"})


@dataclass(frozen=True)
class SentFile:
    """A file of a form; `name` is what the browser says it is called."""

    name: str
    content: bytes


class ForeignForm(Exception):
    """The form was not sent from a page of ours, or from one of a session that is over."""


class UnreadableForm(Exception):
    """What was sent is no form, or a larger one than any of ours."""


async def read_form(
    request: Request,
    *,
    of_session: bool = True,
    fields_max: int = _FIELDS_MAX,
    files_max: int = 0,
) -> Mapping[str, str]:
    """
    What was typed, once it is sure that it was typed on a page of ours.

    A browser says where a form comes from (Sec-Fetch-Site, or Origin where that is missing), and no
    page of somebody else's can make it say otherwise or know the session's token. Before anybody is
    signed in there is no session to have one of (`of_session` false).

    Raises:
        ForeignForm: it comes from elsewhere, or its token is not the session's.
        UnreadableForm: it is none of ours, whoever sent it.
    """
    if not _is_from_here(request):
        raise ForeignForm
    try:
        async with request.form(max_files=files_max, max_fields=fields_max) as form:
            sent = {name: value for name, value in form.items() if isinstance(value, str)}
    except HTTPException as unreadable:
        raise UnreadableForm from unreadable
    if of_session and not _has_token(request, sent.pop("form_token", "")):
        raise ForeignForm
    return sent


async def read_form_of_expired(
    request: Request, *, fields_max: int = _FIELDS_MAX
) -> tuple[Identity, Mapping[str, str]] | None:
    """
    As `read_form`, of a page whose session has run out since; and whose it was. None: nobody knows.

    A file that came with it is left out: browsers ask for it again.

    Raises:
        ForeignForm, UnreadableForm: as `read_form`.
    """
    sent = dict(await read_form(request, of_session=False, fields_max=fields_max, files_max=1))
    holder = await expired_holder(request, sent.pop("form_token", ""))
    return (holder, sent) if holder else None


async def read_form_with_file(
    request: Request, field: str, *, fields_max: int = _FIELDS_MAX
) -> tuple[dict[str, str], SentFile | None]:
    """
    As `read_form`, with the one file of `field`; None when none was chosen.

    Raises:
        ForeignForm, UnreadableForm: as `read_form`.
    """
    if not _is_from_here(request):
        raise ForeignForm
    try:
        async with request.form(max_files=1, max_fields=fields_max) as form:
            sent = {name: value for name, value in form.items() if isinstance(value, str)}
            chosen = form.get(field)
            file = (
                SentFile(chosen.filename, await chosen.read())
                if isinstance(chosen, UploadFile) and chosen.filename
                else None
            )
    except HTTPException as unreadable:
        raise UnreadableForm from unreadable
    if not _has_token(request, sent.pop("form_token", "")):
        raise ForeignForm
    return sent, file


@asynccontextmanager
async def read_form_with_upload(
    request: Request, field: str, *, fields_max: int = _FIELDS_MAX
) -> AsyncIterator[tuple[Mapping[str, str], UploadFile | None]]:
    """
    As `read_form`, with the one file of `field`, on the disk and not in memory; None when none was chosen.

    Raises:
        ForeignForm, UnreadableForm: as `read_form`.
    """
    if not _is_from_here(request):
        raise ForeignForm
    try:
        form = await request.form(max_files=1, max_fields=fields_max)
    except HTTPException as unreadable:
        raise UnreadableForm from unreadable
    try:
        sent = {name: value for name, value in form.items() if isinstance(value, str)}
        if not _has_token(request, sent.pop("form_token", "")):
            raise ForeignForm
        chosen = form.get(field)
        yield sent, chosen if isinstance(chosen, UploadFile) and chosen.filename else None
    finally:
        await form.close()


def faults_in(error: ValidationError) -> list[str]:
    """The sentences that the API would have answered."""
    return [problem.detail for problem in _problems(error)]


def located_faults(error: ValidationError) -> dict[str, str]:
    """The same by the RFC 6901 pointers that the API would have answered, for pages that say each beside its field."""
    return dict(_located(_problems(error)))


def _problems(error: ValidationError) -> list[Problem]:
    located = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
    return validation_problems(RequestValidationError(located))


NOT_CARRIED_OUT = (
    ValidationError,
    WorkflowUpdateFailedError,
    Refusal,
    OutcomeUnknown,
    Unavailable,
    TooManyRequests,
)
"""What a form may be answered with instead of being carried out."""


@dataclass(frozen=True)
class NotCarriedOut:
    """
    Why a form brought nothing about, or nothing certain: sentences, each with the RFC 6901 pointer to what is to
    blame ("": the whole). `ask_again`: the same form with the same key finds out what came of it.
    """

    status: int
    faults: Sequence[tuple[str, str]]
    ask_again: bool = False

    @property
    def sentences(self) -> list[str]:
        return [sentence for _, sentence in self.faults]


def not_carried_out(error: Exception) -> NotCarriedOut:
    """
    Raises:
        The error itself, when it is none of NOT_CARRIED_OUT.
    """
    match error:
        case ValidationError():
            return NotCarriedOut(400, _located(_problems(error)))
        case Refusal():
            problems = refusal_problems(error)
            return NotCarriedOut(problems[0].status, _located(problems))
        case TooManyRequests():
            return NotCarriedOut(429, [("", error.problem.detail)])
        case OutcomeUnknown():
            sentence = (
                "No answer came in time, so this may or may not have been carried out. Send the form"
                " again to find out; it is never carried out twice."
            )
            return NotCarriedOut(202, [("", sentence)], ask_again=True)
        case Unavailable():
            sentence = (
                "The registry's workflows cannot be reached at the moment. Nothing was lost: send the"
                " form again in a few seconds."
            )
            return NotCarriedOut(503, [("", sentence)], ask_again=True)
    refusal = refusal_in(error)
    if refusal is None:
        raise error
    return not_carried_out(refusal)


@dataclass(frozen=True)
class FormFaults:
    """
    The same for a page that says each fault beside its field. Without any, nothing is wrong.

    `fields`: a sentence for each field at fault; `sentences`: what is about none of them.
    """

    status: int = 200
    fields: Mapping[str, str] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    ask_again: bool = False

    def __bool__(self) -> bool:
        return bool(self.fields or self.sentences)

    @property
    def all(self) -> list[str]:
        """As the box above the form tells them; each of a field stands beside it, too."""
        return [*self.sentences, *self.fields.values()]

    @property
    def by_field(self) -> Mapping[str, str]:
        """What is about no field stands last, under ""."""
        whole = {"": " ".join(self.sentences)} if self.sentences else {}
        return {**self.fields, **whole}

    def of(self, name: str) -> str:
        return self.by_field.get(name, "")


def form_faults(error: Exception, names: Mapping[str, str]) -> FormFaults:
    """
    `names`: of the form's fields, by the places that the API has for them: a whole pointer, as
    `/coordinates/latitude`, or its last or first part.

    Raises:
        The error itself, when it is none of NOT_CARRIED_OUT.
    """
    told = not_carried_out(error)
    if isinstance(error, Unavailable):
        # What is away: for a file that is not the workflows alone, but the storage too.
        return FormFaults(told.status, sentences=(error.problem.detail,), ask_again=True)
    fields: dict[str, str] = {}
    sentences: list[str] = []
    for pointer, sentence in told.faults:
        parts = (pointer, pointer.rpartition("/")[2], pointer.strip("/").partition("/")[0])
        name = next((names[part] for part in parts if part in names), None)
        if name is None:
            sentences.append(sentence)
        else:
            fields.setdefault(name, sentence)
    return FormFaults(
        told.status, fields, tuple(dict.fromkeys(sentences)), ask_again=told.ask_again
    )


@dataclass(frozen=True)
class FormNotTaken:
    """A form that was not taken, on a page that has several: which one, what was typed, and why not."""

    act: str
    typed: Mapping[str, str]
    why: FormFaults

    @property
    def status(self) -> int:
        return self.why.status

    @property
    def faults(self) -> Mapping[str, str]:
        return self.why.by_field

    @property
    def key(self) -> str:
        """The same again, where the outcome is not known: nothing is done twice."""
        return self.typed.get("key", "") if self.why.ask_again else ""


def _located(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    return [
        (problem.source.value if problem.source else "", problem.detail) for problem in problems
    ]


def why_not(error: Exception) -> tuple[int, list[str]]:
    """What a form that was refused says above itself."""
    match error:
        case ValidationError():
            return 400, faults_in(error)
        case TooManyRequests():
            return 429, [error.problem.detail]
        case Refusal():
            problems = refusal_problems(error)
            return problems[0].status, [problem.detail for problem in problems]
    raise error


def headers_of(error: Exception) -> dict[str, str]:
    return dict(error.headers) if isinstance(error, TooManyRequests) else {}


def _is_from_here(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OURS
    settings: Settings = request.app.state.settings
    origin = urlsplit(request.headers.get("origin", ""))
    # Behind a proxy the host that was asked for may be another than the public one; it is ours too.
    hosts = {urlsplit(settings.registry.public_url).netloc, request.state.asked_host}
    return bool(origin.netloc) and origin.netloc in hosts


def _has_token(request: Request, sent: str) -> bool:
    person = person_of(request)
    return person is not None and hmac.compare_digest(sent.encode(), person.form_token.encode())
