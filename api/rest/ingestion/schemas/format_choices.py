"""What somebody sends of a format that they make: a sample, and what its columns are."""

from typing import Annotated

from pydantic import Base64Bytes, ConfigDict, Field

from adapters.postgres.ingestion.format_reads import FormatDraft
from api.http.fields import Text
from api.http.schema import RequestSchema
from api.rest.ingestion.examples.drafts import CHOICES, COLUMN, DRAFT_SENT
from domain.errors import Fault, Invalid
from domain.ingestion.cells.dates import ISO
from domain.ingestion.mapping.choices import (
    DATE_PATTERNS,
    IGNORED,
    ColumnChoice,
    MappingChoices,
    choices_from,
)
from domain.ingestion.model import MODEL, IngestedKind
from domain.ingestion.submissions import FILE_NAME_CHARACTERS_MAX
from domain.ingestion.values import NumberStyle

COLUMNS_MAX = 200
_TEXT = 200


class FormatDraftRequest(RequestSchema):
    """A sample: header and some rows of a file as they come."""

    model_config = ConfigDict(json_schema_extra={"examples": [DRAFT_SENT]})

    kind: IngestedKind = Field(description="What a row of the file is.")
    file_name: Annotated[str, Text(FILE_NAME_CHARACTERS_MAX)]
    content: Base64Bytes = Field(description="Base64; 900 kB of file at most.")


class ColumnChoiceShape(RequestSchema):
    """
    What one column is: `field` of the model, or empty for nothing.

    `unit`, `numbers`, `dates` and `zone` say how it is written; `quantity` what a measured value is of.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [COLUMN]})

    column: Annotated[str, Text(_TEXT)]
    field: Annotated[str, Text(50, shortest=0)] = IGNORED
    unit: Annotated[str, Text(30, shortest=0)] = ""
    quantity: Annotated[str, Text(_TEXT, shortest=0)] = ""
    numbers: NumberStyle = NumberStyle.PLAIN
    dates: Annotated[str, Text(30)] = Field(default=ISO, description="As `strptime` reads them.")
    zone: Annotated[str, Text(50, shortest=0)] = ""


class FormatChoicesRequest(RequestSchema):
    """All that is chosen; columns that are not named are left out of what is read."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHOICES]})

    title: Annotated[str, Text(_TEXT, shortest=0)] = ""
    description: Annotated[str, Text(1000, shortest=0, lines=True)] = ""
    columns: Annotated[list[ColumnChoiceShape], Field(max_length=COLUMNS_MAX)]
    constants: dict[str, Annotated[str, Text(_TEXT)]] = Field(
        default_factory=dict, description="Values by the names of fields that no column has."
    )
    missing: Annotated[list[Annotated[str, Text(50)]], Field(max_length=20)] = Field(
        default_factory=list, description="Words that stand for an empty cell."
    )
    interval_seconds: Annotated[int, Field(strict=True, ge=1, le=99_999_999)] | None = None

    def choices(self, draft: FormatDraft) -> MappingChoices:
        """
        In the order of the sample's columns.

        Raises:
            Invalid: a column, field or way of writing is not there; all faults at once.
        """
        before = choices_from(draft.choices)
        fields = {field.name for field in MODEL[before.kind].fields}
        known = {one.column: one for one in before.columns}
        faults = [*self._faults(known, fields)]
        if faults:
            raise Invalid("What was chosen cannot be meant.", *faults)
        named = {one.column: ColumnChoice(**one.model_dump()) for one in self.columns}
        return MappingChoices(
            before.kind,
            title=self.title,
            description=self.description,
            columns=tuple(
                named.get(name, ColumnChoice(name, unit=one.unit)) for name, one in known.items()
            ),
            constants=self.constants,
            missing=tuple(self.missing),
            interval_seconds=self.interval_seconds,
        )

    def _faults(self, known: dict[str, ColumnChoice], fields: set[str]) -> list[Fault]:
        faults = []
        for place, one in enumerate(self.columns):
            if one.column not in known:
                faults.append(Fault(f"/columns/{place}/column", "The sample has no such column."))
            if one.field and one.field not in fields:
                faults.append(Fault(f"/columns/{place}/field", "The model has no such field."))
            if one.dates not in DATE_PATTERNS:
                ways = ", ".join(DATE_PATTERNS)
                faults.append(Fault(f"/columns/{place}/dates", f"One of these: {ways}."))
            if sum(other.column == one.column for other in self.columns) > 1:
                faults.append(Fault(f"/columns/{place}/column", "It is chosen for twice."))
        faults += [
            Fault(f"/constants/{name}", "The model has no such field.")
            for name in self.constants
            if name not in fields
        ]
        return faults
