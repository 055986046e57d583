"""The schemas are what stock tools take, and they take our samples: jsonschema, and frictionless for tables."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import frictionless
import jsonschema
import pytest

from domain.ingestion.kinds.pathways import EXTENSIONS
from domain.ingestion.kinds.sampled import ACTIVITY_FIELDS, PATHWAYS
from domain.ingestion.model import (
    MODEL,
    FieldType,
    IngestedKind,
    RecordModel,
    json_schema,
    table_schema,
)
from domain.ingestion.samples import sample_of, sample_rows
from tests.adapters.ingestion.reading import read_bytes

MODELS = [*MODEL.values(), *EXTENSIONS.values()]
NAMES = [model.format_id for model in MODELS]


def schema(model: RecordModel) -> dict[str, Any]:
    return json_schema(model, address=f"https://registry.example/{model.format_id}.json")


def checker(model: RecordModel) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(model), format_checker=jsonschema.FormatChecker())


def table(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def test_each_pathway_extends_the_minimum_of_an_activity() -> None:
    assert sorted(EXTENSIONS) == sorted(PATHWAYS)
    for model in EXTENSIONS.values():
        assert set(ACTIVITY_FIELDS) < set(model.fields)
        assert len({field.name for field in model.fields}) == len(model.fields)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_sample_is_right_by_its_schema_and_a_spoiled_one_is_not(model: RecordModel) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(model))
    assert [error.message for error in checker(model).iter_errors(sample_of(model))] == []
    assert not checker(model).is_valid({**sample_of(model), "shoes": 2})


REQUIRED = [(model, field.name) for model in MODELS for field in model.fields if field.required]


@pytest.mark.parametrize(
    ("model", "name"), REQUIRED, ids=[f"{model.format_id}-{name}" for model, name in REQUIRED]
)
def test_a_sample_without_what_is_required_is_wrong(model: RecordModel, name: str) -> None:
    lacking = {key: value for key, value in sample_of(model).items() if key != name}

    assert not checker(model).is_valid(lacking)


def validated(folder: Path, model: RecordModel, rows: list[list[str]]) -> frictionless.Report:
    (folder / "table.csv").write_bytes(table(rows))
    shape = json.loads(json.dumps(table_schema(model)))
    resource = frictionless.Resource(
        path="table.csv",
        basepath=str(folder),
        schema=frictionless.Schema.from_descriptor(shape),
    )
    return resource.validate()


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_table_is_right_by_its_table_schema_and_read_by_us(
    model: RecordModel, tmp_path: Path
) -> None:
    rows = sample_rows(model)

    assert validated(tmp_path, model, rows).flatten(["message"]) == []
    read = read_bytes(tmp_path, table(rows), model.format_id)
    assert (read.issues, len(read.records)) == ([], 1)
    assert set(read.records[0].values) == set(sample_of(model))


BOUNDED = [
    (model, field)
    for model in MODELS
    for field in model.fields
    if field.minimum is not None
    and field.type is FieldType.NUMBER
    and field.name in sample_of(model)
]


@pytest.mark.parametrize(
    ("model", "field"), BOUNDED, ids=[f"{model.format_id}-{one.name}" for model, one in BOUNDED]
)
def test_stock_tools_and_we_refuse_the_same_number(
    model: RecordModel, field: Any, tmp_path: Path
) -> None:
    head, row = sample_rows(model)
    row[head.index(field.name)] = str(field.minimum - 1)

    assert [one[0] for one in validated(tmp_path, model, [head, row]).flatten(["fieldName"])] == [
        field.name
    ]
    read = read_bytes(tmp_path, table([head, row]), model.format_id)
    assert [issue.column for issue in read.issues] == [field.name]
    assert not checker(model).is_valid({**sample_of(model), field.name: int(field.minimum - 1)})


def test_stock_tools_guess_no_day_and_no_month(tmp_path: Path) -> None:
    """The format `any` of the Table Schema would (findings/frictionless_any_date_turns_within_a_column.sh)."""
    head, row = sample_rows(MODEL[IngestedKind.OBSERVATION])
    row[head.index("time")] = "03/04/2024 12:00"

    report = validated(tmp_path, MODEL[IngestedKind.OBSERVATION], [head, row])
    assert report.flatten(["fieldName"]) == [["time"]]


def test_kinds_of_records_fit_the_database() -> None:
    assert max(len(kind.value) for kind in IngestedKind) <= 20
