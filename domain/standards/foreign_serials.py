"""
Units of other registries that were cancelled there and issued here: whose numbers, and that each comes once.

A range is read by its registry's own grammar, and kept as what it means: whose numbers they are (the block within
which a number exists once) and which. However it is spelt, two ranges that share a number overlap; the database has
the last word on that. Grammars: as the registries' public exports write their serials (OffsetsDB's samples);
Verra numbers every VCU once in the whole registry, and its first field is of a batch, which changes in a split.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account
from domain.errors import Fault, Invalid
from domain.quantities import format_tonnes
from domain.standards.records import Record, Source, new_record

SERIAL_LENGTH_MAX = 200
NUMBER_MAX = 2**53
"""No registry counts so far; and what JSON holds exactly."""
UNITS_PER_TONNE = 100


class ForeignRegistry(StrEnum):
    VERRA = "verra"
    GOLD_STANDARD = "gold_standard"
    ACR = "acr"
    CAR = "car"
    ART = "art"


@dataclass(frozen=True)
class RegistryGrammar:
    """
    `pattern` matches one whole serial, in capitals and with single spaces; `first` and `last` are in the range.

    `block` is what its numbers are counted within, from the pattern's named groups; empty: the whole registry.
    `written` puts a range back into the registry's own form. All of these registries number whole tonnes.
    """

    name: str
    example: str
    pattern: re.Pattern[str]
    block: tuple[str, ...]
    source: str


_NUMBERS = r"(?P<first>\d{1,15}) ?(?:-|TO) ?(?P<last>\d{1,15})"
_ACR = r"(?P<country>[A-Z]{2})-(?P<project>\d+)-(?P<vintage>\d{4})-(?P<batch>\d+)"

GRAMMARS = {
    ForeignRegistry.VERRA: RegistryGrammar(
        "Verra",
        "19385-941467007-941467431-VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1",
        re.compile(
            r"(?:\d{1,9}-)(?P<first>\d{1,15})-(?P<last>\d{1,15})-VCS-VCU-\d+-VER-[A-Z]{2}-\d+-\d+-\d{8}-\d{8}-[01]"
        ),
        (),
        "https://registry.verra.org/app/search/VCS",
    ),
    ForeignRegistry.GOLD_STANDARD: RegistryGrammar(
        "Gold Standard",
        "GS1-1-KE-GS11603-16-2025-30256-110-5463",
        re.compile(
            r"GS1-1-(?P<country>[A-Z]{2})-GS(?P<project>\d+)-(?P<type>\d+)-(?P<vintage>\d{4})-(?P<batch>\d+)-"
            + _NUMBERS
        ),
        ("country", "project", "type", "vintage", "batch"),
        "https://registry.goldstandard.org/credit-blocks",
    ),
    ForeignRegistry.ACR: RegistryGrammar(
        "American Carbon Registry",
        "ACR-FR-1129-2025-2917-30932 to 35143",
        re.compile(rf"ACR-{_ACR}-{_NUMBERS}"),
        ("country", "project", "vintage", "batch"),
        "https://acr2.apx.com/",
    ),
    ForeignRegistry.CAR: RegistryGrammar(
        "Climate Action Reserve",
        "CAR-1-US-1335-31-983-KS-2025-9205-1 to 5000",
        re.compile(
            r"CAR-(?P<kind>1|ROC)-(?P<country>[A-Z]{2})-(?P<project>\d+)-(?P<type>\d+)-(?P<developer>\d+)"
            r"-(?P<state>[A-Z]{2})-(?P<vintage>\d{4})-(?P<batch>\d+)-" + _NUMBERS
        ),
        ("kind", "country", "project", "type", "developer", "state", "vintage", "batch"),
        "https://thereserve2.apx.com/",
    ),
    ForeignRegistry.ART: RegistryGrammar(
        "Architecture for REDD+ Transactions",
        "ART-GY-102-2021-11-2759599 to 2760598",
        re.compile(rf"(?P<kind>ART|FCPF)-{_ACR}-{_NUMBERS}"),
        ("kind", "country", "project", "vintage", "batch"),
        "https://art.apx.com/",
    ),
}


@dataclass(frozen=True)
class SerialNumbers:
    """Numbers `first` to `last`, both in it, of a block of a registry; `serial` is as it was written."""

    registry: ForeignRegistry
    block: str
    first: int
    last: int
    serial: str

    @property
    def quantity_units(self) -> int:
        """Of 0.01 t CO2e: each number is a tonne."""
        return (self.last - self.first + 1) * UNITS_PER_TONNE


@dataclass(frozen=True)
class ForeignRange:
    """Units of another registry, cancelled there, that the issuance of a round's vintage stands on."""

    id: UUID
    project_id: UUID
    verification_id: UUID
    vintage: int
    numbers: SerialNumbers
    source: Source
    record: Record


