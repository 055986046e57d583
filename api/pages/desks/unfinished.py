"""What somebody typed into a form and has not sent yet, kept for their account (ADR 0094)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.identity import acting_as
from api.http.resources import resources
from api.pages.parts.forms import read_form_of_expired
from api.pages.parts.routing import see_other
from api.pages.parts.session import SignInFirst, person_of

LENGTH_MAX = 12_000
"""Of a field, in characters: more than any takes, so that what is too long is there to be made shorter."""
FIELDS_MAX = 15


@dataclass(frozen=True)
class UnfinishedForm:
    """
    One form of a page, which is as it was after its session ran out (templates: `data-unfinished`).

    `name` says which, with whatever it is about, in 50 characters. Of what is sent `names` are kept, and
    what begins with one of `prefixes`.
    """

    name: str
    names: frozenset[str]
    prefixes: tuple[str, ...] = ()
    fields_max: int = FIELDS_MAX

    async def require_session(self, request: Request) -> None:
        """
        Before anything of the form is looked at.

        Raises:
            SignInFirst: nobody is signed in; what was typed is kept for whose session it was.
            ForeignForm, UnreadableForm: it is no form of ours.
        """
        if person_of(request) is None:
            await keep_of_expired(request, self.name, self._of, fields_max=self.fields_max)
            raise SignInFirst

    async def kept(self, request: Request) -> Mapping[str, str]:
        """What its page begins with; empty when nothing was typed, or it was sent."""
        person = person_of(request)
        return await kept(request, person.account.id, self.name) if person else {}

    async def answer(
        self, request: Request, typed: Mapping[str, str], address: str
    ) -> Response | None:
        """
        Of a script that keeps what is typed, and of a button that gives it up; None where the form is sent.

        `address` is the page of the form.
        """
        person, go = person_of(request), typed.get("go")
        if person is None or go not in ("keep", "give-up"):
            return None
        if go == "keep":
            await keep(request, person.account.id, self.name, self._of(typed))
            return Response(status_code=204)
        await forget(request, person.account.id, self.name)
        return see_other(address)

    async def keep(self, request: Request, typed: Mapping[str, str]) -> None:
        """Between two steps of the same form."""
        if person := person_of(request):
            await keep(request, person.account.id, self.name, self._of(typed))

    async def forget(self, request: Request) -> None:
        """It was sent, and did what it was for."""
        if person := person_of(request):
            await forget(request, person.account.id, self.name)

    def _of(self, typed: Mapping[str, str]) -> Mapping[str, str]:
        return {
            name: value
            for name, value in typed.items()
            if name in self.names or name == "key" or name.startswith(self.prefixes or "\0")
        }


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
    request: Request,
    form: str,
    fields: Callable[[Mapping[str, str]], Mapping[str, str]],
    *,
    fields_max: int = FIELDS_MAX,
) -> None:
    """
    Keep what a page sent whose session ran out meanwhile, for the account whose session it was.

    Raises:
        ForeignForm, UnreadableForm: it is no form of ours.
    """
    if sent := await read_form_of_expired(request, fields_max=fields_max):
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
