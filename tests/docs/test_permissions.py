"""The page of permissions says what the tables say."""

from pathlib import Path

from domain.accounts.permissions import RESOURCES, TABLE, Permission, Relation
from tools.permissions_page import page, relation_meanings

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_make_permissions_would_write() -> None:
    assert (ROOT / "docs" / "permissions.md").read_text() == page()


def test_every_permission_is_somebodys_and_about_something() -> None:
    assert {rule.permission for rule in TABLE} == set(Permission) == set(RESOURCES)


def test_no_row_stands_there_twice_and_each_relation_is_explained() -> None:
    assert len(set(TABLE)) == len(TABLE)
    assert set(relation_meanings()) == {relation.value for relation in Relation}
