#!/usr/bin/env bash
# PyPI price-parser 0.5.1.
# Expected: a nought before the point says that what follows is a fraction: 0.125 USD is an eighth of a dollar, as
# 0.12 USD is twelve cents; and a credit note of -5 EUR is below zero.
# Happens: with three digits after the point the amount is 125 dollars, a thousand times as much; the sign is lost.
# Met by: whoever reads prices per kilogram of CO2e, fees per credit or invoices: three decimals are usual there.
# We: amounts are whole minor units in JSON; prices are read by nobody out of text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile price-parser==0.5.1
cd "$folder"
bin/python - <<'PYTHON'
from decimal import Decimal

from price_parser import Price

read = {text: Price.fromstring(text).amount for text in ("0.12 USD", "0.125 USD", "0.1250 USD", "-5 EUR")}
for text, amount in read.items():
    print(f"{text:12} -> {amount}")
assert read["0.12 USD"] == Decimal("0.12") and read["0.1250 USD"] == Decimal("0.1250")
assert read["0.125 USD"] == 125
assert read["-5 EUR"] == 5
PYTHON
