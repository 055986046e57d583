"""What somebody typed into a form and has not sent yet, kept for their account (ADR 0094)."""

from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

from starlette.requests import Request

from adapters.postgres.identity import acting_as
from api.http.resources import resources
from api.pages.parts.forms import read_form_of_expired

LENGTH_MAX = 12_000
"""Of a field, in characters: more than any takes, so that what is too long is there to be made shorter."""


async def kept(request: Request, account_id: UUID, form: str) -> Mapping[str, str]:
    """By the names of the fields; empty when there is nothing."""
    async with resources(request).database.transaction() as work:
        return await work.requests.unfinished_forms.fields(account_id, form)


async def keep(
    request: Request, account_id: UUID, form: str, typed: Mapping[str, str]
) -> Mapping[str, str]:
    """
    Keep these fields beside those that are there; all that is known of the form now.

    Its `key` makes it act once, whichever session sends it in the end.
    """
    parts = resources(request)
    storable = {name: _storable(value) for name, value in typed.items()}
    async with parts.database.transaction() as work:
        forms = work.requests.unfinished_forms
        fields = {"key": str(uuid4())} | dict(await forms.fields(account_id, form)) | storable
        await forms.save(account_id, form, fields, at=parts.clock.now())
    return fields


async def keep_of_expired(
    request: Request, form: str, fields: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> None:
    """
    Keep what a page sent whose session ran out meanwhile, for the account whose session it was.

    Raises:
        ForeignForm, UnreadableForm: it is no form of ours.
    """
    if sent := await read_form_of_expired(request):
        holder, typed = sent
        if holder.account_id is not None:
            with acting_as(holder):
                await keep(request, holder.account_id, form, fields(typed))


async def forget(request: Request, account_id: UUID, form: str) -> None:
    """It was sent, and did what it was for."""
    async with resources(request).database.transaction() as work:
        await work.requests.unfinished_forms.remove(account_id, form)


def _storable(text: str) -> str:
    """Without what PostgreSQL holds in no text; browsers send lines with both of their ends."""
    return text.replace("\x00", "").replace("\r\n", "\n")[:LENGTH_MAX]
