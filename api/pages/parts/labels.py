"""What the pages call things: words for statuses and steps, and the tone each is shown in."""

from functools import lru_cache
from typing import Any

import pycountry

from adapters.postgres.standards.reads import StandardsView
from api.http.resources import Reading
from domain.projects.countries import USER_ASSIGNED_NAMES
from domain.standards.labels import Scheme
from domain.standards.scheme_names import SCHEME_NAMES

_WORDS = {
    "in_review": "In review",
    "approved": "Approved",
    "split": "Split",
    "waiting": "Accepted",
    "signs": "Signs",
    "queued": "Queued",
    "submitted": "Submitted",
    "confirmed": "Confirmed",
    "final": "Final",
    "parked": "With staff",
    "rolled_back": "Rolled back",
    "holds": "The sum holds",
    "adds_up": "Yes",
    "does_not": "No",
    "broken": "The sum does not hold",
    "same": "Same",
    "changed": "Changed since",
    "skipped": "Not checked",
    "different": "Different",
    **{scheme.value: names.name for scheme, names in SCHEME_NAMES.items()},
    "ndc": "Nationally determined contributions",
    "international": "International mitigation purposes (CORSIA)",
    "international_transfer": "First international transfer",
    "use_or_cancellation": "Use or cancellation",
    "first_transferred": "First transferred, not adjusted",
    "adjustment_applied": "Adjusted",
    "step_request": "The Party was asked",
    "step_refuse": "Refused",
    "step_authorise": "Authorised",
    "step_change": "Authorisation changed",
    "step_first_transfer": "First transferred",
    "step_report_adjustment": "Corresponding adjustment reported",
    "step_apply_adjustment": "Corresponding adjustment applied",
    "step_revoke": "Authorisation revoked",
    "project_registered": "Project registered",
    "monitoring_period_opened": "Monitoring period opened",
    "resubmitted": "Resubmitted",
    "project_changed": "Project changed by its supplier",
    "document_replaced": "Document replaced by a newer version",
    "assignment_overdue": "Waiting for a verifier, staff reminded",
    "verifier_assigned": "Verifier assigned",
    "verifier_replaced": "Verifier replaced",
    "document_completed": "Document added as evidence",
    "note": "Note",
    "site_visit": "Site visit",
    "finding_raised": "Finding raised",
    "finding_answered": "Finding answered",
    "finding_followed_up": "Verifier wrote again about a finding",
    "finding_closed": "Finding closed",
    "finding_reopened": "Finding reopened",
    "finding_overdue": "Finding not answered in time, supplier reminded",
    "statement_written": "Verification statement written",
    "appeal_filed": "Appealed against by its supplier",
    "appeal_decided": "Appeal decided",
    "issuance_corrected": "Credits issued in error corrected",
    "filed": "To acknowledge",
    "acknowledged": "Looked into",
    "issued_in_error": "Issued in error",
    "replacement": "Replacement of what was issued in error",
    "loss": "A loss",
    "loss_made_good": "A loss made good",
    "decision": "A decision of staff",
    "issuance_correction": "Correction of an issuance",
    "validation_written": "Validation opinion written",
    "statement_confirmed": "Verification statement confirmed by a technical reviewer",
    "statement_returned": "Verification statement returned by a technical reviewer",
    "quantified": "Tonnes worked out from the monitoring data",
    "review_overdue": "Review takes longer than planned",
    "escalated": "Escalated",
    "countersignature_overdue": "Waiting for a countersignature, staff reminded",
    "countersignature_refused": "Countersignature refused, in review again",
    "countersigned": "Countersigned",
    "in_force": "In force",
    "due": "To be paid",
    "paid": "Paid",
    "refunded": "Given back",
    "counted": "Counted",
    "held": "Waits for staff",
    "returned": "Sent back",
    "bank_transfer": "Bank transfer",
    "checkout": "Payment provider",
    "other_amount": "another amount than is owed",
    "other_currency": "another currency than is owed",
    "not_awaited": "nothing was awaited",
    "waiting_for_payment": "Waiting for its invoice to be paid",
    "to_countersign": "Second approval",
    "to_answer": "Waits for an answer",
    "holds_now": "Holds now",
    "finding_replied": "Finding answered",
    "credits_issued": "Credits issued",
    "loss_recorded": "Carbon was lost",
    "obligation_overdue": "Loss not made good in time",
    "obligation_settled": "Loss made good",
    "developer": "the supplier",
    "verifier": "the verifier",
    "administrator": "staff",
    "buyer": "a buyer",
    "lapsed": "Ended by a loss",
    "fulfilled": "Handed over",
}
"""Only what does not read well by itself; all other values are printed as words as they are."""

