"""What a file that was sent in the place of another one mended, left, and brought anew."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.ingestion.issues import IssueRule, Severity


@dataclass(frozen=True)
class GroupChange:
    """
    Lines with one rule's issues in one column, of both files.

    They are matched by rule, column and row key (domain.ingestion.follow_up.row_keys), so that a row that
    moved is the same row. Where one of the files has them as one grouped issue, only their numbers are
    compared.
    """

    rule: IssueRule
    severity: Severity
    column: str | None
    fixed: int
    left: int
    new: int


@dataclass(frozen=True)
class Comparison:
    changes: tuple[GroupChange, ...]

    @property
    def fixed(self) -> int:
        return sum(change.fixed for change in self.changes)

    @property
    def left(self) -> int:
        return sum(change.left for change in self.changes)

    @property
    def new(self) -> int:
        return sum(change.new for change in self.changes)


def compared(changes: Iterable[GroupChange]) -> Comparison:
    """Errors first, then what concerns most lines."""
    order = sorted(
        changes,
        key=lambda one: (
            one.severity is not Severity.ERROR,
            -(one.fixed + one.left + one.new),
            one.rule.value,
            one.column or "",
        ),
    )
    return Comparison(tuple(order))
