"""The page on which anybody checks a certificate: a file or its text in, each check out."""

from dataclasses import dataclass
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.certificates import reads as reads_certificates
from adapters.settings import Settings
from api.commands.certificates.check import CheckedCertificate, check_bytes, count_check
from api.http.errors.error_mapping import TooManyRequests
from api.http.middleware.rate_limits import address_of
from api.http.resources import reading, resources
from api.pages.parts.rendering import render_error, render_response
from api.pages.parts.routing import PageMissing, page_router
from api.pages.public.offline_check import offline_page
from domain.errors import Invalid

_FIELDS_MAX = 4
_TOO_LARGE = 413
_TOO_MANY = 429

router = page_router()


@dataclass(frozen=True)
class Tally:
    """How the checks came out; `tone` is what the verdict looks like, beside its words."""

    passed: int
    failed: int
    not_checked: int

    @property
    def tone(self) -> str:
        if self.failed:
            return "bad"
        return "moving" if self.not_checked else "good"


@router.get("/verify")
async def ask(request: Request, retirement: str = "") -> Response:
    """An empty form, or with `retirement` one that holds that retirement's certificate."""
    text = await _text_of(request, retirement) if retirement else ""
    return _page(request, text=text, retirement=retirement)


@router.post("/verify")
async def check(request: Request) -> Response:
    """The same checks as POST /api/v1/registry/verify, as a page."""
    try:
        await count_check(resources(request), address_of(request.scope))
        raw, text = await _sent(request)
    except TooManyRequests as refused:
        return render_error(
            request,
            _TOO_MANY,
            "One moment",
            f"Many certificates were checked from your address. {refused.problem.detail}",
            retry_after_seconds=refused.retry_after_seconds,
        )
    except HTTPException as refused:
        if refused.status_code != _TOO_LARGE:
            return _page(request, faults=("The form that was sent cannot be read.",))
        sentence = "It is larger than 1 MB, and no certificate is."
        return _page(request, faults=(sentence,), status=_TOO_LARGE)
    if not raw:
        return _page(request, faults=("Choose a certificate.json, or paste its text.",))
    try:
        found = await check_bytes(resources(request), raw)
    except Invalid as refusal:
        faults = tuple(_without_preface(fault.detail) for fault in refusal.faults)
        return _page(request, text=text, faults=faults)
    return _page(request, text=text, found=found)


def _without_preface(sentence: str) -> str:
    """The page says in its heading what the call's answer says with each fault."""
    plain = sentence.removeprefix("This is not a certificate: ")
    return plain[:1].upper() + plain[1:]


async def _sent(request: Request) -> tuple[bytes, str]:
    """
    The file's bytes as they are; or the text, without what a browser may have put around it.

    The text is for the form that is shown again; a file is not put there.
    """
    async with request.form(max_files=1, max_fields=_FIELDS_MAX, max_part_size=1_000_000) as form:
        file, text = form.get("file"), form.get("text")
        if isinstance(file, UploadFile):
            raw = await file.read()
            if raw:
                return raw, ""
        pasted = text.strip() if isinstance(text, str) else ""
        return pasted.encode("utf-8", errors="replace"), pasted


async def _text_of(request: Request, retirement: str) -> str:
    try:
        retirement_id = UUID(retirement)
    except ValueError:
        raise PageMissing("retirement") from None
    async with reading(request) as connection:
        stored = await reads_certificates.certificate(connection, retirement_id)
    if stored is None:
        raise PageMissing("retirement")
    return stored.document.decode()


def _page(
    request: Request,
    *,
    text: str = "",
    retirement: str = "",
    faults: tuple[str, ...] = (),
    found: CheckedCertificate | None = None,
    status: int = 200,
) -> Response:
    settings: Settings = request.app.state.settings
    return render_response(
        request,
        "public/verify.html",
        status=status,
        text=text,
        retirement=retirement,
        faults=faults,
        found=found,
        tally=_tally(found) if found else None,
        chain_url=settings.chain.blockfrost_url,
        offline_sha256=offline_page().sha256,
    )


def _tally(found: CheckedCertificate) -> Tally:
    outcomes = [check.passed for check in found.checks]
    return Tally(outcomes.count(True), outcomes.count(False), outcomes.count(None))