def read_serial(text: str, registry: ForeignRegistry | None = None) -> SerialNumbers:
    """
    Read a serial in the spelling of its registry, of small letters, other dashes and doubled spaces too.

    With `registry` None, the one whose grammar fits.

    Raises:
        Invalid: it fits no grammar, or its range ends before it begins.
    """
    serial = " ".join(text.split())
    if len(serial) > SERIAL_LENGTH_MAX:
        raise _unread(f"A serial has {SERIAL_LENGTH_MAX} characters at most.")
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", serial).upper()
    plain = re.sub(r" ?- ?", "-", plain)
    if not plain.isascii():
        raise _unread("A serial is made of plain letters, digits and dashes.")
    for one, grammar in GRAMMARS.items():
        found = grammar.pattern.fullmatch(plain) if registry in {None, one} else None
        if found is None:
            continue
        first, last = int(found["first"]), int(found["last"])
        if not 0 < first <= last <= NUMBER_MAX:
            raise _unread("The range ends before it begins.")
        block = "-".join(_without_zeros(found[name]) for name in grammar.block)
        return SerialNumbers(one, block, first, last, serial)
    if registry is None:
        raise _unread("This is no serial of a registry that is known here; write it whole.")
    known = GRAMMARS[registry]
    raise _unread(f"{known.name} writes its serials as {known.example}; write it whole.")


def record_range(
    range_id: UUID,
    numbers: SerialNumbers,
    *,
    about: tuple[UUID, UUID, int],
    quantity_units: int,
    issued_units: int,
    converted_units: int,
    source: Source,
    actor: Account,
    at: datetime,
) -> ForeignRange:
    """
    `about` names project, round and vintage, of which `issued_units` were issued and `converted_units` stand on
    ranges that were recorded before; `quantity_units` is what whoever records it says that the range is.

    Raises:
        Forbidden: only staff record.
        Invalid: the range is longer or shorter than the quantity, or than what is left of the issuance.
    """
    record = new_record(source, actor=actor, at=at)
    if numbers.quantity_units != quantity_units:
        detail = (
            f"The range has {format_tonnes(numbers.quantity_units)} t, and the quantity is "
            f"{format_tonnes(quantity_units)} t."
        )
        raise Invalid(detail, Fault("/quantity", detail))
    left = issued_units - converted_units
    if quantity_units > left:
        detail = (
            f"{format_tonnes(issued_units)} t were issued, of which {format_tonnes(converted_units)} t stand on other "
            f"ranges; {format_tonnes(quantity_units)} t more cannot."
        )
        raise Invalid(detail, Fault("/quantity", detail))
    project_id, verification_id, vintage = about
    return ForeignRange(range_id, project_id, verification_id, vintage, numbers, source, record)


def _without_zeros(group: str) -> str:
    return str(int(group)) if group.isdigit() else group


def _unread(detail: str) -> Invalid:
    return Invalid(detail, Fault("/serial", detail))
