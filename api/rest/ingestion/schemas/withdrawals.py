"""Taking a file back, as JSON."""

from typing import Annotated

from pydantic import ConfigDict

from api.http.fields import Text
from api.http.schema import RequestSchema
from api.rest.ingestion.examples.submissions import WITHDRAWAL_SENT
from domain.ingestion.follow_up.withdrawals import REASON_CHARACTERS_MAX


class WithdrawalRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [WITHDRAWAL_SENT]})

    reason: Annotated[str, Text(REASON_CHARACTERS_MAX, lines=True)]
