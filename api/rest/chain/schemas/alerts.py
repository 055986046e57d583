"""Alerts as JSON."""

from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.schema import Moment, ResponseSchema
from api.rest.chain.examples.alerts import ALERT
from domain.chain.alerts import Alert, AlertKind


class AlertResponse(ResponseSchema):
    """A condition that somebody must know of, from when it began until it ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [ALERT]})

    id: UUID
    kind: AlertKind
    subject: str = Field(
        description="The wallet, transaction, record or network it is about, or the ledger."
    )
    sentence: str = Field(description="How it stands, or how it stood when it ended.")
    raised_at: Moment
    cleared_at: Moment | None = Field(description="Null as long as the condition holds.")


def alert_response(alert: Alert) -> AlertResponse:
    return AlertResponse(
        id=alert.id,
        kind=alert.kind,
        subject=alert.subject,
        sentence=alert.sentence,
        raised_at=alert.raised_at,
        cleared_at=alert.cleared_at,
    )
