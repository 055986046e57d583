"""
Nulls in examples: the framework leaves them out with every null of the document, and they belong there.

A field that is required and may be null is answered as null; an example without it would not fit its schema.
"""

from typing import Any

Schema = dict[str, Any]

_SAYS_WHAT = {"type", "anyOf", "$ref", "enum", "const"}
"""A schema with none of these takes anything."""


def restore_nulls(document: dict[str, Any]) -> None:
    """Put them back, in place, into the examples of schemas and of what is sent and answered."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [_restored(one, schema, schemas) for one in schema["examples"]]
    for methods in document["paths"].values():
        for operation in methods.values():
            for told in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in told.get("content", {}).values():
                    _restore_in(content, schemas)


def _restore_in(content: dict[str, Any], schemas: dict[str, Schema]) -> None:
    schema = content.get("schema", {})
    if "example" in content:
        content["example"] = _restored(content["example"], schema, schemas)
    for named in content.get("examples", {}).values():
        named["value"] = _restored(named["value"], schema, schemas)


def _restored(value: Any, schema: Schema, schemas: dict[str, Schema]) -> Any:
    schema = _form_of(value, schema, schemas)
    if isinstance(value, list):
        return [_restored(item, schema.get("items", {}), schemas) for item in value]
    if not isinstance(value, dict):
        return value
    fields: dict[str, Schema] = schema.get("properties", {})
    found = {name: _restored(item, fields.get(name, {}), schemas) for name, item in value.items()}
    missing = [name for name in schema.get("required", ()) if name not in found]
    return found | {name: None for name in missing if _may_be_null(fields[name])}


def _form_of(value: Any, schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """The schema without references; of several forms, the first with all the fields that the value has."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    forms = [_form_of(value, one, schemas) for one in schema.get("anyOf", ())]
    if isinstance(value, dict):
        forms = [one for one in forms if value.keys() <= one.get("properties", {}).keys()]
    elif isinstance(value, list):
        forms = [one for one in forms if "items" in one]
    return forms[0] if forms else schema


def _may_be_null(schema: Schema) -> bool:
    if not schema.keys() & _SAYS_WHAT:
        return True
    return schema.get("type") == "null" or any(map(_may_be_null, schema.get("anyOf", ())))
