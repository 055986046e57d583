"""How somebody is notified, as JSON."""

from typing import Annotated

from pydantic import ConfigDict, Field

from api.http.fields import Text, WholeNumber
from api.http.schema import RequestSchema, ResponseSchema
from api.rest.accounts.examples.notifications import PREFERENCES, PREFERENCES_SENT
from domain.accounts.notices.kinds import NoticeChannel, NoticeTopic, kinds_told
from domain.accounts.notices.preferences import NotificationPreferences
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Role

ZONE_LENGTH_MAX = 64


class ChosenChannel(RequestSchema):
    kind: NotificationKind
    channel: NoticeChannel


class NotificationPreferencesRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [PREFERENCES_SENT]})

    time_zone: Annotated[str, Text(ZONE_LENGTH_MAX)] = Field(
        description="A name of the IANA database, as `Europe/Warsaw`."
    )
    digest_hour: Annotated[int, WholeNumber(0, 23)] = Field(
        description="From which hour of that zone on the digest comes."
    )
    preferences: list[ChosenChannel] = Field(max_length=len(NotificationKind))


class NotificationPreference(ResponseSchema):
    kind: NotificationKind
    title: str
    topic: NoticeTopic
    channel: NoticeChannel = Field(
        description="`mail` and `digest` show it in the app too; `none`: not even there."
    )
    mandatory: bool = Field(description="Always mailed at once.")


class NotificationPreferencesResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [PREFERENCES]})

    time_zone: str
    digest_hour: int
    preferences: list[NotificationPreference]


def preferences_response(
    chosen: NotificationPreferences, role: Role
) -> NotificationPreferencesResponse:
    """The kinds that somebody of this role can get."""
    return NotificationPreferencesResponse(
        time_zone=chosen.time_zone,
        digest_hour=chosen.digest_hour,
        preferences=[
            NotificationPreference(
                kind=kind,
                title=notice.title,
                topic=notice.topic,
                channel=chosen.channel(kind),
                mandatory=notice.mandatory,
            )
            for kind, notice in kinds_told(role).items()
        ],
    )
