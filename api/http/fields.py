"""The types of what people send. What they refuse is said in a sentence that names the field."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pycountry
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from domain.errors import Invalid
from domain.identifiers import Serial
from domain.projects.countries import USER_ASSIGNED_CODES
from domain.projects.projects import require_start_date
from domain.quantities import QUANTITY_TONNES_MAX, parse_tonnes
from domain.visible_text import has_visible

SENTENCE = "sentence"
"""The type of validation errors whose message is a whole sentence already."""

SENTENCES = "sentences"
"""The type of validation errors that are several faults of one field, each a whole sentence."""

TOO_LARGE = "too_large"
"""The type of validation errors that are answered with 413; their message is a sentence too."""

COORDINATE_DECIMALS_MAX = 6
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
VERTICAL = {"Zl", "Zp"}
"""Unicode's own line and paragraph separators."""


def refuse(sentence: str) -> PydanticCustomError:
    return PydanticCustomError(SENTENCE, "{sentence}", {"sentence": sentence})


def refuse_all(sentences: Sequence[str]) -> PydanticCustomError:
    """Several faults of one field, told at once."""
    return PydanticCustomError(SENTENCES, "{sentences}", {"sentences": list(sentences)})


def noun(field_name: str) -> str:
    """A field's name as the first words of a sentence: emissionsTarget → "Emissions target"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", field_name.replace("_", " "))
    return words[:1].upper() + words[1:].lower()


def _named(info: ValidationInfo) -> str:
    return noun(info.field_name or "value")


@dataclass(frozen=True)
class Text:
    """
    For `Annotated[str, Text(200)]`: trimmed, normalised (NFC), without control characters.

    Lengths are in characters after that. `lines` allows line breaks and tabs. Text of which nothing
    can be seen is empty; characters without width stay where something can be seen beside them.
    """

    longest: int
    shortest: int = 1
    lines: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"minLength": self.shortest, "maxLength": self.longest}

    def _check(self, value: str, info: ValidationInfo) -> str:
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
        if not _is_encodable(text):
            raise refuse(f"{_named(info)} must be text")
        allowed = "\n\t" if self.lines else ""
        forbidden = {"Cc"} if self.lines else {"Cc"} | VERTICAL
        if any(unicodedata.category(c) in forbidden and c not in allowed for c in text):
            raise refuse(f"{_named(info)} must not contain control characters")
        if not has_visible(text):
            # What nobody can see is not there: zero-width characters, fillers, blank letters.
            text = ""
        if len(text) < self.shortest:
            raise refuse(f"{_named(info)} must not be empty")
        if len(text) > self.longest:
            raise refuse(f"{_named(info)} must not be longer than {self.longest} characters")
        return text


def _is_encodable(text: str) -> bool:
    """Whether it has no half characters, which JSON can write but nothing can store."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _secret(value: str, info: ValidationInfo) -> str:
    if not _is_encodable(value):
        raise refuse(f"{_named(info)} must be text")
    return value


Secret = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_secret)]
"""Passwords and tokens: taken as they are, neither trimmed nor normalised."""


def _units(value: Any, info: ValidationInfo) -> int:
    # True is an int to Python, but not a quantity to anybody.
    is_quantity = isinstance(value, str | int | float) and not isinstance(value, bool)
    try:
        return parse_tonnes(str(value) if is_quantity else "", noun=_named(info))
    except Invalid as invalid:
        raise refuse(invalid.detail) from None


def _units_or_none(value: Any, info: ValidationInfo) -> int:
    is_zero = isinstance(value, str | int | float) and not isinstance(value, bool)
    if is_zero and re.fullmatch(r"0+(\.0{1,2})?", str(value)):
        return 0
    return _units(value, info)


TonnesOrZeroInput = Annotated[
    int,
    BeforeValidator(_units_or_none),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,13}(\.[0-9]{1,2})?$"},
                {"type": "number", "minimum": 0, "maximum": QUANTITY_TONNES_MAX},
            ],
            "description": f"Tonnes of CO2e, zero or more and at most {QUANTITY_TONNES_MAX:,}, with at most"
            " two decimals.",
        }
    ),
]
"""As `TonnesInput`; zero says that there is nothing."""

TonnesInput = Annotated[
    int,
    BeforeValidator(_units),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,13}(\.[0-9]{1,2})?$"},
                {"type": "number", "exclusiveMinimum": 0, "maximum": QUANTITY_TONNES_MAX},
            ],
            "description": "Tonnes of CO2e, more than zero and at most"
            f" {QUANTITY_TONNES_MAX:,}, with at most two decimals.",
        }
    ),
]
"""A decimal string, or a JSON number; becomes whole units of 0.01 t."""


def _country(value: str) -> str:
    code = value.strip().upper()
    found = None
    # The dotless i and the long s are raised to ASCII letters, but no list of countries has them.
    if not value.isascii():
        pass
    elif code in USER_ASSIGNED_CODES:
        return USER_ASSIGNED_CODES[code]
    elif len(code) == len("IN"):
        found = pycountry.countries.get(alpha_2=code)
    elif len(code) == len("IND"):
        found = pycountry.countries.get(alpha_3=code)
    if found is None:
        raise refuse("Country must be an ISO 3166-1 code such as IND or IN")
    alpha_3: str = found.alpha_3
    return alpha_3


