"""A certificate as a page to hang on a wall; the JSON document is what counts."""
# ruff: noqa: RUF001 - a printed page has typographic quotes and dashes

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pycountry

from adapters.documents.pdf_layout import (
    AMBER,
    AMBER_TINT,
    GREEN,
    GREEN_TINT,
    MUTED,
    TEXT_WIDTH,
    PdfLayout,
)
from adapters.documents.printed.parts import FOOT_HEIGHT, foot, moment, tell_of_codes, texts
from adapters.documents.shaping import Shaper
from adapters.documents.typefaces import Typefaces
from domain.certificates.certificates import chain_parts, evidence_parts
from domain.projects.countries import USER_ASSIGNED_NAMES
from domain.visible_text import isolated

AIR_GAPS = 8
"""How many times `air`, whole or by halves, goes between the lines of the statement."""
AIR_MAX = 8.0
CREDIT_COLUMNS = (49.0, 24.0, 62.0, TEXT_WIDTH - 135.0)


def render_certificate(
    document: Mapping[str, Any],
    *,
    certificate_url: str,
    corrections: Sequence[str] = (),
    attached: bytes | None = None,
) -> bytes:
    """
    Print a certificate document of either version, accepted or sealed, on A4.

    `corrections` say what in it is wrong; they are no part of it, and are printed below its evidence.

    One page as a rule; long texts and many credits run on to more. Text may be in any script; a
    character that no typeface has is shown as its code point, with a note that the JSON has it. The
    same document and address give the same bytes. `attached` are the document's own, which the file
    then carries (ADR 0114).
    """
    with TemporaryDirectory() as folder:
        shaper = Shaper(Typefaces([*texts(document), *corrections, certificate_url], Path(folder)))
        sheet = _compose(document, certificate_url, shaper, corrections, air=0)
        air = min(sheet.spare / AIR_GAPS, AIR_MAX)
        if air > 0:
            # A short certificate is set again with its spare room between the lines of the statement.
            sheet = _compose(document, certificate_url, shaper, corrections, air=air)
        if attached is not None:
            sheet.attach(
                attached, "certificate.json", "The certificate itself, of which this is a picture."
            )
        return sheet.output()


def _compose(
    document: Mapping[str, Any],
    certificate_url: str,
    shaper: Shaper,
    corrections: Sequence[str],
    *,
    air: float,
) -> PdfLayout:
    sheet = PdfLayout(
        shaper,
        title=f"Certificate of Retirement {document['certificateId']}",
        author=document["registry"]["name"],
        created=datetime.fromisoformat(document["retiredAt"]),
        running_head=f"Certificate of Retirement {document['certificateId']}",
    )
    _foot(sheet, document, certificate_url, top=sheet.reserve_foot(FOOT_HEIGHT))
    _statement(sheet, document, air=air)
    _credits(sheet, document["credits"])
    for evidence in evidence_parts(document):
        _evidence(sheet, evidence, _number_of(document, evidence))
    if corrections:
        sheet.heading("Correction")
        for correction in corrections:
            sheet.field("", correction)
    chains = chain_parts(document)
    if "losses" in document:
        _losses(sheet, document["losses"])
    for credit, chain in zip(document["credits"], chains, strict=True) if chains else ():
        _chain(sheet, chain, credit["serial"] if len(chains) > 1 else None)
    if "proof" in document:
        _seal(sheet, document["proof"])
    tell_of_codes(sheet, held_by="certificate.json holds it exactly")
    return sheet


def _statement(sheet: PdfLayout, document: Mapping[str, Any], *, air: float) -> None:
    sheet.move_to(20 + air)
    sheet.centred(document["registry"]["name"].upper(), size=10, colour=GREEN, spacing=2.2)
    sheet.space(1.2 + air / 2)
    sheet.centred("Certificate of Retirement", size=31, tag="H1")
    sheet.space(3 + air / 2)
    sheet.ornament()
    sheet.space(3.2 + air)
    sheet.centred("This is to certify the permanent retirement of", size=12, style="I")
    sheet.space(air / 2)
    sheet.centred(
        f"{Decimal(document['quantity']):,} tonnes CO₂e", size=27, style="B", colour=GREEN
    )
    sheet.space(air / 2)
    _beneficiary(sheet, document["beneficiary"])
    sheet.space(1.6 + air)
    country = document["beneficiary"].get("country")
    if document["purpose"].strip():
        sheet.centred(document["purpose"], size=12, country=country)
    if document["reason"].strip():
        reason = f"“{isolated(document['reason'])}”"
        sheet.centred(reason, size=12, style="I", country=country)
    sheet.space(1.6 + air)
    sheet.centred(
        f"Retired on {moment(document['retiredAt'])} · Certificate {document['certificateId']}",
        size=9.6,
        colour=MUTED,
    )
    sheet.space(2 + air)
    _status(sheet, document)
    sheet.space(air / 2)


def _losses(sheet: PdfLayout, losses: list[Mapping[str, Any]]) -> None:
    """What was not made good when the certificate was written; its page says what holds now."""
    sheet.heading("Carbon lost and not yet made good")
    for loss in losses:
        of = f" of vintage {loss['vintage']}" if loss["vintage"] else ""
        sheet.field(
            moment(loss["recordedAt"]),
            f"{loss['owedQuantity']} t of {loss['lostQuantity']} t{of} lost by project {loss['projectId']}",
        )


