"""One record out of one row: each field by its rule, and what the row says twice compared."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from domain.ingestion.areas import area
from domain.ingestion.cells.contradictions import contradictions, integral
from domain.ingestion.cells.dates import day, moment
from domain.ingestion.formats import FieldRule, Format, RecordRule
from domain.ingestion.issues import Issue, IssueRule, Severity, shown
from domain.ingestion.model import FieldType
from domain.ingestion.serials import SerialRange, read_serials
from domain.ingestion.units import converted, is_known
from domain.ingestion.values import (
    Cell,
    CellFault,
    Value,
    formula_fault,
    number,
    number_and_unit,
)

TEXT_CHARACTERS_MAX = 10_000
SMALLEST = Decimal("0.000000001")


class RowReading:
    """Reads one record; `issues` are what was found on the way, all of them."""

    def __init__(
        self,
        format: Format,
        rule: RecordRule,
        cells: Mapping[str, Cell],
        header_units: Mapping[str, str],
        line: int,
        sheet: str | None,
    ) -> None:
        self._format = format
        self._rule = rule
        self._cells = cells
        self._header_units = header_units
        self._line = line
        self._sheet = sheet
        self._ranges: list[SerialRange] = []
        self.issues: list[Issue] = []

    @property
    def has_errors(self) -> bool:
        return any(issue.severity is Severity.ERROR for issue in self.issues)

    def read(self) -> tuple[dict[str, Value], tuple[SerialRange, ...]]:
        """The values by the names of the model's fields; only meaningful without errors."""
        values: dict[str, Value] = {}
        for rule in self._rule.serials_first:
            cell = self._cell(rule)
            if cell is None:
                if rule.target.required:
                    self._tell(
                        CellFault(IssueRule.REQUIRED, f"“{rule.target.name}” must not be empty."),
                        rule.column,
                        None,
                    )
                continue
            value = formula_fault(cell) or self._value(rule, cell)
            if isinstance(value, CellFault):
                self._tell(value, rule.column, cell)
            else:
                values[rule.target.name] = value
        self.issues += (
            self._issue(found.fault.rule, found.fault.advice, found.column, found.value)
            for found in contradictions(self._rule, self._cells, values, self._ranges)
        )
        return values, tuple(self._ranges)

    def _cell(self, rule: FieldRule) -> Cell:
        """What stands in for the field; None when it is missing."""
        if rule.constant is not None:
            return rule.constant
        if rule.serial_group is not None:
            groups = self._ranges[0].groups if self._ranges else {}
            return groups.get(rule.serial_group)
        if rule.header_unit is not None:
            return self._header_units.get(rule.header_unit) or None
        return self._cell_of_column(rule)

    def _cell_of_column(self, rule: FieldRule) -> Cell:
        cell = self._cells.get(rule.column or "")
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        if isinstance(cell, str) and cell.strip() in self._format.missing:
            return None
        if rule.join is not None:
            return f"{cell} {self._cells.get(rule.join)}"
        if rule.part is not None:
            parts = str(cell).split(" / ")
            return parts[rule.part - 1] if len(parts) >= rule.part else cell
        return cell

    def _value(self, rule: FieldRule, cell: Cell) -> Value | CellFault:  # noqa: C901, PLR0911 -- one for each type
        target = rule.target
        match target.type:
            case FieldType.SERIALS:
                return self._serials(cell)
            case FieldType.DATE:
                read = day(cell, rule.dates)
                return read if isinstance(read, CellFault) else self._dated(rule, read)
            case FieldType.MOMENT:
                at = moment(cell, rule.dates, rule.zone)
                if isinstance(at, CellFault):
                    return at
                plausible = self._dated(rule, at)
                return plausible if isinstance(plausible, CellFault) else at
            case FieldType.INTEGER:
                whole = number(cell, rule.numbers)
                if isinstance(whole, CellFault):
                    return whole
                if whole != whole.to_integral_value():
                    return CellFault(IssueRule.NUMBER, "This must be a whole number.")
                bounded = self._bounded(rule, whole)
                return bounded if isinstance(bounded, CellFault) else int(bounded)
            case FieldType.NUMBER:
                return self._number(rule, cell)
            case FieldType.TEXT:
                return self._text(rule, cell)
            case FieldType.GEOMETRY:
                return area(cell)

    def _text(self, rule: FieldRule, cell: Cell) -> str | CellFault:
        text = str(integral(cell) if isinstance(cell, float) else cell).strip()
        if len(text) > TEXT_CHARACTERS_MAX:
            return CellFault(
                IssueRule.RANGE, f"A text has {TEXT_CHARACTERS_MAX} characters at most."
            )
        if rule.target.name == "projectId" and text.endswith(".0") and text[:-2].isdigit():
            text = text[:-2]
        text = rule.values.get(text, text)
        if rule.target.choices and text not in rule.target.choices:
            known = ", ".join([*rule.values, *rule.target.choices])
            return CellFault(IssueRule.UNKNOWN_VALUE, f"This must be one of: {known}.")
        if rule.target.name == "unit" and not is_known(text):
            return CellFault(
                IssueRule.UNIT,
                "This unit is not known. Name it as in UCUM or SI; a pH needs its scale: pH_T,"
                " pH_F or pH_NBS.",
            )
        return f"{rule.prefix}{text}"

    def _number(self, rule: FieldRule, cell: Cell) -> Decimal | CellFault:
        unit = rule.unit
        if rule.unit_behind:
            both = number_and_unit(cell, rule.numbers)
            if isinstance(both, CellFault):
                return both
            value, behind = both
            unit = behind or unit
        else:
            plain = number(cell, rule.numbers)
            if isinstance(plain, CellFault):
                return plain
            value = plain
        if rule.unit_column is not None:
            unit = str(self._cells.get(rule.unit_column) or "").strip() or None
        if rule.unit_from_header:
            unit = str(self._header_units.get(rule.column or "") or "").strip() or None
        target = rule.target.unit
        if target is not None:
            if unit is None:
                return CellFault(IssueRule.UNIT, f"No unit is given, and {target} is not assumed.")
            changed = converted(value, unit, target)
            if changed is None:
                return CellFault(
                    IssueRule.UNIT,
                    f"“{unit}” cannot be converted to {target}: they do not measure the same, or"
                    " it is not known.",
                )
            value = changed
        return self._bounded(rule, value)

    def _bounded(self, rule: FieldRule, value: Decimal) -> Decimal | CellFault:
        low, high = rule.target.minimum, rule.target.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            return CellFault(IssueRule.RANGE, f"This must be {_between(low, high)}.")
        if abs(value) >= Decimal(10) ** 18:
            return CellFault(IssueRule.RANGE, "This number is too large to be true.")
        return value.quantize(SMALLEST).normalize() if value % SMALLEST else value

    def _dated(self, rule: FieldRule, read: date) -> date | CellFault:
        low, high = rule.target.minimum, rule.target.maximum
        if (low is not None and read.year < low) or (high is not None and read.year > high):
            return CellFault(
                IssueRule.RANGE,
                f"The year {read.year} cannot be right here. A spreadsheet may have made a date of"
                " a time or a number.",
            )
        return read

    def _serials(self, cell: Cell) -> str | CellFault:
        read = read_serials(cell, self._format.serials)
        if isinstance(read, CellFault):
            return read
        self._ranges = read
        if self._rule.range_columns and len(read) == 1:
            first, last = (integral(self._cells.get(one)) for one in self._rule.range_columns)
            if first is None or last is None or first > last:
                return CellFault(IssueRule.SERIAL, "The columns of its range hold no range.")
            only = read[0]
            self._ranges = [
                SerialRange(only.text, only.block, int(first), int(last), only.groups, only.grammar)
            ]
        return "; ".join(one.text for one in read)

    def _tell(self, fault: CellFault, column: str | None, cell: Cell) -> None:
        self.issues.append(self._issue(fault.rule, fault.advice, column, cell))

    def _issue(self, rule: IssueRule, advice: str, column: str | None, value: object) -> Issue:
        return Issue(
            rule,
            Severity.ERROR,
            advice,
            line=self._line,
            column=column,
            value=None if value is None else shown(value),
            sheet=self._sheet,
        )


def _between(low: Decimal | None, high: Decimal | None) -> str:
    if low is None:
        return f"{high} at most"
    return f"{low} or more" if high is None else f"from {low} to {high}"
