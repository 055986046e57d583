"""Freezing a wallet as JSON."""

from typing import Annotated

from pydantic import ConfigDict, Field

from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.chain.examples.wallet import WALLET_FREEZE_SENT, WALLET_RESUME_SENT, WALLET_STATE
from domain.chain.wallets import DEFAULT_WALLET
from domain.credits.freeze import REASON_LENGTH_MAX

WalletName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")]


class WalletFreezeRequest(RequestSchema):
    """Which wallet, and why; staff see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [WALLET_FREEZE_SENT]})

    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
    wallet: WalletName = DEFAULT_WALLET


class WalletResumeRequest(RequestSchema):
    """Which wallet."""

    model_config = ConfigDict(json_schema_extra={"examples": [WALLET_RESUME_SENT]})

    wallet: WalletName = DEFAULT_WALLET


class WalletStateResponse(ResponseSchema):
    """A frozen wallet signs nothing new; what it signed before is followed to its end."""

    model_config = ConfigDict(json_schema_extra={"examples": [WALLET_STATE]})

    wallet: str
    network: str
    address: str
    frozen: bool
    reason: str | None
    since: Moment | None
