"""Freezing a wallet as JSON."""

from pydantic import ConfigDict

from api.commands.chain.wallet import Reason, WalletName
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.chain.examples.wallet import WALLET_FREEZE_SENT, WALLET_RESUME_SENT, WALLET_STATE
from domain.chain.wallets import DEFAULT_WALLET, WalletState


class WalletFreezeRequest(RequestSchema):
    """Which wallet, and why; staff see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [WALLET_FREEZE_SENT]})

    reason: Reason
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


def wallet_state_response(state: WalletState) -> WalletStateResponse:
    return WalletStateResponse(
        wallet=state.name,
        network=state.network,
        address=state.address,
        frozen=state.is_frozen,
        reason=state.frozen_reason,
        since=state.frozen_at,
    )
