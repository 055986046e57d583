"""What all messages between API, workflows and activities have in common."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """
    One model in and one out, for every workflow, activity and message.

    New fields get defaults and none are forbidden, because old histories are read by new code.
    Payloads carry identifiers and sums, never personal data: what people wrote is in the stored requests.
    """

    model_config = ConfigDict(frozen=True)


class AskedFrom(Payload):
    """
    Where a person asked from: `network` as `203.0.113.0/24`, `browser` as `Firefox`.

    Both are shortened before they leave the API (domain/accounts/session_origins.py), so that histories
    hold no address; None where nothing is known. `api_key_id` is the key by which a program asked.
    """

    network: str | None = None
    browser: str | None = None
    api_key_id: UUID | None = None


class PersonalRequest(Payload):
    """What a person asks a workflow for; the API fills in `asked_from`, for the audit log (ADR 0054)."""

    asked_from: AskedFrom | None = None


class ReasonPayload(Payload):
    """Why a person decides what else only time or others would have decided; kept with the decision."""

    reason: str
