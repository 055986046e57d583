"""What concerns whoever is signed in: projects, verifications, credits and retirements of their own."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads.entries import CreditFilter, credits_page
from adapters.postgres.credits.reads.retirements import RetirementFilter, retirements_page
from adapters.postgres.organisations.reads import my_organisation, received_invitations
from adapters.postgres.projects.reads.desks.reviews import open_reviews_page
from adapters.postgres.projects.reads.desks.supplier_projects import (
    SupplierFilter,
    supplier_projects_page,
)
from adapters.postgres.projects.reads.projects import project_names
from adapters.postgres.queries import PageRequest
from api.http.resources import reading, resources
from api.pages.desks.actions import somebody
from api.pages.desks.supplier.projects import lines_of
from api.pages.desks.verifier.access import review_of
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.roles import Permission, Role
from domain.credits.ledger import EntryStatus

SHOWN = 50
NEWEST_SHOWN = 10
"""Of a supplier's projects that wait for others; all of them have a page of their own."""

router = page_router()


@router.get("/desk")
async def look(request: Request) -> Response:
    """The newest of each; all of it can be read with the API."""
    account = somebody(request).account
    page = PageRequest(SHOWN)
    registers = account.may(Permission.REGISTER_PROJECT)
    holds, verifies = account.may(Permission.HOLD_CREDITS), account.role is Role.VERIFIER
    async with reading(request) as connection:
        waiting = (
            await supplier_projects_page(
                connection, SupplierFilter(waits_for_supplier=True), page, account=account
            )
            if registers
            else []
        )
        projects = (
            await supplier_projects_page(connection, SupplierFilter(), page, account=account)
            if registers
            else []
        )
        reviews = (
            await open_reviews_page(connection, account, PageRequest(SHOWN, newest_first=False))
            if verifies
            else []
        )
        active = CreditFilter(status=EntryStatus.ACTIVE)
        credits = await credits_page(connection, active, page, account=account) if holds else []
        retirements = (
            await retirements_page(connection, RetirementFilter(), page, account=account)
            if holds
            else []
        )
        titles = await project_names(
            connection,
            {entry.project_id for entry in credits},
        )
        organisation = await my_organisation(connection, account.id)
        invitations = await received_invitations(
            connection, account.id, at=resources(request).clock.now()
        )
    mine = {one.project.id for one in page.shown(waiting)}
    return render_response(
        request,
        "desks/matters.html",
        registers=registers,
        waiting=lines_of(request, page.shown(waiting)),
        verifies=verifies,
        holds=holds,
        # Each stands on the desk once.
        projects=lines_of(
            request, [one for one in projects if one.project.id not in mine][:NEWEST_SHOWN]
        ),
        reviews=[review_of(request, view) for view in page.shown(reviews)],
        credits=page.shown(credits),
        retirements=page.shown(retirements),
        titles=titles,
        organisation=organisation,
        invitations=len(invitations),
    )