Country = Annotated[str, AfterValidator(_country)]
"""ISO 3166-1 alpha-2 or alpha-3, or XK or XKX; becomes alpha-3 (domain/projects/countries.py)."""

COUNTRY_DESCRIPTION = (
    "ISO 3166-1 alpha-2 or alpha-3; alpha-3 is stored. Of the user-assigned codes XK (stored as XKX)"
    " is known, for Kosovo, and no other."
)


def _degrees(limit: int) -> Callable[[Any, ValidationInfo], str]:
    def check(value: Any, info: ValidationInfo) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse(f"{_named(info)} must be a number")
        # The limit comes first: infinity and NaN have no decimals to count.
        if not -limit <= value <= limit:
            raise refuse(f"{_named(info)} must be between -{limit} and {limit}")
        # `repr` of a float is the shortest text that means it, which is what was sent.
        degrees = Decimal(repr(value)).normalize()
        exponent = degrees.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > COORDINATE_DECIMALS_MAX:
            raise refuse(
                f"{_named(info)} must not have more than {COORDINATE_DECIMALS_MAX} decimals"
            )
        return f"{degrees:f}" if degrees else "0"

    return check


Latitude = Annotated[
    str,
    BeforeValidator(_degrees(90)),
    WithJsonSchema({"type": "number", "minimum": -90, "maximum": 90}),
]
"""WGS 84 degrees; a JSON number, kept as the decimal text that was sent."""

Longitude = Annotated[
    str,
    BeforeValidator(_degrees(180)),
    WithJsonSchema({"type": "number", "minimum": -180, "maximum": 180}),
]


def read_day(value: Any, info: ValidationInfo) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refuse(f"{_named(info)} must be a date such as 2024-06-30")


def _start_day(value: date, info: ValidationInfo) -> date:
    try:
        require_start_date(value, today=datetime.now(UTC).date(), noun=_named(info))
    except Invalid as invalid:
        raise refuse(invalid.detail) from None
    return value


Day = Annotated[date, BeforeValidator(read_day)]
"""A calendar day such as 2024-06-30."""

StartDay = Annotated[date, BeforeValidator(read_day), AfterValidator(_start_day)]
"""The day a project begins, within the bounds of `domain.projects.projects.require_start_date`."""

MOMENT_MIN, MOMENT_MAX = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""
What may be asked for between: the registry is younger, and nobody asks for what happens in 2100.

Beyond year 1 and year 9999 the database's driver writes infinity for a moment.
"""


def read_moment(value: Any, *, name: str) -> datetime:
    """
    Read RFC 3339, with its zone, between 2000 and 2100; `name` begins the sentence of a refusal.

    `fromisoformat` alone would also take weeks, other digits, and times without their zone.
    """
    moment = None
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value.upper())
    if moment is None:
        raise refuse(f"{name} must be a moment with its zone, such as 2026-03-01T12:00:00Z")
    if not MOMENT_MIN <= moment <= MOMENT_MAX:
        raise refuse(f"{name} must be from {MOMENT_MIN.date()} to {MOMENT_MAX.date()}")
    return moment


def _sent_moment(value: Any, info: ValidationInfo) -> datetime:
    return read_moment(value, name=_named(info))


SentMoment = Annotated[
    datetime,
    BeforeValidator(_sent_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""RFC 3339 with its zone, between 2000 and 2100."""


def _whole(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise refuse(f"{_named(info)} must be a whole number")
    return value


@dataclass(frozen=True)
class WholeNumber:
    """
    For `Annotated[int, WholeNumber(1, 100)]` in paths and queries: digits as JSON writes an integer.

    Python would also read "+5", " 5", "1_000", "05" and the digits of other scripts.
    """

    least: int
    most: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        # The bounds are inside: around a validator of one's own they are no part of the JSON schema.
        bounded = core_schema.int_schema(ge=self.least, le=self.most)
        return core_schema.with_info_before_validator_function(
            _whole, bounded, json_schema_input_schema=bounded
        )


def _flag(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and value not in ("true", "false"):
        raise refuse(f"{_named(info)} must be true or false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool)]
"""In queries: `true` or `false`. Pydantic would also read "1", "on", "Y" and "TRUE"."""


def _serial(value: str) -> Serial:
    try:
        return Serial.parse(value)
    except Invalid as invalid:
        raise refuse(invalid.detail) from None


def _matching(pattern: str, sentence: str) -> AfterValidator:
    expression = re.compile(pattern)

    def check(value: str) -> str:
        if not expression.fullmatch(value):
            raise refuse(sentence)
        return value

    return AfterValidator(check)


SerialText = Annotated[
    str,
    AfterValidator(lambda value: str(_serial(value))),
    WithJsonSchema({"type": "string", "examples": ["KRB-2024-001-000001"]}),
]
Sha256 = Annotated[
    str, _matching(r"[0-9a-f]{64}", "Sha256 must be 64 hexadecimal digits in lower case")
]
MediaType = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}",
        "Mime type must be a media type such as application/pdf",
    ),
]

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
