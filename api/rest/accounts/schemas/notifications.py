"""Notifications as JSON."""

from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.accounts.reads import NotificationView
from api.http.schema import ListLinks, ListMeta, Moment, ResponseSchema
from api.rest.accounts.examples.notifications import NOTIFICATION
from domain.accounts.notifications import NotificationKind


class NotificationResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [NOTIFICATION]})

    id: UUID
    kind: NotificationKind
    message: str
    link: str = Field(description="A path below the registry's public address.")
    read_at: Moment | None
    created_at: Moment


class NotificationListMeta(ListMeta):
    unread: int = Field(description="How many of all one's notifications are not read yet.")


class NotificationListResponse(ResponseSchema):
    """Part of the list, and where it goes on."""

    data: list[NotificationResponse]
    meta: NotificationListMeta
    links: ListLinks


def notification_response(view: NotificationView) -> NotificationResponse:
    return NotificationResponse(
        id=view.id,
        kind=view.kind,
        message=view.message,
        link=view.link,
        read_at=view.read_at,
        created_at=view.created_at,
    )
