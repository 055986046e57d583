"""The mapping assistant: the columns of a sample are chosen, what comes of it is shown beside it, and saved."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion.format_reads import FormatDraft
from api.commands.ingestion import drafts as draft_commands
from api.commands.ingestion import formats as commands
from api.commands.ingestion.drafts import Sample, Tried
from api.http.resources import resources
from api.pages.desks.actions import staff
from api.pages.desks.ingestion.mapping_forms import (
    COLUMNS_MAX,
    FIELDS_MAX,
    KINDS,
    NUMBERS,
    choices_of,
    constant_fields,
)
from api.pages.parts.forms import NOT_CARRIED_OUT, not_carried_out, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Permission
from domain.errors import NotFound
from domain.ingestion.formats import read_format
from domain.ingestion.mapping.choices import (
    DATE_PATTERNS,
    MappingChoices,
    choices_from,
    declaration,
)
from domain.ingestion.mapping.dry_runs import DryRun
from domain.ingestion.mapping.stored_formats import ID_RULE, SAMPLE_ROWS_MAX
from domain.ingestion.model import MODEL

ROWS_SHOWN = 8
RECORDS_SHOWN = 24
ISSUES_SHOWN = 50
VALUE_CHARACTERS_MAX = 60

router = page_router()


@router.get("/formats/drafts/{draft_id}")
async def look(request: Request, draft_id: UUID) -> Response:
    """The sample, what its columns could be, and what comes of it."""
    draft = await _draft(request, draft_id)
    return await _show(request, draft, choices_from(draft.choices), {})


@router.post("/formats/drafts/{draft_id}")
async def choose(request: Request, draft_id: UUID) -> Response:
    """Look at what comes of it, or save it: the button says which."""
    account = staff(request, Permission.SUBMIT_FILE).account
    sent = await read_form(request, fields_max=FIELDS_MAX)
    draft = await _draft(request, draft_id)
    before = choices_from(draft.choices)
    choices = choices_of(sent, before.columns, before.kind)
    parts = resources(request)
    await draft_commands.keep_choices(parts, account, draft_id, choices)
    if sent.get("do") != "save":
        return see_other(f"/formats/drafts/{draft_id}?name={_name(sent)}#result-heading")
    rows = sent.get("published_rows", "0")
    try:
        stored = await draft_commands.save_version(
            parts,
            account,
            draft_id,
            format_id=_name(sent),
            choices=choices,
            published_rows=min(int(rows), SAMPLE_ROWS_MAX) if rows in "012345" and rows else 0,
        )
    except NOT_CARRIED_OUT as no:
        why = not_carried_out(no)
        return await _show(request, draft, choices, sent, refusal=why.sentences, status=why.status)
    return see_other(f"/formats/{stored.id}/{stored.version}")


async def _draft(request: Request, draft_id: UUID) -> FormatDraft:
    account = staff(request, Permission.SUBMIT_FILE).account
    try:
        return await draft_commands.visible_draft(resources(request), account, draft_id)
    except NotFound:
        raise PageMissing("draft") from None


async def _show(
    request: Request,
    draft: FormatDraft,
    choices: MappingChoices,
    sent: dict[str, str] | Any,
    *,
    refusal: list[str] | None = None,
    status: int = 200,
) -> Response:
    account = staff(request, Permission.SUBMIT_FILE).account
    parts = resources(request)
    sample = await draft_commands.sample_of(draft.content)
    tried = await draft_commands.try_choices(choices, draft)
    name = _name(sent) or request.query_params.get("name", "")[:40]
    newest = await commands.newest_version(parts, account, name) if name else None
    compared: DryRun | None = None
    if newest is not None and tried.outcome is not None:
        after = read_format({**declaration(choices), "id": newest.id, "version": 1})
        compared = await commands.compare_versions(newest.format, after, draft.content)
    proposals = draft_commands.proposals_for(choices.kind, sample)
    return render_response(
        request,
        "desks/ingestion/draft.html",
        status=status,
        draft=draft,
        choices=replace(choices, columns=choices.columns[:COLUMNS_MAX]),
        kind=KINDS[choices.kind],
        samples=_samples(sample, len(choices.columns)),
        ambiguous={one.choice.column: one.ways for one in proposals if one.is_ambiguous},
        fields=MODEL[choices.kind].fields,
        constants=constant_fields(choices.kind),
        dates=DATE_PATTERNS,
        numbers=NUMBERS,
        preview=[[_short(cell) for cell in row] for row in sample.first.rows[: ROWS_SHOWN + 4]],
        header_at=sample.header_at,
        result=_result(tried),
        tried=tried,
        newest=newest,
        compared=compared,
        name=name,
        name_rule=ID_RULE,
        typed={"title": choices.title, "about": choices.description},
        published_rows=sent.get("published_rows", "0"),
        refusal=refusal,
    )


def _name(sent: dict[str, str] | Any) -> str:
    return "".join(
        letter
        for letter in sent.get("name", "").strip()
        if letter.isascii() and letter.isprintable()
    ).replace(" ", "-")[:40]


def _samples(sample: Sample, columns: int) -> list[list[str]]:
    """The first filled values of each column."""
    found: list[list[str]] = []
    for place in range(columns):
        cells = (row[place] for row in sample.rows if place < len(row))
        filled = [_short(cell) for cell in cells if cell not in {None, ""}]
        found.append(list(dict.fromkeys(filled))[:3])
    return found


def _result(tried: Tried) -> dict[str, Any] | None:
    """Rows of the sample beside what they become, by line."""
    if tried.outcome is None:
        return None
    records = tried.outcome.records[:RECORDS_SHOWN]
    names = list(dict.fromkeys(name for one in records for name in one.values))
    return {
        "names": names,
        "records": [
            (one.line, [_short(one.values.get(name)) for name in names]) for one in records
        ],
        "issues": tried.outcome.issues[:ISSUES_SHOWN],
        "issues_in_all": len(tried.outcome.issues),
        "records_in_all": len(tried.outcome.records),
    }


def _short(cell: Any) -> str:
    text = "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
    return text if len(text) <= VALUE_CHARACTERS_MAX else f"{text[:VALUE_CHARACTERS_MAX]}…"
