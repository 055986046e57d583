"""Formats that people make: what is proposed, what is refused, what a version changes."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.ingestion.similarity import alike
from domain.accounts.roles import Account
from domain.errors import Conflict, Forbidden, Invalid
from domain.ingestion.formats import read_format
from domain.ingestion.mapping.choices import (
    ColumnChoice,
    MappingChoices,
    choice_faults,
    choices_from,
    declaration,
)
from domain.ingestion.mapping.dry_runs import FileOutcome, dry_run
from domain.ingestion.mapping.proposals import proposed
from domain.ingestion.mapping.stored_formats import (
    FormatReview,
    StoredFormat,
    new_version,
    reviewed,
)
from domain.ingestion.model import IngestedKind
from domain.ingestion.tables import Record
from tests.factories import ADMINISTRATOR, DEVELOPER, NOW, OTHER_DEVELOPER, VERIFIER

RETIREMENT, OBSERVATION = IngestedKind.RETIREMENT, IngestedKind.OBSERVATION
PROPOSED = [
    (RETIREMENT, "Project ID", "GS1", "projectId", ()),
    (RETIREMENT, "project_id", "GS1", "projectId", ()),
    (RETIREMENT, "Retirement Date", "13/04/2024", "retiredOn", ("%d/%m/%Y",)),
    (RETIREMENT, "Retirement Date", "03/04/2024", "retiredOn", ("%d/%m/%Y", "%m/%d/%Y")),
    (RETIREMENT, "Quantity", "1.234", "quantity", ("1234.5", "1.234,5")),
    (RETIREMENT, "Quantity", "12", "quantity", ("1234.5",)),
    (RETIREMENT, "Colour", "red", "", ()),
    (OBSERVATION, "Temp (°C)", "8.04", "value", ("1234.5",)),
    (OBSERVATION, "Sal psu", "35,1", "value", ("1.234,5",)),
]


@pytest.mark.parametrize(("kind", "column", "value", "field", "ways"), PROPOSED)
def test_columns_are_proposed_by_their_names_and_values(
    kind: IngestedKind, column: str, value: str, field: str, ways: tuple[str, ...]
) -> None:
    (found,) = proposed(kind, [column], [[value]], alike)

    assert found.choice.field == field
    assert found.is_ambiguous == (len(ways) > 1)
    assert set(ways) <= {*found.ways, found.choice.numbers, found.choice.dates}


SERIES = MappingChoices(
    OBSERVATION,
    title="Tank 7",
    columns=(
        ColumnChoice("Day", "time", dates="%d/%m/%Y %H:%M:%S", zone="UTC"),
        ColumnChoice("Clock", "time"),
        ColumnChoice("Temp (°C)", "value", "degC", "temperature"),
        ColumnChoice("Sal", "value", "psu", "salinity", "1.234,5"),
        ColumnChoice("Note"),
    ),
    constants={"series": "Tank 7"},
    missing=("NA",),
)


def test_what_is_chosen_makes_a_declaration_that_reads_back() -> None:
    format = read_format({**declaration(SERIES), "id": "tank-7", "version": 1})

    assert list(choice_faults(SERIES)) == []
    assert choices_from(SERIES.as_json()) == SERIES
    assert format.columns == ("Day", "Clock", "Temp (°C)", "Sal")
    assert [record.when for record in format.records] == ["Temp (°C)", "Sal"]


def changed(place: int, **what: str) -> MappingChoices:
    columns = list(SERIES.columns)
    columns[place] = replace(columns[place], **what)
    return replace(SERIES, columns=tuple(columns))


FAULTS = [
    (changed(2, unit=""), "“Temp (°C)”: say in which unit it is. Units are never guessed."),
    (changed(2, unit="shoes"), "“Temp (°C)”: the unit “shoes” is not known."),
    (changed(4, field="series"), "“series” is both a column and the same for all rows."),
    (changed(4, field="time"), "“Day”, “Clock”, “Note”: only one column can be “time”."),
    (replace(SERIES, title=" "), "The format needs a title."),
]


@pytest.mark.parametrize(("choices", "sentence"), FAULTS)
def test_choices_that_cannot_be_meant_are_told(choices: MappingChoices, sentence: str) -> None:
    assert list(choice_faults(choices)) == [sentence]


def saved(
    version_before: StoredFormat | None = None,
    by: Account = DEVELOPER,
    choices: MappingChoices = SERIES,
    id: str = "tank-7",
) -> StoredFormat:
    return new_version(
        id=id,
        declared=declaration(choices),
        sample=[["Day"], ["1"]],
        before=version_before,
        is_taken=id == "verra-projects",
        actor=by,
        at=NOW,
    )


def test_a_version_follows_the_former_of_the_same_author() -> None:
    first = saved()
    second = saved(first, choices=changed(2, quantity="water temperature"))

    assert (second.version, second.review) == (2, FormatReview.WAITING)
    assert second.format.version == 2
    served = [second.serves(one.id) for one in (DEVELOPER, OTHER_DEVELOPER)]
    assert served == [True, False]


NOT_SAVED = [
    ({"id": "Tank 7"}, "From 3 to 40 small letters"),
    ({"id": "verra-projects"}, "Another format has it"),
    ({"version_before": True, "by": OTHER_DEVELOPER}, "Another format has it"),
    ({"version_before": True}, "This is what version 1 says"),
]


@pytest.mark.parametrize(("how", "sentence"), NOT_SAVED)
def test_a_name_that_cannot_be_used_is_refused(how: dict[str, Any], sentence: str) -> None:
    if how.get("version_before"):
        how = {**how, "version_before": saved()}
    with pytest.raises(Invalid) as refused:
        saved(**how)

    assert sentence in refused.value.faults[0].detail


def test_another_person_reviews_once_and_says_why_not() -> None:
    waiting = saved(by=VERIFIER)
    for actor in (DEVELOPER, VERIFIER):
        with pytest.raises(Forbidden):
            reviewed(waiting, is_accepted=True, note="", actor=actor, at=NOW)
    with pytest.raises(Invalid):
        reviewed(waiting, is_accepted=False, note=" ", actor=ADMINISTRATOR, at=NOW)

    accepted = reviewed(waiting, is_accepted=True, note="", actor=ADMINISTRATOR, at=NOW)

    assert accepted.serves(OTHER_DEVELOPER.id)
    with pytest.raises(Conflict):
        reviewed(accepted, is_accepted=False, note="No.", actor=ADMINISTRATOR, at=NOW)


def record(line: int, value: str) -> Record:
    return Record(OBSERVATION, line, 0, {"value": value}, (), f"{line}{value}")


def test_a_dry_run_tells_what_changes_what_is_added_and_what_is_lost() -> None:
    before = FileOutcome(3, [record(2, "1"), record(3, "2"), record(4, "3")], [])
    after = FileOutcome(3, [record(2, "1"), record(3, "20"), record(5, "4")], [])

    run = dry_run(before, after)

    assert (run.same, run.changed, run.added, run.lost) == (1, 1, 1, 1)
    assert [(one.line, one.fields) for one in run.changes] == [
        (3, ["value"]),
        (4, ["value"]),
        (5, ["value"]),
    ]
