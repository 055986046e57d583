"""The search attributes that workflows carry, registered like any other schema (notes: 4.6)."""

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client

KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
BOOL = IndexedValueType.INDEXED_VALUE_TYPE_BOOL
DATETIME = IndexedValueType.INDEXED_VALUE_TYPE_DATETIME

SEARCH_ATTRIBUTES = {
    "RegKind": KEYWORD,
    "RegStatus": KEYWORD,
    "RegProjectId": KEYWORD,
    "RegOrganisationId": KEYWORD,
    "RegFound": BOOL,
    "RegWaitingSince": DATETIME,
}


async def register_search_attributes(client: Client) -> None:
    """Add those that the namespace does not have yet; safe to run again."""
    service = client.operator_service
    present = await service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {
        name: kind
        for name, kind in SEARCH_ATTRIBUTES.items()
        if name not in present.custom_attributes
    }
    if missing:
        await service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
