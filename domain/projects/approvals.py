"""
Approving a round: what is approved of each vintage, and the digest that binds it to what was reviewed.

Source: ADR 0040 (sign-offs), ADR 0076 (vintages), ADR 0091 (methodologies and statements), ADR 0104
(quantifications).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import rfc8785

from domain.accounts.roles import Account
from domain.errors import Fault, Invalid, PeriodNotOver
from domain.projects.assurance.evidence import require_evidence
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.assurance.quantified import QuantifiedRound
from domain.projects.assurance.statements import (
    VerificationStatement,
    require_statement,
    statement_of_verifier,
)
from domain.projects.documents import Document
from domain.projects.projects import Project, signed_facts
from domain.projects.verification import (
    VINTAGE_MIN,
    MonitoringPeriod,
    Verification,
    VerificationStatus,
    VintageQuantity,
    is_above_target,
    is_in_stead,
    require_decidable,
    stead_faults,
)
from domain.quantities import QUANTITY_TONNES_MAX, QUANTITY_UNITS_MAX, format_tonnes

SIGN_OFF_VERSION = 4
"""Of the digest that an approval is bound by; older ones stay (ADR 0076, ADR 0091, ADR 0104)."""


@dataclass(frozen=True)
class Approval:
    """
    What is approved: `vintages`, or a quantity of one `vintage`.

    Of a first verification `quantity_units` None means the project's emissions target, and `vintage`
    None this year. `verification_body` is what `signing_body` makes of who decides. `stead_reason` is
    why staff decide in the verifier's stead; of the verifier's own decision it is not kept.
    """

    notes: str
    quantity_units: int | None = None
    vintage: int | None = None
    verification_body: str | None = None
    vintages: tuple[VintageQuantity, ...] | None = None
    stead_reason: str | None = None


def approve(
    verification: Verification,
    approval: Approval,
    *,
    project: Project,
    documents: Sequence[Document],
    actor: Account,
    needs_countersignature: bool,
    at: datetime,
    methodology: MethodologyVersion | None = None,
    newest_statement: VerificationStatement | None = None,
    quantified: QuantifiedRound | None = None,
) -> Verification:
    """
    Approve a verification and bind the approval to exactly what was reviewed.

    `documents` are the completed ones of this round; what they must be, `require_evidence` says. An
    approval by staff, one of more than the project announced or than follows from its monitoring data, and one
    whose methodology asks for the checklist, waits for a countersignature in any case.

    `methodology` is the version that the round is verified by, `newest_statement` the newest verification
    statement of the round, whosever it is, `quantified` what was last worked out for it.

    Raises:
        AlreadyDecided, NotInReview: the state machine does not allow it now.
        Forbidden: the actor is neither the assigned verifier nor staff, or has an interest in it.
        TooFewDocuments: a required kind of document is missing.
        PeriodNotOver: its monitoring period has not ended.
        StatementMissing: as `require_statement`.
        Invalid: staff do not say why they decide; a vintage lies in the future, before 1990, outside the crediting period or outside the
            monitoring period, or is named twice; all quantities are zero; or they are more than any
            project can be.
    """
    require_decidable(verification, actor)
    period = verification.monitoring_period
    if period is not None and period.last_day >= at.date():
        raise PeriodNotOver(f"The monitoring period {period} is not over.")
    in_stead = is_in_stead(verification, actor)
    vintages = approved_vintages(
        verification,
        approval,
        project=project,
        at=at,
        more_faults=tuple(stead_faults(approval.stead_reason if in_stead else "-")),
    )
    quantity_units = sum(one.quantity_units for one in vintages)
    require_evidence(
        documents,
        {actor.id, verification.verifier_id or actor.id},
        is_first=period is None,
        of_methodology=methodology.terms.required_document_types if methodology else (),
    )
    statement = statement_of_verifier(verification, newest_statement)
    require_statement(verification, methodology, statement, vintages)
    with_quantity = [one.vintage for one in vintages if one.quantity_units]
    approved = replace(
        verification,
        status=VerificationStatus.APPROVED,
        completed_at=at,
        updated_at=at,
        decided_by=actor.id,
        notes=approval.notes,
        verified_quantity_units=quantity_units,
        vintage=with_quantity[0] if len(with_quantity) == 1 else None,
        vintages=vintages,
        sign_off_version=SIGN_OFF_VERSION,
        needs_countersignature=needs_countersignature
        or in_stead
        or (methodology is not None and methodology.terms.requires_checklist)
        or is_above_target(quantity_units, project)
        or (quantified is not None and quantified.is_exceeded_by(vintages)),
        verification_body=approval.verification_body,
        statement_sha256=None if statement is None else statement.sha256,
        quantification_sha256=None if quantified is None else quantified.sha256,
        stead_reason=approval.stead_reason if in_stead else None,
    )
    return replace(approved, sign_off_digest=digest_of(approved, project, documents))


def approved_vintages(
    verification: Verification,
    approval: Approval,
    *,
    project: Project,
    at: datetime,
    more_faults: tuple[Fault, ...] = (),
) -> tuple[VintageQuantity, ...]:
    """
    What an approval says of each year, in order; a year of the monitoring period that it leaves out has 0.

    `more_faults` are what else is wrong with the approval, to be told with these.

    Raises:
        Invalid: as for `approve`; all faults at once.
    """
    period = verification.monitoring_period
    named = approval.vintages
    if named is None:
        named, pointers = (_sole_vintage(verification, approval, project, at),), ["/vintage"]
    else:
        pointers = [f"/vintages/{index}/vintage" for index in range(len(named))]
    faults = [*more_faults]
    faults += [
        Fault(pointer, fault)
        for pointer, one in zip(pointers, named, strict=True)
        if (fault := _vintage_fault(one.vintage, period=period, project=project, at=at))
    ]
    years = [one.vintage for one in named]
    faults += [
        Fault(pointer, f"Vintage {year} is named twice.")
        for index, (pointer, year) in enumerate(zip(pointers, years, strict=True))
        if year in years[:index]
    ]
    if not any(one.quantity_units > 0 for one in named):
        faults.append(
            Fault("/vintages", "No vintage has a quantity; what reduces nothing is rejected.")
        )
    if sum(one.quantity_units for one in named) > QUANTITY_UNITS_MAX:
        # A target that was registered before there was a bound, or the sum of several vintages.
        pointer = "/verifiedQuantity" if approval.vintages is None else "/vintages"
        sentence = f"Verified quantity must not be more than {QUANTITY_TONNES_MAX:,} t."
        faults.append(Fault(pointer, sentence))
    if faults:
        raise Invalid(" ".join(dict.fromkeys(fault.detail for fault in faults)), *faults)
    quantities = {} if period is None else dict.fromkeys(period.years, 0)
    quantities |= {one.vintage: one.quantity_units for one in named}
    return tuple(VintageQuantity(year, units) for year, units in sorted(quantities.items()))


def _sole_vintage(
    verification: Verification, approval: Approval, project: Project, at: datetime
) -> VintageQuantity:
    period = verification.monitoring_period
    quantity_units, vintage = approval.quantity_units, approval.vintage
    if period is None:
        return VintageQuantity(
            at.year if vintage is None else vintage,
            quantity_units or project.emissions_target_units,
        )
    if quantity_units is None:
        raise _invalid(
            "/vintages",
            f"Say how much was verified of each year of the monitoring period {period}.",
        )
    if vintage is None and len(period.years) > 1:
        raise _invalid(
            "/vintages", f"The monitoring period {period} has several vintages: name each."
        )
    return VintageQuantity(period.years[0] if vintage is None else vintage, quantity_units)


def _vintage_fault(
    vintage: int, *, period: MonitoringPeriod | None, project: Project, at: datetime
) -> str | None:
    """Nothing was reduced or removed outside the crediting period, nor after today."""
    first = max(VINTAGE_MIN, project.start_date.year)
    last = min(at.year, project.crediting_period_end.year)
    dates = f"the project starts on {project.start_date}, and the decision is of {at.date()}"
    if period is not None:
        first, last = max(first, period.years[0]), min(last, period.years[-1])
        dates = f"the monitoring period is {period}"
    if first <= vintage <= last:
        return None
    if first > last:
        return f"There is no vintage yet: {dates}."
    return f"Vintage must be a year from {first} to {last}: {dates}."


class SignedRound(Protocol):
    """What of a round its digest is made of."""

    @property
    def number(self) -> int: ...

    @property
    def monitoring_period(self) -> MonitoringPeriod | None: ...

    @property
    def approved_vintages(self) -> tuple[VintageQuantity, ...]: ...

    @property
    def sign_off_version(self) -> int: ...

    @property
    def methodology_version_id(self) -> UUID | None: ...

    @property
    def statement_sha256(self) -> str | None: ...

    @property
    def quantification_sha256(self) -> str | None: ...


def digest_of(verification: SignedRound, project: Project, documents: Sequence[Document]) -> str:
    """
    What an approval's `sign_off_digest` is when nothing has changed, in the form of its version.

    Version 2 (ADR 0076) also binds the round, its monitoring period, the crediting period's end and the
    quantity of each vintage; version 3 (ADR 0091) the version of the methodology and the verification
    statement; version 4 (ADR 0104) what was worked out of the monitoring data, which names inputs and formula.
    """
    if verification.sign_off_version == 1:
        return sign_off_digest(project, documents)
    period = verification.monitoring_period
    signed: dict[str, Any] = {
        "version": verification.sign_off_version,
        "project": signed_facts(project)
        | {"creditingPeriodEnd": project.crediting_period_end.isoformat()},
        "documents": _signed_documents(documents),
        "round": verification.number,
        "monitoringPeriod": None
        if period is None
        else {"from": period.first_day.isoformat(), "to": period.last_day.isoformat()},
        "vintages": [
            {"vintage": one.vintage, "quantity": format_tonnes(one.quantity_units)}
            for one in verification.approved_vintages
        ],
    }
    if verification.sign_off_version >= 3:  # noqa: PLR2004 -- the first that binds these
        methodology = verification.methodology_version_id
        signed |= {
            "methodologyVersionId": None if methodology is None else str(methodology),
            "statement": verification.statement_sha256,
        }
    if verification.sign_off_version >= 4:  # noqa: PLR2004 -- the first that binds it
        signed["quantification"] = verification.quantification_sha256
    return _digest(signed)


def sign_off_digest(project: Project, documents: Sequence[Document]) -> str:
    """
    Version 1: the project's data and its documents' hashes.

    SHA-256 (hex) of the canonical JSON (RFC 8785), as in every version.
    """
    return _digest({"project": signed_facts(project), "documents": _signed_documents(documents)})


def _digest(signed: dict[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(signed)).hexdigest()


def _signed_documents(documents: Sequence[Document]) -> list[dict[str, str]]:
    return sorted(
        ({"documentType": d.document_type.value, "sha256": d.sha256} for d in documents),
        key=lambda d: (d["documentType"], d["sha256"]),
    )


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(pointer, detail))
