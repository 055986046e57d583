#!/usr/bin/env bash
# PyPI mt-940 5.1.1.
# Expected: a bank statement's lines add up from its opening to its closing balance: RC, the reversal of a credit, takes
# money off the account as a debit does, and RD gives it back.
# Happens: D is negative; RC is positive and so is RD. The sum of the lines is off by twice each reversed credit: a
# payment that bounced counts as one that came.
# Met by: whoever settles invoices (registration, issuance) from statements of their bank.
# We: staff settle a transfer by hand, and read no statement.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile mt-940==5.1.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import mt940

statement = mt940.parse(
    """:20:STATEMENT
:25:12345678/0123456789
:28C:00001
:60F:C240101EUR1000,00
:61:2401020102RC100,00NTRFNONREF
:61:2401020102RD50,00NTRFNONREF
:61:2401020102D30,00NTRFNONREF
:62F:C240102EUR920,00
"""
)
lines = [str(line.data["amount"].amount) for line in statement]
closing = statement.data["final_closing_balance"].amount.amount
total = statement.data["final_opening_balance"].amount.amount + sum(
    line.data["amount"].amount for line in statement
)
print("lines", lines, "closing balance", closing, "opening balance and lines", total)
assert lines == ["100.00", "50.00", "-30.00"]
assert (str(closing), str(total)) == ("920.00", "1120.00")
PYTHON
