"""Results as Markdown for people and as JSON for programs."""

import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.measurement import Section

RESULTS = Path(__file__).parent / "RESULTS.md"
_PREFACE = (
    "Written by `make bench`; do not edit. Each number stands beside its ceiling, measured in the "
    "same run. Numbers are the median of the rounds, in brackets the least and the most."
)


def markdown(machine: Mapping[str, str], sections: Sequence[Section]) -> str:
    parts = [
        "# Measurements",
        _PREFACE,
        table(("", ""), [[f"**{name}**", value] for name, value in machine.items()]),
        *(section_markdown(section) for section in sections),
    ]
    return "\n\n".join(parts) + "\n"


def section_markdown(section: Section) -> str:
    return "\n\n".join(
        [
            f"## {section.title}",
            table(section.columns, section.rows),
            *section.remarks,
            inspect.cleandoc(section.method),
        ]
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A row that is shorter than the columns ends with empty cells."""
    width = len(columns)
    lines = [columns, ["---", *["---:"] * (width - 1)]]
    lines += [[*row, *[""] * (width - len(row))] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_json(path: Path, machine: Mapping[str, str], sections: Sequence[Section]) -> None:
    content = {"machine": dict(machine), "sections": [asdict(section) for section in sections]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")
