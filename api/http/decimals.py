"""Decimal numbers as people and instruments send them: text, so that no digit is lost."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from api.http.fields import noun, refuse

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
_PATTERN = f"^{_DECIMAL.pattern}$"


def _decimal(value: Any, info: ValidationInfo) -> Decimal:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise refuse(f"{noun(info.field_name or 'value')} must be a decimal string such as 7.83")


def _natural(value: Any, info: ValidationInfo) -> Decimal:
    number = _decimal(value, info)
    if number < 0:
        raise refuse(f"{noun(info.field_name or 'value')} must not be negative")
    return number


Number = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "description": "A decimal string."}),
]
NaturalNumber = Annotated[
    Decimal,
    BeforeValidator(_natural),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _PATTERN.replace("-?", ""),
            "description": "A decimal string, zero or more.",
        }
    ),
]
