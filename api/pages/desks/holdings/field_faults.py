"""What is wrong with a form, beside the fields that are to blame."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from api.commands.fresh_signatures import SentSignature
from api.pages.desks.actions import somebody
from api.pages.parts.forms import not_carried_out
from api.pages.parts.wallet_signing import sent_proof


@dataclass(frozen=True)
class FieldFaults:
    """`by_field` has a sentence for each field to blame; under "" stands what no field is to blame for."""

    status: int = 200
    by_field: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        return self.by_field.get(name, "")

    @property
    def sentences(self) -> list[str]:
        return list(self.by_field.values())

    def __bool__(self) -> bool:
        return bool(self.by_field)


def field_faults(error: Exception, fields: Collection[str]) -> FieldFaults:
    """
    `fields` are the names of the form's; a fault of anything else is one of the whole form.

    Raises:
        Exception: the error itself, where it is no answer to a form.
    """
    told = not_carried_out(error)
    found: dict[str, str] = {}
    for pointer, sentence in told.faults:
        name = pointer.rpartition("/")[2]
        where = name if name in fields else ""
        found[where] = f"{found[where]} {sentence}" if where in found else sentence
    return FieldFaults(told.status, found)


def sent_signature(request: Request, form: Mapping[str, str]) -> SentSignature:
    """
    What the wallet signed, where the form was shown again to ask for it.

    Raises:
        Invalid: it names no challenge of ours.
    """
    session_id = somebody(request).session.id
    if not form.get("challenge"):
        return SentSignature(session_id)
    proof = sent_proof(form)
    return SentSignature(session_id, proof.challenge_id, proof.signature, proof.key)
