"""What all messages between API, workflows and activities have in common."""

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """
    One model in and one out, for every workflow, activity and message.

    New fields get defaults and none are forbidden, because old histories are read by new code.
    Payloads carry identifiers and sums, never personal data: what people wrote is in the stored requests.
    """

    model_config = ConfigDict(frozen=True)
