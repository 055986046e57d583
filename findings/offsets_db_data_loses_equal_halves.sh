#!/usr/bin/env bash
# PyPI offsets-db-data 2026.5.6 with pandas 2.3.3.
# Expected: a project verified twice within one year, 1,000 credits for each half, has issued 2,000.
# Happens: vintages are told apart by year, project and total alone, not by their start and end, so the
# second half is taken for a repetition of the first: 1,000. With 1,000 and 1,001 both are kept.
# Met by: whoever adds up a registry's issuances from OffsetsDB; half-yearly verification is usual.
# We: number units, and prove the sum from the ranges; a comparison with OffsetsDB by project may differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile --no-deps offsets-db-data==2026.5.6 pandas==2.3.3 \
  numpy==2.4.6 python-dateutil==2.9.0.post0 pytz==2026.6 tzdata==2026.6 six==1.17.0 pandera==0.35.0 \
  pyjanitor==0.23.1 scipy==1.17.1 xarray==2026.9.0 natsort==8.4.0 multipledispatch==1.0.0 \
  pandas-flavor==0.8.1 lazy-importer==0.1.0 universal-pathlib==0.3.10 pathlib-abc==0.5.2 fsspec==2026.9.0 \
  country-converter==1.0.0 pydantic==2.14.4 pydantic-core==2.50.5 annotated-types==0.8.0 \
  typing-extensions==4.16.0 typing-inspection==0.4.5 typing-inspect==0.9.0 mypy-extensions==1.0.0 \
  typeguard==4.6.1 packaging==26.4
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import pandas
from offsets_db_data import vcs  # noqa: F401  (registers the method on data frames)

def issued(first_half, second_half):
    common = {
        "ID": 9001, "Issuance Date": "2024-03-25", "Retirement/Cancellation Date": None,
        "Retirement Beneficiary": None, "Retirement Reason": None, "Retirement Details": None,
    }
    halves = [("2023-01-01", "2023-06-30", first_half), ("2023-07-01", "2023-12-31", second_half)]
    rows = [
        common | {"Vintage Start": start, "Vintage End": end,
                  "Total Vintage Quantity": quantity, "Quantity Issued": quantity}
        for start, end, quantity in halves
    ]
    return pandas.DataFrame(rows).process_vcs_credits()["quantity"].sum()

equal, unequal = issued("1,000", "1,000"), issued("1,000", "1,001")
print("1,000 + 1,000 =", equal)
print("1,000 + 1,001 =", unequal)
assert equal == 1000
assert unequal == 2001
PYTHON
