#!/usr/bin/env bash
# PyPI offsets-db-data 2026.5.6 (CarbonPlan's reader of the registries' exports) with pandas 2.3.3.
# Expected: Verra's export writes dates as YYYY-MM-DD (ISO 8601, the one order that form has), so
# 4 March 2024 stays 4 March.
# Happens: the reader asks pandas for the day first, and pandas then takes 2024-03-04 for 3 April. Only
# a day above 12 somewhere in the column saves it: the attempt fails, and a second one reads ISO.
# So the same row has two dates, depending on which other rows came with it.
# Met by: whoever compares our open data with OffsetsDB, or imports a Verra export through it.
# We: publish ISO dates. Whoever compares should take dates from the registry's own file.
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

def row(issued):
    return {
        "ID": 9001, "Issuance Date": issued, "Retirement/Cancellation Date": None,
        "Total Vintage Quantity": issued.replace("-", ""), "Quantity Issued": "1,000",
        "Vintage Start": "2023-01-01", "Vintage End": "2023-12-31",
        "Retirement Beneficiary": None, "Retirement Reason": None, "Retirement Details": None,
    }

def dates(*issued):
    credits = pandas.DataFrame([row(day) for day in issued]).process_vcs_credits()
    return [f"{moment:%Y-%m-%d}" for moment in credits.sort_values("quantity")["transaction_date"]]

alone, in_company = dates("2024-03-04"), dates("2024-03-04", "2024-03-25")
print("2024-03-04 alone is read as", alone)
print("beside 2024-03-25 it is read as", in_company)
assert alone == ["2024-04-03"]
assert in_company == ["2024-03-04", "2024-03-25"]
PYTHON
