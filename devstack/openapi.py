"""
`make openapi`: write the HTTP API's contract to docs/openapi.yaml, where a diff shows its changes.

It is the document that the API serves at /api/openapi.json, with two differences that make it
shorter and the same on every machine: an error response that operations share stands once, under
`components/responses`, and name, version and server are the project's own, not the installation's.
"""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from adapters.settings import Settings
from api.app import create_app

_ROOT = Path(__file__).parents[1]
SNAPSHOT = _ROOT / "docs" / "openapi.yaml"


def snapshot() -> str:
    """The document as YAML with sorted keys, so that the order of routes and imports is no change."""
    document = create_app(Settings(log_level="ERROR")).openapi()
    # As JSON says it: strings and numbers alone, and nothing shared with the app.
    document = json.loads(json.dumps(document))
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    document["servers"] = [{"url": "/", "description": "The registry that is asked."}]
    document["info"] |= {"title": "Karbonica Registry", "version": project["version"]}
    _share_error_responses(document)
    return yaml.dump(document, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=100)


def write() -> None:
    SNAPSHOT.write_text(snapshot(), encoding="utf-8")


def _share_error_responses(document: dict[str, Any]) -> None:
    """Of each error status, the response that most operations have becomes a component."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    forms: dict[str, Counter[str]] = {}
    for operation in operations:
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                forms.setdefault(status, Counter())[json.dumps(response, sort_keys=True)] += 1
    shared: dict[str, Any] = document["components"].setdefault("responses", {})
    for status, counted in forms.items():
        # The number breaks no tie by chance: of two that are as frequent, the lesser text.
        most = min(counted, key=lambda form: (-counted[form], form))
        shared[f"Error{status}"] = json.loads(most)
        for operation in operations:
            if operation["responses"].get(status) == shared[f"Error{status}"]:
                operation["responses"][status] = {"$ref": f"#/components/responses/Error{status}"}


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's name and signature.
        """Anchors would come and go with what happens to be equal."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_Dumper.add_representer(str, _text)

if __name__ == "__main__":
    write()
