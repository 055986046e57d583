"""Compliance reports: the same terms give the same bytes, and every figure comes to the sum of the ledger."""

import csv
import hashlib
import io
import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import rfc8785
from nacl.signing import VerifyKey
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.reports.reports import MakeReport, ReportMade, object_key
from adapters.documents.printing import CertificatePrinter
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_logs, reports
from adapters.reports.files import ReportFileWriter
from domain.errors import Invalid
from domain.reports.reports import ReportKind, end_of
from tests.activities import story
from tests.activities.registry import SIGNER, Registry, run
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, named

TRANSFER = story.TRANSFER.model_copy(update={"serial": "KRB-2024-001-000004"})

DAY = NOW.date()


async def a_day_passes(registry: Registry) -> None:
    """A tenth is in the buffer, the developer has retired 100.00 t and handed 300.00 t to the buyer."""
    await story.credits_are_issued_with_a_buffer(registry)
    await run(registry.transfer.transfer_credits, TRANSFER)
    registry.clock.advance(days=2)


def reporting(engine: AsyncEngine) -> Registry:
    files = ReportFileWriter(engine, CertificatePrinter(), registry_name="Karbonica Registry")
    return Registry(PostgresDatabase(engine), report_files=files)


def asked(kind: ReportKind, **terms: object) -> MakeReport:
    """Of the day on which the story happens."""
    given = {
        "report_id": named(f"report {kind} {terms}"),
        "actor_id": ADMINISTRATOR.id,
        "kind": kind,
        "first_day": DAY,
        "last_day": DAY,
        "known_at": end_of(DAY),
        "party": "KEN" if kind is ReportKind.ARTICLE_6 else None,
    }
    return MakeReport.model_validate({**given, **terms})


async def made(registry: Registry, request: MakeReport) -> tuple[ReportMade, dict[str, bytes]]:
    """A report that is asked for two days later, and its files by their names."""
    report = await run(registry.reports.make_report, request)
    async with registry.database.engine.connect() as connection:  # type: ignore[attr-defined]
        stored = (
            await connection.execute(select(reports).where(reports.c.id == report.report_id))
        ).one()
    VerifyKey(bytes.fromhex(stored.public_key)).verify(
        stored.manifest, bytes.fromhex(stored.signature)
    )
    assert bytes.fromhex(stored.public_key) == SIGNER.public_key
    manifest = json.loads(stored.manifest)
    files = {
        file["name"]: registry.objects.objects[object_key(file["sha256"])]
        for file in manifest["files"]
    }
    assert all(
        hashlib.sha256(files[file["name"]]).hexdigest() == file["sha256"]
        for file in manifest["files"]
    )
    return report, {"manifest.json": stored.manifest, **files}


def rows_of(files: dict[str, bytes], table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"{table}.csv"].decode())))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


async def test_each_file_says_the_same_and_the_same_again_in_the_same_bytes(
    engine: AsyncEngine,
) -> None:
    registry = reporting(engine)
    await a_day_passes(registry)

    for kind in ReportKind:
        first, files = await made(registry, asked(kind))
        again, same = await made(registry, asked(kind, report_id=uuid4()))

        assert again == first
        assert same == files
        compare_forms(files)


def compare_forms(files: dict[str, bytes]) -> None:
    """Text, JSON and workbook have the same tables, columns and rows."""
    document = json.loads(files["report.json"])
    assert rfc8785.dumps(document) == files["report.json"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(files["report.xlsx"]))
    tables = [name.removesuffix(".csv") for name in files if name.endswith(".csv")]
    assert len(book.sheet_names) == len(tables) == len(document["tables"])
    for table, sheet in zip(tables, book.sheet_names, strict=True):
        rows = rows_of(files, table)
        assert len(document["tables"][table]) == len(rows)
        _, heading, *shown = book.get_sheet_by_name(sheet).to_python()
        assert len(shown) == len(rows)
        assert heading == next(csv.reader(io.StringIO(files[f"{table}.csv"].decode())))
    assert files["report.pdf"].startswith(b"%PDF-")


