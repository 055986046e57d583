"""The open data, described; of the six files one each."""

from typing import Any

from api.http.documentation.examples_facts import Example
from api.rest.publishing.descriptors import catalog_record, data_package
from api.rest.publishing.examples.open_data import EXPORT_ID, MANIFEST
from domain.publishing.open_data import Dataset, FileFormat, file_name

_REGISTRY_NAME = "Karbonica Registry"
_PUBLIC_URL = "https://registry.karbonica.example"


def _file(name: str) -> Example:
    path = f"/api/v1/registry/export/archive/{EXPORT_ID}/{name}"
    shown: dict[str, Any] = MANIFEST["files"][0]
    return {**shown, "name": name, "path": path}


def _package() -> Example:
    files = [_file(file_name(dataset, format)) for dataset in Dataset for format in FileFormat]
    whole = data_package(
        {**MANIFEST, "files": files}, registry_name=_REGISTRY_NAME, public_url=_PUBLIC_URL
    )
    # The projects refer to no other table, and so are a whole package by themselves.
    projects = [one for one in whole["resources"] if one["name"] == Dataset.PROJECTS.value]
    return {**whole, "resources": projects}


DATA_PACKAGE: Example = _package()

CATALOG_RECORD: Example = catalog_record(
    MANIFEST,
    registry_name=_REGISTRY_NAME,
    operator_name="Karbonica Registry Operator",
    public_url=_PUBLIC_URL,
)
