"""Buffer shares as JSON."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StrictStr

from api.http.fields import Text, refuse
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.buffer_share import BUFFER_SHARE, BUFFER_SHARE_SENT
from domain.projects.buffer_share import PERCENT_MAX, REASON_LENGTH_MAX, BufferShare, ReversalRisk


def _per_cent(value: str) -> str:
    if Decimal(value) > PERCENT_MAX:
        raise refuse(f"Percent must be at most {PERCENT_MAX}")
    return value


class BufferShareRequest(RequestSchema):
    """Without `percent` the registry's table decides by type and risk. The reason is public."""

    model_config = ConfigDict(json_schema_extra={"examples": [BUFFER_SHARE_SENT]})

    reversal_risk: ReversalRisk
    percent: (
        Annotated[
            StrictStr,
            Field(
                pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$",
                description="Decimal string, 0 to 60, with two decimals at most.",
            ),
            AfterValidator(_per_cent),
        ]
        | None
    ) = None
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class BufferShareResponse(ResponseSchema):
    """
    What of each issuance goes into the buffer.

    `reason` is null where the registry's table decided; it does at the approval at the latest, and
    from then on the share stays.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [BUFFER_SHARE]})

    reversal_risk: ReversalRisk
    percent: str = Field(description="Decimal string with two decimals.")
    reason: str | None
    decided_at: Moment


def buffer_share_response(share: BufferShare) -> BufferShareResponse:
    return BufferShareResponse(
        reversal_risk=share.reversal_risk,
        percent=f"{share.percent:.2f}",
        reason=share.reason,
        decided_at=share.decided_at,
    )
