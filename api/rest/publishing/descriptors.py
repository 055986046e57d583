"""What is published, described for other people's tools: a Frictionless data package and a DCAT record."""

from collections.abc import Mapping
from typing import Any

from adapters.postgres.publishing.open_data_columns import SOURCES, Column, Kind
from domain.publishing.open_data import LINE_FORMATS, MEDIA_TYPES, Dataset, FileFormat, file_name

_FIELD_TYPES: dict[Kind, dict[str, str]] = {
    Kind.DECIMAL: {"type": "number"},
    Kind.MOMENT: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"},
    Kind.DAY: {"type": "date"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
}
_KEYS: dict[Dataset, dict[str, Any]] = {
    Dataset.PROJECTS: {"primaryKey": ["id"]},
    Dataset.CREDITS: {
        "primaryKey": ["serial"],
        "foreignKeys": [
            {"fields": ["projectId"], "reference": {"resource": "projects", "fields": ["id"]}},
            {"fields": ["parentSerial"], "reference": {"resource": "", "fields": ["serial"]}},
        ],
    },
    Dataset.RETIREMENTS: {
        "primaryKey": ["id", "serial"],
        "foreignKeys": [
            {"fields": ["projectId"], "reference": {"resource": "projects", "fields": ["id"]}},
            {"fields": ["serial"], "reference": {"resource": "credits", "fields": ["serial"]}},
        ],
    },
}
_TITLES = {
    Dataset.PROJECTS: "Projects",
    Dataset.CREDITS: "Credit entries",
    Dataset.RETIREMENTS: "Retirements",
}
_DCAT_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_IANA = "https://www.iana.org/assignments/media-types/"


def data_package(
    manifest: Mapping[str, Any], *, registry_name: str, public_url: str
) -> dict[str, Any]:
    """
    A Frictionless data package of a manifest's files, with a table schema for each CSV.

    Source: Data Package 1.0 and Table Schema (specs.frictionlessdata.io).
    """
    files = {file["name"]: file for file in manifest["files"]}
    return {
        "profile": "data-package",
        "name": "carbon-credit-registry",
        "id": manifest["exportId"],
        "title": f"Open data of {registry_name}",
        "homepage": f"{public_url}/open-data",
        "created": manifest["generatedAt"],
        "version": manifest["generatedAt"][:10],
        "resources": [
            _resource(files[file_name(dataset, format)], dataset, format, public_url)
            for dataset in Dataset
            for format in FileFormat
            # What was published before there was Parquet has none.
            if file_name(dataset, format) in files
        ],
    }


def catalog_record(
    manifest: Mapping[str, Any], *, registry_name: str, operator_name: str, public_url: str
) -> dict[str, Any]:
    """
    A DCAT dataset in JSON-LD: who publishes it, and each file as a distribution with its checksum.

    Source: W3C Data Catalog Vocabulary 3.
    """
    return {
        "@context": _DCAT_CONTEXT,
        "@id": f"{public_url}/open-data",
        "@type": "dcat:Dataset",
        "dcterms:identifier": manifest["exportId"],
        "dcterms:title": f"Open data of {registry_name}",
        "dcterms:description": "Projects, credit entries and retirements of a carbon-credit registry.",
        "dcterms:issued": {"@type": "xsd:dateTime", "@value": manifest["generatedAt"]},
        "dcterms:accrualPeriodicity": {
            "@id": "http://publications.europa.eu/resource/authority/frequency/DAILY"
        },
        "dcterms:publisher": {"@type": "foaf:Agent", "foaf:name": operator_name},
        "dcat:keyword": ["carbon credits", "retirements", "carbon removal", "registry"],
        "dcat:landingPage": {"@id": f"{public_url}/open-data"},
        "dcat:distribution": [_distribution(file, public_url) for file in manifest["files"]],
    }


def _resource(
    file: Mapping[str, Any], dataset: Dataset, format: FileFormat, public_url: str
) -> dict[str, Any]:
    is_csv = format is FileFormat.CSV
    described: dict[str, Any] = {
        # Names of resources are unique; the tables that keys refer to are the CSV files.
        "name": dataset.value if is_csv else f"{dataset}-{format}",
        "title": _TITLES[dataset],
        "path": f"{public_url}{file['path']}",
        "format": format.value,
        "mediatype": MEDIA_TYPES[format].partition(";")[0],
        **({"encoding": "utf-8"} if format in LINE_FORMATS else {}),
        "bytes": file["bytes"],
        "hash": f"sha256:{file['sha256']}",
    }
    if is_csv:
        described["profile"] = "tabular-data-resource"
        described["dialect"] = {"delimiter": ",", "lineTerminator": "\r\n", "header": True}
        described["schema"] = {
            "fields": [_field(column) for column in SOURCES[dataset].columns],
            "missingValues": [""],
            **_KEYS[dataset],
        }
    return described


def _field(column: Column) -> dict[str, str]:
    return {
        "name": column.name,
        **_FIELD_TYPES.get(column.kind, {"type": "string"}),
        "description": column.meaning,
    }


def _distribution(file: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    format = FileFormat(file["name"].rpartition(".")[2])
    return {
        "@type": "dcat:Distribution",
        "dcterms:title": file["name"],
        "dcat:downloadURL": {"@id": f"{public_url}{file['path']}"},
        "dcat:mediaType": {"@id": _IANA + MEDIA_TYPES[format].partition(";")[0]},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file["bytes"])},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file["sha256"]},
        },
    }
