"""The days that credits were issued for, as JSON."""

from datetime import date

from pydantic import Field

from api.http.schema import ResponseSchema
from domain.projects.verification import MonitoringPeriod


class MonitoringPeriodResponse(ResponseSchema):
    """Calendar days, both included."""

    from_: date = Field(alias="from")
    to: date


def monitoring_period_response(
    period: MonitoringPeriod | None,
) -> MonitoringPeriodResponse | None:
    if period is None:
        return None
    return MonitoringPeriodResponse(from_=period.first_day, to=period.last_day)