_GOOD = {
    "accepted",
    "verified",
    "approved",
    "active",
    "confirmed",
    "final",
    "holds",
    "adds_up",
    "passed",
    "same",
    "answers",
    "signs",
    "delivered",
    "credits_issued",
    "settled",
    "upheld",
    "fulfilled",
    "obligation_settled",
    "closed",
    "finding_closed",
    "present",
    "positive",
    "clean",
}
_MOVING = {
    "pending",
    "in_review",
    "open",
    "filed",
    "acknowledged",
    "queued",
    "submitted",
    "waiting",
    "assignment_overdue",
    "review_overdue",
    "answered",
    "finding_raised",
    "finding_reopened",
    "finding_overdue",
    "countersignature_overdue",
    "countersignature_refused",
    "escalated",
    "to_countersign",
    "to_answer",
    "likely_duplicate",
    "invited",
    "unverified",
    "reading",
    "awaiting_upload",
    "requested",
    "reserved",
    "accepted_with_warnings",
    "partly_accepted",
    "asked",
    "waiver_proposed",
    "waits_for_scanner",
    "to_review",
    "warning",
    "finding_answered",
    "qualified",
}
_BAD = {
    "locked",
    "refused",
    "error",
    "rejected",
    "broken",
    "does_not",
    "failed",
    "different",
    "changed",
    "parked",
    "frozen",
    "rolled_back",
    "does_not_answer",
    "suspended",
    "overdue",
    "loss_recorded",
    "obligation_overdue",
    "missing",
    "adverse",
    "disclaimed",
    "infected",
    "not_scannable",
    "holds_now",
}
_SETTLED = {"retired", "public", "withdrawn", "waived", "lapsed"}


def word(value: str) -> str:
    """
    A status, a type or another code of ours as people say it: `renewable_energy` → "Renewable energy".

    Never for text that somebody typed, which may be any of these words (`typed` in `formats`).
    """
    if value in _WORDS:
        return _WORDS[value]
    plain = value.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:]


def step(event_type: str) -> str:
    """An entry of the audit log as a step: `document.completed` → "Document completed"."""
    return word(event_type.replace(".", "_"))


def holder(role: str) -> str:
    """Who holds an entry, by role: the only thing about a holder that is public."""
    return {"supplier": "a supplier", "buyer": "a buyer"}.get(role, "the registry")


def tone(value: str) -> str:
    """The colour family of a badge: good, moving, bad, settled or plain."""
    families = (("good", _GOOD), ("moving", _MOVING), ("bad", _BAD), ("settled", _SETTLED))
    return next((name for name, members in families if value in members), "plain")


@lru_cache(maxsize=1)
def country_choices() -> tuple[tuple[str, str], ...]:
    """Every country that a project may be in: alpha-3 and name, in the order of the names."""
    codes = {country.alpha_3 for country in pycountry.countries} | USER_ASSIGNED_NAMES.keys()
    return tuple(sorted(((code, country_name(code)) for code in codes), key=lambda one: one[1]))


@lru_cache(maxsize=512)
def country_name(alpha_3: str) -> str:
    """
    ISO 3166-1 alpha-3 → the country's common name; an unknown code stands for itself.

    The standard writes names for sorting: "Congo, The Democratic Republic of the" is turned round.
    """
    found = pycountry.countries.get(alpha_3=alpha_3)
    if found is None:
        return USER_ASSIGNED_NAMES.get(alpha_3, alpha_3)
    sorted_by, _, before = getattr(found, "common_name", found.name).partition(", ")
    return f"{before} {sorted_by}".strip()


SCHEMES = [one.value for one in Scheme]


def shown_standards(parts: Reading, view: StandardsView, *, of_a_credit: bool) -> dict[str, Any]:
    return {
        "standards": view,
        "today": parts.clock.now().date(),
        "scheme_names": {scheme.value: names for scheme, names in SCHEME_NAMES.items()},
        "of_a_credit": of_a_credit,
    }
