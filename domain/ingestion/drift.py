"""
How much a measured quantity may change from one period to the next before somebody is asked to look (ADR 0119).

A share is of the former period's mean. Quantities whose zero is a convention have none: a share of 2 °C says
nothing. What is not declared here is not compared.
"""

from collections.abc import Mapping
from decimal import Decimal

ALLOWED: Mapping[str, Decimal] = {
    "pH": Decimal("0.05"),
    "salinity": Decimal("0.10"),
    "conductivity": Decimal("0.15"),
    "total alkalinity": Decimal("0.10"),
    "dissolved inorganic carbon": Decimal("0.10"),
    "pCO2": Decimal("0.30"),
    "dissolved oxygen": Decimal("0.30"),
    "voltage of sensor 1": Decimal("0.25"),
    "voltage of sensor 2": Decimal("0.25"),
    "biomass growth": Decimal("0.50"),
    "methane destroyed": Decimal("0.50"),
    "project emissions": Decimal("0.50"),
    "useful cooking energy": Decimal("0.50"),
    "electricity consumed": Decimal("0.50"),
}
"""
The share by which a mean may differ, by quantity. Of sea water: wider than a season at one place, as the series in
the mesocosm data are; of activity data: half as much again is worth a sentence of its supplier's.
"""

VALUES_MIN = 3
"""Fewer than these in either period are no mean to compare."""
