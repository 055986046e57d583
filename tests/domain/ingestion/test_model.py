"""The schemas are what stock tools take, and they take our samples."""

import json
from typing import Any

import jsonschema
import pytest

from domain.ingestion.model import MODEL, IngestedKind, json_schema, table_schema
from domain.ingestion.samples import SAMPLES, sample_rows


def schema(kind: IngestedKind) -> dict[str, Any]:
    return json_schema(MODEL[kind], address=f"https://registry.example/{kind}.json")


@pytest.mark.parametrize("kind", IngestedKind)
def test_a_sample_is_right_by_its_schema_and_a_spoiled_one_is_not(kind: IngestedKind) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    check = jsonschema.Draft202012Validator(schema(kind), format_checker=jsonschema.FormatChecker())
    assert [error.message for error in check.iter_errors(SAMPLES[kind])] == []
    assert not check.is_valid({**SAMPLES[kind], "shoes": 2})


REQUIRED = [
    (kind, field.name) for kind, model in MODEL.items() for field in model.fields if field.required
]


@pytest.mark.parametrize(("kind", "name"), REQUIRED)
def test_a_sample_without_what_is_required_is_wrong(kind: IngestedKind, name: str) -> None:
    lacking = {key: value for key, value in SAMPLES[kind].items() if key != name}

    assert not jsonschema.Draft202012Validator(schema(kind)).is_valid(lacking)


@pytest.mark.parametrize("kind", IngestedKind)
def test_a_table_schema_has_the_columns_of_the_sample(kind: IngestedKind) -> None:
    shape = json.loads(json.dumps(table_schema(MODEL[kind])))

    assert [field["name"] for field in shape["fields"]] == sample_rows(MODEL[kind])[0]
    known = {"string", "integer", "number", "date", "datetime", "geojson"}
    assert {field["type"] for field in shape["fields"]} <= known
