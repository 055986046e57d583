"""The desk of staff for the way to the chain: parked records, wallets, and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain import reads as reads_chain
from adapters.postgres.chain.wallets import read_wallets
from adapters.postgres.chain.watch import read_chain_rows, read_provider_state
from adapters.postgres.queries import PageRequest
from adapters.settings import Settings
from api.commands.chain import records, wallet
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
)
from api.pages.parts.formats import age
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.roles import Account, Permission
from domain.chain.records import RecordStatus
from domain.chain.wallets import DEFAULT_WALLET, WalletState
from domain.chain.watch import FAILURE_WINDOW, ChainRows, WalletFunds, fees_left, mean_fee_lovelace

PARKED_SHOWN = 50

router = page_router()


@dataclass(frozen=True)
class WalletLine:
    """A wallet with what it holds; `fees_left` is None before any of its outputs is known."""

    state: WalletState
    funds: WalletFunds
    fees_left: int | None
    in_flight: int


class ResumptionForm(RequestSchema):
    reason: records.Reason


class WalletFreezeForm(RequestSchema):
    reason: wallet.Reason
    wallet: wallet.WalletName


class WalletResumeForm(RequestSchema):
    wallet: wallet.WalletName


async def _resume_record(request: Request, account: Account, action: SubmittedAction) -> None:
    form = ResumptionForm(reason=action.typed.get("reason", ""))
    record_id = action.id("chain record")
    await records.resume_record(resources(request), account, action.key, record_id, form.reason)


async def _freeze_wallet(request: Request, account: Account, action: SubmittedAction) -> None:
    form = WalletFreezeForm(reason=action.typed.get("reason", ""), wallet=action.subject)
    await wallet.freeze_wallet(resources(request), account, action.key, form.wallet, form.reason)


async def _resume_wallet(request: Request, account: Account, action: SubmittedAction) -> None:
    form = WalletResumeForm(wallet=action.subject)
    await wallet.resume_wallet(resources(request), account, action.key, form.wallet)


STAFF_ACTIONS: Mapping[str, StaffAction] = {
    "resume-record": StaffAction(
        _resume_record,
        "The record is back in the queue, at its old place, and the wallet is awake.",
    ),
    "freeze-wallet": StaffAction(
        _freeze_wallet, "The wallet is frozen. What it signed before is followed to its end."
    ),
    "resume-wallet": StaffAction(
        _resume_wallet, "The wallet signs again; what waits is sent at once."
    ),
}


async def _page(request: Request, refused: Refused | None = None) -> Response:
    now = datetime.now(UTC)
    settings: Settings = request.app.state.settings
    async with reading(request) as connection:
        wallets = await _wallets(connection, settings)
        rows = await read_chain_rows(
            connection, [state.address for state in wallets], now - FAILURE_WINDOW
        )
        in_flight = await reads_chain.in_flight_by_wallet(connection)
        provider = await read_provider_state(connection)
        alerts = await reads_chain.open_alerts(connection)
        parked = await reads_chain.records_page(
            connection, PageRequest(PARKED_SHOWN, newest_first=False), status=RecordStatus.PARKED
        )
    return render_response(
        request,
        "desks/staff/chain.html",
        **after_action(request, STAFF_ACTIONS, refused),
        wallets=_lines(wallets, rows, in_flight),
        rows=rows,
        provider=provider,
        tip_age=age(now - provider.tip_seen_at) if provider.tip_seen_at else None,
        alerts=[(alert, age(now - alert.raised_at)) for alert in alerts],
        parked=parked[:PARKED_SHOWN],
        parked_in_all=len(rows.parked),
    )


async def _wallets(connection: AsyncConnection, settings: Settings) -> list[WalletState]:
    """Those of this network; before the first has looked at the queue, the one of the settings."""
    network = settings.chain.cardano_network.value
    found = [state for state in await read_wallets(connection) if state.network == network]
    if found or settings.published.platform_address is None:
        return found
    return [WalletState(network, DEFAULT_WALLET, settings.published.platform_address)]


def _lines(
    wallets: list[WalletState], rows: ChainRows, in_flight: Mapping[str, int]
) -> list[WalletLine]:
    funds = {funds.address: funds for funds in rows.wallets}
    mean_fee = mean_fee_lovelace(rows)
    return [
        WalletLine(
            state=state,
            funds=funds[state.address],
            fees_left=fees_left(funds[state.address], mean_fee),
            in_flight=in_flight.get(state.address, 0),
        )
        for state in wallets
    ]


desk_page(router, "/staff/chain", Permission.RUN_CHAIN, STAFF_ACTIONS, _page)
