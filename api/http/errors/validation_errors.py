"""Validation errors as sentences, each with the place in the request that it speaks of."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic.alias_generators import to_camel

from api.http import fields
from api.http.errors.problem import Code, Problem, Source, SourceKind
from api.http.fields import noun

_SENTENCES: dict[str, str] = {
    fields.SENTENCE: "{message}",
    fields.TOO_LARGE: "{message}",
    "missing": "{name} is required",
    "extra_forbidden": "“{field}” is not a field of this request",
    "enum": "{name} must be one of {expected}",
    "literal_error": "{name} must be one of {expected}",
    "string_type": "{name} must be text",
    "string_unicode": "{name} must be text",
    "int_type": "{name} must be a whole number",
    "int_parsing": "{name} must be a whole number",
    "int_parsing_size": "{name} must be a whole number",
    "int_from_float": "{name} must be a whole number",
    "bool_type": "{name} must be true or false",
    "bool_parsing": "{name} must be true or false",
    "uuid_type": "{name} must be a UUID",
    "uuid_parsing": "{name} must be a UUID",
    "greater_than_equal": "{name} must be at least {ge}",
    "less_than_equal": "{name} must be at most {le}",
    "model_type": "{name} must be a JSON object",
    "model_attributes_type": "{name} must be a JSON object",
    "dict_type": "{name} must be a JSON object",
    "string_too_long": "{name} must not be longer than {max_length} characters",
    "string_too_short": "{name} must not be empty",
    "list_type": "{name} must be a list",
    "too_short": "{name} must have at least {min_length}",
    "too_long": "{name} must have at most {max_length}",
}
"""What pydantic calls a fault, and what we say of it."""

_PARAMETER_KINDS: dict[str, SourceKind] = {
    "query": "parameter",
    "path": "parameter",
    "header": "header",
    "cookie": "header",
}


def validation_problems(error: RequestValidationError) -> list[Problem]:
    """Every fault of a request, in the order of its fields; never an empty list."""
    return [_problem(one) for fault in error.errors() for one in _each(fault)]


def pointer(steps: Sequence[str | int]) -> str:
    """RFC 6901: ("coordinates", "latitude") → "/coordinates/latitude"."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _each(fault: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The faults that one error of pydantic's stands for: nearly always itself."""
    if fault["type"] != fields.SENTENCES:
        return [fault]
    sentences = fault["ctx"]["sentences"]
    return [{**fault, "type": fields.SENTENCE, "msg": sentence} for sentence in sentences]


def _problem(fault: Mapping[str, Any]) -> Problem:
    place, *steps = fault["loc"]
    if place == "body":
        return _body_problem(fault, steps)
    name = str(steps[0]) if steps else str(place)
    return Problem(
        Code.VALIDATION_ERROR,
        _sentence(fault, noun(name)),
        Source(_PARAMETER_KINDS[place], name),
    )


def _body_problem(fault: Mapping[str, Any], steps: Sequence[str | int]) -> Problem:
    if fault["type"] == "json_invalid":
        reason = fault["ctx"]["error"]
        return Problem(
            Code.VALIDATION_ERROR,
            f"The body is not JSON: {reason} at character {steps[0]}.",
            Source("pointer", ""),
        )
    if fault["type"] == fields.SENTENCE:
        # A fault of a field that was left out is told by its name inside.
        steps = [to_camel(step) if isinstance(step, str) else step for step in steps]
    code = Code.PAYLOAD_TOO_LARGE if fault["type"] == fields.TOO_LARGE else Code.VALIDATION_ERROR
    name = noun(str(steps[-1])) if steps else "The body"
    return Problem(code, _sentence(fault, name), Source("pointer", pointer(steps)))


def _sentence(fault: Mapping[str, Any], name: str) -> str:
    """Say what is wrong in a sentence that begins with the field's name."""
    template = _SENTENCES.get(fault["type"])
    if template is None:
        message = str(fault["msg"])
        return f"{name} is not valid: {message[:1].lower()}{message[1:]}"
    return template.format(
        name=name, field=fault["loc"][-1], message=fault["msg"], **fault.get("ctx", {})
    )
