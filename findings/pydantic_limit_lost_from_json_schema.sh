#!/usr/bin/env bash
# PyPI pydantic 2.14.4.
# Expected: Field(ge=1) is 'minimum': 1 in the JSON Schema, for which json_schema_input_type is there to say
# what comes before a BeforeValidator.
# Happens: after a BeforeValidator it stands as 'ge': 1, a word no JSON Schema has; before one with
# json_schema_input_type it is left out. Clients and test generators think any number is allowed.
# Met by: every OpenAPI document made from such models (FastAPI).
# We: keep the limits inside the validator and state them with WithJsonSchema.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pydantic==2.14.4
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from typing import Annotated
from pydantic import BaseModel, BeforeValidator, Field

strip = BeforeValidator(lambda value: value, json_schema_input_type=int)

class Page(BaseModel):
    plain: Annotated[int, Field(ge=1)]
    limit_after: Annotated[int, strip, Field(ge=1)]
    limit_before: Annotated[int, Field(ge=1), strip]

shown = Page.model_json_schema()["properties"]
print(*shown.items(), sep="\n")
assert shown["plain"].get("minimum") == 1
assert shown["limit_after"].get("ge") == 1 and "minimum" not in shown["limit_after"]
assert not {"ge", "minimum"} & shown["limit_before"].keys()
PYTHON
