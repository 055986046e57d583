#!/usr/bin/env bash
# PyPI offsets-db-data 2026.5.6 with pandas 2.3.3.
# Expected: Isometric's issuances carry no vintage, so the vintage is unknown; the schema of the package
# calls the column nullable.
# Happens: every issuance gets the vintage 0, the year nought, which is a number like any other and is
# sorted, averaged and filtered with the real years.
# Met by: whoever charts OffsetsDB by vintage beside our open data.
# We: leave out what is not known (empty in CSV, null in JSON) and never fill in a number.
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
from offsets_db_data import isometric  # noqa: F401  (registers the method on data frames)

issuance = {
    "id": "iss_0123456789ABCDEF", "project_id": "prj_0123456789ABCDEF",
    "issued_at": "2024-03-25T10:00:00.000000Z", "credit_batch_size_total.credits": 1.5,
}
credits = pandas.DataFrame([issuance]).process_isometric_credits(download_type="issuances")
print(credits[["quantity", "vintage"]].to_string())
assert credits["vintage"].tolist() == [0]
PYTHON