def _beneficiary(sheet: PdfLayout, beneficiary: Mapping[str, Any]) -> None:
    if "undisclosed" in beneficiary:
        sheet.centred("for a beneficiary who chose not to be named", size=13, style="I")
        return
    sheet.centred("on behalf of", size=12, style="I")
    country = beneficiary["country"]
    sheet.centred(beneficiary["name"], size=21, style="B", size_min=12, country=country)
    place = [_country(country), isolated(beneficiary["identifier"] or "")]
    sheet.centred(" · ".join(part for part in place if part), size=11, colour=MUTED)


def _status(sheet: PdfLayout, document: Mapping[str, Any]) -> None:
    if document["chain"] is None:
        sheet.band(
            "Not yet sealed: waiting for the chain.",
            "The credits are retired for good; the record on Cardano and the registry’s seal follow.",
            colour=AMBER,
            tint=AMBER_TINT,
        )
        return
    chains = chain_parts(document)
    depth = min(chain["confirmationsAtSealing"] for chain in chains)
    record = "the record" if len(chains) == 1 else f"each of its {len(chains)} records, or more,"
    sheet.band(
        f"Sealed by the registry and recorded on Cardano ({chains[0]['network']}), "
        f"with {depth} blocks on top of {record} at sealing.",
        colour=GREEN,
        tint=GREEN_TINT,
    )


def _credits(sheet: PdfLayout, credits: list[Mapping[str, Any]]) -> None:
    sheet.heading("Credits")
    heads = ("Serial", "Vintage", "Units of 0.01 t", "Tonnes CO₂e")
    sheet.row(tuple(zip(heads, CREDIT_COLUMNS, strict=True)), head=True)
    for _, group in groupby(credits, key=lambda credit: credit["project"]["id"]):
        of_project = list(group)
        for credit in of_project:
            units = f"{credit['units']['first']:,} – {credit['units']['last']:,}"
            texts = (credit["serial"], str(credit["vintage"]), units)
            quantity = f"{Decimal(credit['quantity']):,}"
            sheet.row(tuple(zip((*texts, quantity), CREDIT_COLUMNS, strict=True)))
        _project(sheet, of_project[0]["project"])


def _project(sheet: PdfLayout, project: Mapping[str, Any]) -> None:
    sheet.space(0.5)
    country = project["country"]
    sheet.field(f"Project {project['number']:03d}", project["title"], country=country)
    kind = project["type"].replace("_", " ").capitalize()
    sheet.field("", f"{kind}, {_country(country)}")


def _number_of(document: Mapping[str, Any], evidence: Mapping[str, Any]) -> int | None:
    """The number of the project the evidence is of, where the document has several credits."""
    projects = [credit["project"] for credit in document["credits"]]
    found = (p["number"] for p in projects if p["id"] == evidence.get("projectId"))
    return next(found, None)


def _evidence(sheet: PdfLayout, evidence: Mapping[str, Any], project_number: int | None) -> None:
    sheet.heading(
        "Evidence" if project_number is None else f"Evidence, project {project_number:03d}"
    )
    body = evidence["verificationBody"]
    by = f" by {isolated(body)}" if body else ""
    sheet.field("Verified", f"{moment(evidence['decidedAt'])}{by}")
    sheet.field("Sign-off digest", evidence["signOffDigest"], mono=True)
    for document in evidence["documents"]:
        name = document["documentType"].replace("_", " ").capitalize()
        sheet.field(name, document["sha256"], mono=True)


def _chain(sheet: PdfLayout, chain: Mapping[str, Any], serial: str | None) -> None:
    sheet.heading("Chain record" if serial is None else f"Chain record of {serial}")
    sheet.field("Transaction", chain["txHash"], mono=True)
    sheet.field("Block", chain["blockHash"], mono=True)
    sheet.field("Paid by", chain["platformAddress"], mono=True)
    sheet.field(
        "Position",
        f"Cardano {chain['network']}, block {chain['blockHeight']:,}, slot {chain['slot']:,}, "
        f"metadata label {chain['label']}; {chain['confirmationsAtSealing']} confirmations",
    )


def _seal(sheet: PdfLayout, proof: Mapping[str, Any]) -> None:
    sheet.heading("Seal")
    sheet.field("SHA-256", proof["digest"], mono=True)
    sheet.field(f"{proof['algorithm']} key", proof["publicKey"], mono=True)
    sheet.field("Signature", proof["signature"], mono=True)


def _foot(sheet: PdfLayout, document: Mapping[str, Any], url: str, *, top: float) -> None:
    x, y, width = foot(sheet, url, heading="How to check this certificate", top=top)
    if document["chain"] is None:
        sheet.note(
            "There you see how far the record has come; once it is sealed, download it again.",
            x=x,
            y=y,
            width=width,
        )
        return
    y = sheet.note(
        "Or trust nobody: download certificate.json there and compare it with the chain,",
        x=x,
        y=y,
        width=width,
    )
    y = sheet.code(
        "python -m tools.verify certificate.json --chain URL-OF-A-BLOCKFROST-SERVER "
        f"--registry-key {document['proof']['publicKey']}",
        x=x,
        y=y,
        width=width,
    )
    sheet.note(
        "The chain shows when and by whom this was said, and that it was not altered since. "
        "That no unit is counted twice is the registry’s own duty, in its public ledger.",
        x=x,
        y=y + 0.8,
        width=width,
        size=8,
    )


def _country(alpha_3: str) -> str:
    found = pycountry.countries.get(alpha_3=alpha_3)
    if found is None:
        return USER_ASSIGNED_NAMES.get(alpha_3, alpha_3)
    return str(getattr(found, "common_name", found.name))
