"""Documents lead somewhere: to files that exist, to headings that exist, to every decision."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(document: Path) -> set[str]:
    """The headings as a page shows them in addresses."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_a_document_links_to_what_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    missing = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if "://" not in link and not (
            target.exists() and (not anchor or anchor in anchors(target))
        ):
            missing.append(link)

    assert missing == []


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    decisions = [path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")]

    assert decisions
    assert [name for name in decisions if f"({name})" not in index] == []


def test_make_knows_every_target_that_the_documents_name() -> None:
    text = "".join(document.read_text() for document in DOCUMENTS)
    targets = {name for line in re.findall(r"`make ([a-z -]+)", text) for name in line.split()}

    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert targets
    assert targets <= {line.split()[0] for line in helped.stdout.splitlines()}


def test_files_that_documents_name_exist() -> None:
    pattern = r"`((?:activities|adapters|api|deploy|devstack|docs|domain|migrations|tests|tools|workflows)/[\w./-]*)`"
    named = {
        (relative(document), name)
        for document in DOCUMENTS
        for name in re.findall(pattern, document.read_text())
    }

    assert named
    assert [(where, name) for where, name in sorted(named) if not (ROOT / name).exists()] == []