async def test_the_figures_of_all_reports_come_to_the_sum_of_the_ledger(
    engine: AsyncEngine,
) -> None:
    registry = reporting(engine)
    await a_day_passes(registry)
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT part, sum(quantity_units) FROM credit_sums GROUP BY 1")
        )
        kept = {part: Decimal(units) / 100 for part, units in found.tuples()}

    _, holdings = await made(registry, asked(ReportKind.HOLDINGS))
    _, retirements = await made(registry, asked(ReportKind.RETIREMENTS))
    _, buffer = await made(registry, asked(ReportKind.BUFFER))
    _, units = await made(registry, asked(ReportKind.CAD_TRUST))

    ledger = json.loads(holdings["manifest.json"])["ledger"]
    assert ledger["holds"] is True
    assert Decimal(ledger["issued"]) == kept["issued"] == 1000
    accounts = rows_of(holdings, "holdings")
    assert total(accounts, "issued") == kept["issued"]
    assert total(accounts, "received") == total(accounts, "sent") == 300
    assert total(accounts, "retired") == kept["retired"]
    held = kept["active"] + kept["buffer"]
    assert total(accounts, "closing") == held == total(rows_of(holdings, "entries"), "quantity")
    assert total(rows_of(buffer, "buffer"), "closing") == kept["buffer"] == 100
    for table in ("retirements", "by_country", "by_sector", "by_vintage", "by_beneficiary"):
        assert total(rows_of(retirements, table), "quantity") == kept["retired"] == 100
    by_status: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(units, "units"):
        by_status[row["unitStatus"]] += Decimal(row["unitCount"])
    assert by_status == {
        "Held": kept["active"],
        "Retired": kept["retired"],
        "Buffer": kept["buffer"],
    }


async def test_a_statement_is_of_one_account_and_names_nobody_else(engine: AsyncEngine) -> None:
    registry = reporting(engine)
    await a_day_passes(registry)

    _, files = await made(registry, asked(ReportKind.HOLDINGS, account_id=BUYER.id))

    (row,) = rows_of(files, "holdings")
    assert row["accountId"] == str(BUYER.id)
    assert (row["received"], row["closing"]) == ("300.00", "300.00")
    assert [row["type"] for row in rows_of(files, "movements")] == ["transfer"]
    assert not any(str(DEVELOPER.id).encode() in content for content in files.values())


async def test_a_past_report_stays_as_it_was_and_a_corrected_one_stands_beside_it(
    engine: AsyncEngine,
) -> None:
    registry = reporting(engine)
    await a_day_passes(registry)
    first, before = await made(registry, asked(ReportKind.RETIREMENTS))
    await run(registry.reversal.record_reversal, story.REVERSE)
    recorded_at = registry.clock.now()

    again, after = await made(registry, asked(ReportKind.RETIREMENTS, report_id=uuid4()))
    registry.clock.advance(hours=1)
    known_at = recorded_at + timedelta(minutes=30)
    corrected, beside = await made(
        registry, asked(ReportKind.RETIREMENTS, report_id=uuid4(), known_at=known_at)
    )

    assert (again, after) == (first, before)
    assert corrected.report_id != first.report_id
    assert {row["lostQuantity"] for row in rows_of(after, "retirements")} == {"0.00"}
    assert total(rows_of(beside, "retirements"), "lostQuantity") == 100


