"""What was typed of a decision, read from its form: every fault at once, beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from activities.projects.verification import VintageApproved
from api.commands.projects import verification as commands
from api.commands.projects.projects import visible_project
from api.http.fields import Text, TonnesOrZeroInput
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.desks.verifier.access import Review, verifier
from api.pages.parts.forms import located_faults
from domain.projects.approvals import Approval
from domain.projects.projects import Project
from domain.projects.signed_decisions import SignedDecision
from domain.projects.verification import VINTAGE_MIN, Verification, VintageQuantity

TEXT_LENGTH_MAX = 5000
PUBLIC_REASON_LENGTH_MAX = 1000


class ApprovalForm(RequestSchema):
    """What an approval says in words; its quantities are fields of their own, one for each vintage."""

    notes: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]
    duplicate_note: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)] | None = None


class RejectionForm(RequestSchema):
    reason: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]
    public_reason: Annotated[str, Text(PUBLIC_REASON_LENGTH_MAX, lines=True)] | None = None


_QUANTITY: TypeAdapter[int] = TypeAdapter(TonnesOrZeroInput)


@dataclass(frozen=True)
class Draft:
    """What was typed of a decision; `faults` are by the names of the fields, "" those of none."""

    typed: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)
    approval: Approval | None = None
    duplicate_note: str | None = None
    reason: str = ""
    public_reason: str | None = None

    @property
    def vintages(self) -> tuple[VintageApproved, ...]:
        found = self.approval.vintages if self.approval else None
        return tuple(
            VintageApproved(vintage=one.vintage, quantity_units=one.quantity_units)
            for one in found or ()
        )

    def decision(self, verification_id: UUID, digest: str) -> SignedDecision:
        if self.approval is None:
            return commands.rejection_decision(
                verification_id,
                reason=self.reason,
                public_reason=self.public_reason,
                review_digest=digest,
            )
        return commands.approval_decision(
            verification_id,
            notes=self.approval.notes,
            vintages=self.vintages,
            duplicate_note=self.duplicate_note,
            review_digest=digest,
        )


async def read_draft(request: Request, review: Review, act: str, form: Mapping[str, str]) -> Draft:
    """Every fault at once; what a rule says of the whole is said once all fields are right."""
    verification = review.view.verification
    if act == "reject":
        try:
            rejected = RejectionForm.model_validate(
                {
                    "reason": form.get("reason", ""),
                    "publicReason": form.get("public_reason", "").strip() or None,
                }
            )
            return Draft(form, reason=rejected.reason, public_reason=rejected.public_reason)
        except ValidationError as error:
            return Draft(form, _faults(error))
    project = await project_of(request, verification)
    faults: dict[str, str] = {}
    written: ApprovalForm | None = None
    words = {"notes": form.get("notes", ""), "duplicateNote": form.get("duplicate_note") or None}
    try:
        written = ApprovalForm.model_validate(words)
    except ValidationError as error:
        faults |= _faults(error)
    vintages = []
    for year in vintage_years(verification, project, resources(request).clock.now()):
        sent = form.get(f"quantity-{year}", "").strip()
        try:
            vintages.append(VintageQuantity(year, _QUANTITY.validate_python(sent) if sent else 0))
        except ValidationError:
            faults[f"quantity-{year}"] = (
                f"Quantity of {year} must be tonnes with at most two decimals, as 1234.5, or empty."
            )
    if not faults and not any(one.quantity_units for one in vintages):
        faults[f"quantity-{vintages[-1].vintage}" if vintages else ""] = (
            "Say how much was verified; what reduces nothing is rejected."
        )
    if faults or written is None:
        return Draft(form, faults)
    # A first verification is of the years that are named, a monitoring period of all of its own.
    kept = [
        one for one in vintages if one.quantity_units or verification.monitoring_period is not None
    ]
    approval = Approval(written.notes, vintages=tuple(kept))
    return Draft(form, {}, approval, written.duplicate_note)


def vintage_years(verification: Verification, project: Project, at: datetime) -> range:
    """The years that an approval can be of, none of them to come."""
    first = max(VINTAGE_MIN, project.start_date.year)
    last = min(at.year, project.crediting_period_end.year)
    period = verification.monitoring_period
    if period is not None:
        first, last = max(first, period.years[0]), min(last, period.years[-1])
    return range(first, last + 1)


async def project_of(request: Request, verification: Verification) -> Project:
    account = verifier(request).account
    return (await visible_project(resources(request), account, verification.project_id)).project


def _faults(error: ValidationError) -> dict[str, str]:
    return {field_of(pointer): detail for pointer, detail in located_faults(error).items()}


def field_of(pointer: str) -> str:
    """The form's field of an RFC 6901 pointer into what the API would have been sent."""
    name = pointer.strip("/").partition("/")[0]
    fields = ("notes", "reason")
    named = {"duplicateNote": "duplicate_note", "publicReason": "public_reason"}
    return name if name in fields else named.get(name, "")
