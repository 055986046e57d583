#!/usr/bin/env bash
# PyPI Babel 2.17.0, beside iso4217 1.16 (the standard's own table, of 2026-01-01).
# Expected: get_currency_precision tells the decimals of a currency, and format_currency prints an amount with them: ISO 4217 gives
# the Iraqi dinar 3 minor digits, the Lebanese pound and the afghani 2.
# Happens: all three have precision 0, and an amount of 12.500 IQD is printed as 12, without a word. Babel follows CLDR, which
# says how many digits people write, and not how many there are; the Kuwaiti dinar keeps its three.
# Met by: whoever prints an invoice by it, or turns an amount into minor units with this precision (12.500 IQD are 12500 to a provider).
# We: a table of the currencies that may be charged in, with the standard's digits; others are refused (domain/payments/fees.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile Babel==2.17.0 iso4217==1.16.20260101
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from iso4217 import Currency

for code, told in (("USD", 2), ("KWD", 3), ("IQD", 0), ("LBP", 0), ("AFN", 0)):
    printed = format_currency(Decimal("12.500"), code, locale="en").replace("\xa0", " ")
    print(code, "ISO 4217:", Currency(code).exponent, " Babel:", get_currency_precision(code), " 12.500 is printed", printed)
    assert get_currency_precision(code) == told
assert (Currency("IQD").exponent, Currency("LBP").exponent, Currency("AFN").exponent) == (3, 2, 2)
assert format_currency(Decimal("12.500"), "IQD", locale="en").endswith("12")
PYTHON
