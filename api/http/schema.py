"""What all shapes of the HTTP contract share: camelCase outside, and quantities as decimal strings."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from domain.quantities import format_tonnes

Item = TypeVar("Item")


class ResponseSchema(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, frozen=True
    )


class RequestSchema(BaseModel):
    """Something that is sent. A field that is not known is an error rather than a surprise."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class Data(ResponseSchema, Generic[Item]):
    """One thing."""

    data: Item


class ListMeta(ResponseSchema):
    limit: int
    next_cursor: str | None = Field(description="Null at the end of the list.")


class ListLinks(ResponseSchema):
    next: str | None


class DataList(ResponseSchema, Generic[Item]):
    """Part of a list, and where it goes on."""

    data: list[Item]
    meta: ListMeta
    links: ListLinks


Tonnes = Annotated[
    int,
    PlainSerializer(format_tonnes, return_type=str),
    WithJsonSchema({"type": "string", "description": "Tonnes of CO2e with two decimals."}),
]
"""Units of 0.01 t inside, a decimal string outside."""

Moment = Annotated[datetime, WithJsonSchema({"type": "string", "format": "date-time"})]
