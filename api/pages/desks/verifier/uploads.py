"""
Documents of the verifier's own, as their report: uploaded as the supplier's are (ADR 0094).

With scripts straight to storage, in parts and up to 5 GB; what broke off goes on. Without them a form with
one file of up to 20 MB, which goes through here.
"""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.commands.projects import documents as commands
from api.commands.projects.documents import AnnouncedDocument, DocumentAnnouncement
from api.http.resources import resources
from api.pages.desks.sent_files import Announce, announce_by_script, send_by_form
from api.pages.desks.verifier.access import ADDRESS, assigned_review, verifier
from api.pages.desks.verifier.workspace import workspace_page
from api.pages.parts.forms import FormFaults, FormNotTaken
from api.pages.parts.routing import page_router
from domain.accounts.roles import Account

_ONE = f"{ADDRESS}/{{verification_id}}"

router = page_router()


@router.post(f"{_ONE}/uploads")
async def announce(request: Request, verification_id: UUID) -> Response:
    """For the script."""
    account = verifier(request).account
    await assigned_review(request, verification_id)
    return await announce_by_script(
        request,
        account,
        _announce_for(request, account, verification_id),
        round_id=verification_id,
    )


@router.post(f"{_ONE}/documents")
async def send(request: Request, verification_id: UUID) -> Response:
    """The form with a file, for whoever has no scripts."""
    account = verifier(request).account
    await assigned_review(request, verification_id)

    async def show(typed: Mapping[str, str], faults: FormFaults) -> Response:
        sent = FormNotTaken("document", typed, faults)
        return await workspace_page(request, verification_id, sent=sent)

    return await send_by_form(
        request,
        account,
        _announce_for(request, account, verification_id),
        leads_to=f"{ADDRESS}/{verification_id}",
        show=show,
    )


def _announce_for(request: Request, account: Account, verification_id: UUID) -> Announce:
    async def announce(
        key: str, announcement: DocumentAnnouncement, in_parts_above: int
    ) -> AnnouncedDocument:
        return await commands.announce_for_verification(
            resources(request),
            account,
            key,
            verification_id,
            announcement,
            in_parts_above=in_parts_above,
        )

    return announce
