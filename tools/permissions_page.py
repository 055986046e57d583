"""
Write docs/permissions.md from the table of permissions and the table of routes.

    python -m tools.permissions_page            write the page
    python -m tools.permissions_page --print    print it instead
"""

import argparse
import sys
from itertools import groupby
from pathlib import Path

from api.http.identity.routes import ROUTES, RouteRule
from domain.accounts.permissions import RESOURCES, TABLE, PermissionRule, Relation, Role

PAGE = Path(__file__).parents[1] / "docs" / "permissions.md"
HEAD = """\
# Permissions

Who may do what to what. A row lets a role that stands in a relation to a thing do one thing to it; what no row allows is
denied. Calls, pages and queries all ask this table ([ADR 0066](adr/0066-one-table-of-permissions.md)).

`make permissions` writes this page from `domain/accounts/permissions.py` and `api/http/identity/routes.py`; a test holds them
together, and another one walks every route as every role and relation and compares the answers with it.
"""
ROUTES_HEAD = """\
## Routes

Below `/api/v1`. Without an account, whatever not everybody may is answered 401. Who may not see what a route is about is
answered 404, as if it were not there; who sees it and may still not do that, 403. *Listed* is what shows everybody with an
account what they may see, and nothing else. No API key makes a call that names no scope.
"""
EVERYBODY = "everybody"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.permissions_page", description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args().print:
        sys.stdout.write(page())
    else:
        PAGE.write_text(page())
    return 0


def page() -> str:
    return "\n".join(
        [
            HEAD,
            "| relation | is |\n|---|---|",
            *(f"| {name} | {meaning} |" for name, meaning in relation_meanings().items()),
            "",
            "| role | relation | resource | action | condition |\n|---|---|---|---|---|",
            *_rules(),
            "",
            ROUTES_HEAD,
            "| route | does | to those who may | scope of a key |\n|---|---|---|---|",
            *(_route(route, rule) for route, rule in sorted(ROUTES.items(), key=_by_path)),
            "",
        ]
    )


def relation_meanings() -> dict[str, str]:
    """What the docstring of the relations says of each, a line for each."""
    lines = (line.strip() for line in (Relation.__doc__ or "").splitlines())
    found = dict(line.split("  ", 1) for line in lines if "  " in line)
    return {name: meaning.strip() for name, meaning in found.items()}


def _rules() -> list[str]:
    rows = []
    for _, rules in groupby(
        TABLE, key=lambda rule: (rule.permission, rule.relation, rule.condition)
    ):
        same = list(rules)
        rows.append(_row(same))
    return rows


def _row(same: list[PermissionRule]) -> str:
    rule = same[0]
    roles = {one.role for one in same}
    named = "every role" if roles == set(Role) else ", ".join(one.role or EVERYBODY for one in same)
    resource = RESOURCES[rule.permission]
    return (
        f"| {named} | {rule.relation} | {resource} | {rule.permission} | {rule.condition or ''} |"
    )


def _by_path(item: tuple[str, RouteRule]) -> tuple[str, str]:
    method, _, path = item[0].partition(" ")
    return path, method


def _route(route: str, rule: RouteRule) -> str:
    shown = "listed" if rule.lists else (rule.sees or "")
    scope = f"`{rule.scope}`" if rule.scope else ""
    return f"| `{route}` | {rule.permission} | {shown} | {scope} |"


if __name__ == "__main__":
    sys.exit(main())
