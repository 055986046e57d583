"""
Units of what comes in, by pint: converted where that is a rule of physics or of the IPCC, else refused.

A mass is no mass of carbon dioxide, and a pH keeps its scale: neither is ever converted.
"""

from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pint import UnitRegistry

DEFINITIONS = (
    # Equivalents of carbon dioxide are a dimension of their own.
    "tCO2e = [co2e]",
    "kgCO2e = tCO2e / 1000",
    "gCO2e = kgCO2e / 1000",
    # IPCC 2006 Guidelines, volume 1: 44/12, not the exact molar masses.
    "tC = 44 / 12 * tCO2e",
    "kgC = tC / 1000",
    # US short ton, exactly 2000 pounds of 0.45359237 kg (NIST Handbook 44).
    "short_tCO2e = 0.90718474 * tCO2e",
    # Scales of pH differ by about a tenth in sea water; which one it is must be kept.
    "pH_T = [ph_total]",
    "pH_F = [ph_free]",
    "pH_NBS = [ph_nbs]",
    "psu = [practical_salinity]",
    "fnu = [turbidity]",
    "rfu = [relative_fluorescence]",
    "qsu = [quinine_sulfate_units]",
)
SPELLINGS = {
    "tCO₂e": "tCO2e",
    "t CO2e": "tCO2e",
    "t CO2": "tCO2e",
    "tCO2": "tCO2e",
    "metric tons CO2e": "tCO2e",
    "tons CO₂e": "tCO2e",
    "kg CO2e": "kgCO2e",
    "short tons CO2e": "short_tCO2e",
    "short tons": "short_ton",
    "%": "percent",
    "µatm": "microatm",
    "uatm": "microatm",
    "°C": "degC",
    "µS/cm": "microsiemens/cm",
    "uS/cm": "microsiemens/cm",
    "ppmv": "ppm",
    "Celsius": "degC",
}
UNKNOWN_SCALE = ("pH",)
"""What has a scale that must be told and is not."""


@cache
def _registry() -> "UnitRegistry[Decimal]":
    # Loading it takes a fifth of a second, which nobody who ingests nothing should wait.
    import pint  # noqa: PLC0415

    registry: UnitRegistry[Decimal] = pint.UnitRegistry(
        non_int_type=Decimal, autoconvert_offset_to_baseunit=True
    )
    for definition in DEFINITIONS:
        registry.define(definition)
    return registry


@lru_cache(maxsize=4096)
def is_known(unit: str) -> bool:
    """Whether the library knows it; a pH without its scale is not known."""
    if unit in UNKNOWN_SCALE:
        return False
    try:
        _registry().parse_units(_spelled(unit))
    except Exception:  # noqa: BLE001 -- what the library raises for a word that is none is not told
        return False
    return True


@lru_cache(maxsize=4096)
def _line(unit: str, target: str) -> tuple[Decimal, Decimal] | None:
    """Factor and offset: degrees of temperature begin at different points."""
    if unit == target:
        return Decimal(1), Decimal(0)
    registry, here, there = _registry(), _spelled(unit), _spelled(target)
    try:
        none, hundred = (registry.Quantity(Decimal(at), here).to(there) for at in (0, 100))
    except Exception:  # noqa: BLE001 -- as above
        return None
    offset = Decimal(none.magnitude)
    return (Decimal(hundred.magnitude) - offset) / 100, offset


def converted(value: Decimal, unit: str, target: str) -> Decimal | None:
    """`value` in `target`, or None: they do not measure the same."""
    if unit != target and not (is_known(unit) and is_known(target)):
        return None
    line = _line(unit, target)
    return None if line is None else value * line[0] + line[1]


def _spelled(unit: str) -> str:
    return SPELLINGS.get(unit.strip(), unit.strip())
