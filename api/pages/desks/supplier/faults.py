"""Why a form of the supplier's was refused, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.http.errors.error_mapping import Unavailable
from api.pages.parts.forms import not_carried_out


@dataclass(frozen=True)
class FormFaults:
    """
    `fields`: a sentence for each field at fault; `sentences`: what is about none of them.

    `ask_again`: the same form with the same key finds out what came of it.
    """

    status: int = 400
    fields: Mapping[str, str] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    ask_again: bool = False

    @property
    def all(self) -> list[str]:
        """As the box above the form tells them; each of a field stands beside it, too."""
        return [*self.sentences, *self.fields.values()]


def form_faults(error: Exception, names: Mapping[str, str]) -> FormFaults:
    """
    `names`: of the form's fields, by the places that the API has for them, as `/coordinates/latitude`.

    Raises:
        The error itself, when it is no refusal.
    """
    told = not_carried_out(error)
    if isinstance(error, Unavailable):
        # What is away: for a file that is not the workflows alone, but the storage too.
        return FormFaults(told.status, sentences=(error.problem.detail,), ask_again=True)
    fields: dict[str, str] = {}
    sentences: list[str] = []
    for pointer, sentence in told.faults:
        name = names.get(pointer)
        if name is None:
            sentences.append(sentence)
        else:
            fields.setdefault(name, sentence)
    return FormFaults(
        told.status, fields, tuple(dict.fromkeys(sentences)), ask_again=told.ask_again
    )
