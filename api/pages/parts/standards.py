"""What templates are given to show what others say of a project or credit (parts/standards.html)."""

from typing import Any

from adapters.postgres.standards.reads import StandardsView
from api.http.resources import Resources
from domain.standards.labels import Scheme
from domain.standards.scheme_names import SCHEME_NAMES

SCHEMES = [one.value for one in Scheme]


def shown_standards(parts: Resources, view: StandardsView, *, of_a_credit: bool) -> dict[str, Any]:
    return {
        "standards": view,
        "today": parts.clock.now().date(),
        "scheme_names": {scheme.value: names for scheme, names in SCHEME_NAMES.items()},
        "of_a_credit": of_a_credit,
    }
