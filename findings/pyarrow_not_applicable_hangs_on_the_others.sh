#!/usr/bin/env bash
# PyPI pyarrow 26.0.1.
# Expected: a cell's value does not depend on other rows. The agreed electronic format of Article 6.2 (decision
# 6/CMA.4) tells "NA" (not applicable) from an empty cell (not given): its notes ask for "NA" by name.
# pyarrow.csv's strings_can_be_null is false by default, and says that strings are never taken for null.
# Happens: where every row says NA the whole column is of the type null and all are gone, without a word;
# where one row of thousands says something else, the same cells are the text "NA".
# Met by: whoever reads the actions of a year (CSV): "Applicable non-GHG metric" is NA for all of a registry
# that counts tonnes, and next to a Party that reports one megawatt-hour it is not. Two years do not concatenate.
# We: give column types with our CSV (datapackage.json), and write Parquet with a schema of our own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pyarrow==26.0.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import io

import pyarrow
from pyarrow.csv import ConvertOptions, read_csv

HEAD = "Action type,Applicable non-GHG metric\n"


def read(rows, **options):
    return read_csv(io.BytesIO((HEAD + rows).encode()), convert_options=ConvertOptions(**options))


tonnes_only = read("Use,NA\nCancellation,NA\n")
with_one_other = read("Use,NA\nCancellation,MWh\n")
name = "Applicable non-GHG metric"
print("by default strings are null:", ConvertOptions().strings_can_be_null)
print("all NA:   ", tonnes_only[name].type, tonnes_only[name].to_pylist())
print("one other:", with_one_other[name].type, with_one_other[name].to_pylist())
assert ConvertOptions().strings_can_be_null is False
assert (str(tonnes_only[name].type), tonnes_only[name].to_pylist()) == ("null", [None, None])
assert with_one_other[name].to_pylist() == ["NA", "MWh"]
try:
    pyarrow.concat_tables([with_one_other, tonnes_only])
except pyarrow.ArrowInvalid as refusal:
    print("two years:", str(refusal).splitlines()[0])
else:
    raise AssertionError("they were joined")
typed = read("Use,NA\nCancellation,NA\n", column_types={name: pyarrow.string()})
print("with a type:", typed[name].to_pylist())
assert typed[name].to_pylist() == ["NA", "NA"]
PYTHON