async def test_a_year_without_movements_keeps_the_template(engine: AsyncEngine) -> None:
    registry = reporting(engine)
    registry.clock.advance(days=2)

    _, files = await made(registry, asked(ReportKind.ARTICLE_6))

    book = CalamineWorkbook.from_filelike(io.BytesIO(files["report.xlsx"]))
    assert book.sheet_names == [
        "Table 1 Submission",
        "Table 2 Authorizations",
        "Table 3 Actions",
        "Table 4 Holdings",
        "Table 5 Authorized entities",
    ]
    widths = [len(book.get_sheet_by_name(name).to_python()[1]) for name in book.sheet_names]
    assert widths == [9, 19, 27, 16, 8]
    assert rows_of(files, "actions") == []


async def test_a_period_that_has_not_settled_is_refused_and_every_fault_told(
    registry: Registry,
) -> None:
    request = asked(
        ReportKind.BUFFER, first_day=DAY, last_day=date.max, known_at=NOW, account_id=BUYER.id
    )

    with pytest.raises(Invalid) as refused:
        await run(registry.reports.make_report, request)

    assert [fault.pointer for fault in refused.value.faults] == [
        "/lastDay",
        "/knownAt",
        "/accountId",
    ]


async def test_each_making_leaves_an_audit_entry(registry: Registry, engine: AsyncEngine) -> None:
    registry.clock.advance(days=2)

    report = await run(registry.reports.make_report, asked(ReportKind.BUFFER))

    async with engine.connect() as connection:
        (entry,) = (await connection.execute(select(audit_logs))).all()
    assert (entry.event_type, entry.user_id, entry.resource_id) == (
        "report.made",
        ADMINISTRATOR.id,
        report.report_id,
    )
    assert entry.changes["after"]["manifestSha256"] == report.sha256


async def test_what_is_there_is_not_written_again(registry: Registry) -> None:
    """Reports that are due are asked for every day."""
    registry.clock.advance(days=2)
    first = await run(registry.reports.make_report, asked(ReportKind.BUFFER))
    registry.objects.objects.clear()

    again = await run(registry.reports.make_report, asked(ReportKind.BUFFER))

    assert again == first
    assert registry.objects.objects == {}


AUTHORISED = f"""
DO $$ BEGIN
    INSERT INTO authorisations (id, project_id, host_party, status, uses, first_transfer, changeable_after_transfer,
                                recorded_by, recorded_at)
        SELECT gen_random_uuid(), id, 'URY', 'authorised', '{{other_purposes}}', 'use_or_cancellation', false,
               developer_id, created_at FROM projects;
    INSERT INTO authorisation_steps (authorisation_id, number, kind, uses, first_transfer,
                                     changeable_after_transfer, source_url, source_dated, recorded_by, recorded_at,
                                     status, confirmed_by, confirmed_at)
        SELECT id, 2, 'authorise', uses, first_transfer, false, 'https://party.example', '2026-02-01', recorded_by,
               recorded_at, 'confirmed', '{ADMINISTRATOR.id}', recorded_at FROM authorisations;
END $$
"""


async def test_what_a_party_authorised_moves_as_actions_and_is_held(engine: AsyncEngine) -> None:
    registry = reporting(engine)
    await a_day_passes(registry)
    await story.by_the_owner(registry, AUTHORISED)

    _, files = await made(registry, asked(ReportKind.ARTICLE_6, party="URY"))
    _, others = await made(registry, asked(ReportKind.ARTICLE_6, party="KEN"))

    (authorisation,) = rows_of(files, "authorizations")
    assert (
        authorisation["Date of authorization"],
        authorisation["Purposes for authorization"],
    ) == (
        "01/02/2026",
        "OIMP",
    )
    actions = [
        (row["Action type"], row["Quantity (t CO2 eq)"], row["Vintage"])
        for row in rows_of(files, "actions")
    ]
    # The Party chose use as the first transfer; issuances before it are no actions.
    assert sorted(actions) == [
        ("First transfer", "100.00", "2024"),
        ("Transfer", "300.00", "2024"),
    ]
    assert total(rows_of(files, "holdings"), "Quantity (t CO2 eq)") == 900
    assert rows_of(others, "authorizations") == rows_of(others, "actions") == []
