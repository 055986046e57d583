#!/usr/bin/env bash
# PyPI offsets-db-data 2026.5.6 with pandas 2.3.3.
# Expected: Gold Standard's retirements export has a column 'Credit Status'. A row that says Canceled was
# taken out without a claim by anybody (no beneficiary, no retirement date), and is no retirement.
# Happens: the status is not read; the row becomes a retirement whose date is missing.
# Met by: whoever adds up retirements by registry: our cancellations have an event of their own, so that
# our retired total is smaller than one counted this way.
# We: keep retirement and cancellation apart in events, sums and open data.
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
from offsets_db_data import gld  # noqa: F401  (registers the method on data frames)

def row(status, day):
    return {
        "GSID": 9001, "Quantity": 10, "Vintage": 2023, "Credit Status": status,
        "Retirement Date": day, "Using Entity": None, "Note": None,
    }

rows = pandas.DataFrame([row("Retired", "2024-03-25"), row("Canceled", None)])
credits = rows.process_gld_credits(download_type="retirements")
print(credits[["transaction_type", "quantity", "transaction_date"]].to_string())
assert credits["transaction_type"].tolist() == ["retirement", "retirement"]
assert credits["transaction_date"].isna().tolist() == [False, True]
PYTHON
