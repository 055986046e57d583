"""Templates and styles: what a template is given is written in it, and no style is left over."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes
from jinja2.meta import find_referenced_templates, find_undeclared_variables

from api.pages.parts.assets import SHEETS, assets
from api.pages.parts.rendering import environment

API = Path(__file__).parents[3] / "api"
TEMPLATES = sorted((API / "templates").rglob("*.html"))
STYLES = sorted((API / "static" / "css").rglob("*.css"))
NAMES = [file.relative_to(API / "templates").as_posix() for file in TEMPLATES]


def source(name: str) -> str:
    return (API / "templates" / name).read_text()


def named(name: str) -> set[str]:
    """What a template's first comment names, and those of the templates that it extends."""
    comment = re.match(r"\{#-(.*?)-#\}", source(name), re.DOTALL)
    assert comment, f"{name} does not begin with a comment"
    above = environment().parse(source(name)).find_all(nodes.Extends)
    return set(re.findall(r"`(\w+)`", comment[1])).union(
        *(named(extended.template.as_const()) for extended in above)
    )


def made(name: str) -> Iterator[str]:
    """What a template makes itself: its imports, its macros, and what it sets."""
    tree = environment().parse(source(name))
    yield from (found.target for found in tree.find_all(nodes.Import))
    yield from (found.name for found in tree.find_all(nodes.Macro))
    for found in tree.find_all(nodes.Assign):
        yield from (target.name for target in found.find_all(nodes.Name) if target.ctx == "store")


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_what_it_is_given(name: str) -> None:
    read = find_undeclared_variables(environment().parse(source(name)))

    assert read - named(name) - set(made(name)) - environment().globals.keys() == set()


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_takes_from_others_is_there(name: str) -> None:
    assert set(find_referenced_templates(environment().parse(source(name)))) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_short_enough_to_be_read(name: str) -> None:
    assert source(name).count("\n") <= 150


def test_every_style_is_in_one_sheet_once() -> None:
    in_sheets = [f"{part}.css" for parts in SHEETS.values() for part in parts]
    written = [file.relative_to(API / "static" / "css").as_posix() for file in STYLES]

    assert sorted(in_sheets) == written


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_holds_its_styles_in_the_order_of_the_cascade(sheet: str) -> None:
    body = assets()[sheet].body.decode()
    headings = [
        (API / "static" / "css" / f"{part}.css").read_text().partition("\n")[0]
        for part in SHEETS[sheet]
    ]

    assert re.findall("|".join(map(re.escape, headings)), body) == headings


def test_every_class_with_a_style_is_used() -> None:
    """In a template, in a script, or after a prefix there: `badge-{{ status | tone }}`."""
    scripts = [API / "static" / "registry.js", API / "static" / "offline" / "page.mjs"]
    pages = "\n".join(file.read_text() for file in [*TEMPLATES, *scripts])
    styles = re.sub(r"/\*.*?\*/", "", "\n".join(map(Path.read_text, STYLES)), flags=re.DOTALL)
    styled = {
        name
        for selectors in re.findall(r"([^{};]+)\{", styles)
        for name in re.findall(r"\.([a-z][\w-]*)", selectors)
    }
    quoted = " ".join(re.findall(r'"([^"]*)"', pages))
    used = set(re.findall(r"[a-z][\w-]*", quoted))
    prefixes = tuple(re.findall(r"([a-z][\w-]*-)\{\{", quoted))

    assert len(styled) > len(SHEETS["site.css"])
    assert [one for one in styled if one not in used and not one.startswith(prefixes)] == []
