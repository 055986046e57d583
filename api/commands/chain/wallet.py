"""Freezing one of the platform's wallets and letting it sign again, for staff."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from activities.chain.wallets import ChangeWallet, WalletFreezePayload
from adapters.postgres.chain.wallets import read_wallets
from api.commands.addresses import WALLET_STATE
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, wallet_workflow_id
from api.http.fields import Text
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.chain.wallets import WalletState
from domain.errors import NotFound
from domain.identifiers import operation_id
from domain.reasons import REASON_LENGTH_MAX
from workflows.chain.wallet import WalletWorkflow

Reason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
"""Why, in the words of staff, as JSON and forms take it."""

WalletName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")]


async def freeze_wallet(
    parts: Resources, account: Account, key: str, wallet: str, reason: str
) -> WalletState:
    """
    Let a wallet sign nothing new; staff see the reason.

    Raises:
        Forbidden: only staff freeze.
        NotFound: there is no such wallet.
        WorkflowUpdateFailedError: with the refusal of `domain.chain.wallets` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    account.require(Permission.FREEZE_REGISTRY)
    change_id = operation_id(account.id, "freeze-wallet", key)
    async with store_request(parts, change_id, account.id, WalletFreezePayload(reason=reason)):
        await _change(parts, account, change_id, wallet, WalletWorkflow.freeze)
    return await _wallet(parts, wallet)


async def resume_wallet(parts: Resources, account: Account, key: str, wallet: str) -> WalletState:
    """
    Let a frozen wallet sign again; what waits is signed and sent at once.

    Raises:
        As for `freeze_wallet`.
    """
    account.require(Permission.FREEZE_REGISTRY)
    change_id = operation_id(account.id, "resume-wallet", key)
    await _change(parts, account, change_id, wallet, WalletWorkflow.resume)
    return await _wallet(parts, wallet)


async def _change(
    parts: Resources, account: Account, change_id: UUID, wallet: str, update: Any
) -> None:
    await WorkflowClient(parts).update(
        Operation(change_id, WALLET_STATE),
        wallet_workflow_id(parts, wallet),
        update,
        ChangeWallet(operation_id=change_id, actor_id=account.id, wallet=wallet),
    )


async def _wallet(parts: Resources, name: str) -> WalletState:
    network = parts.settings.chain.cardano_network.value
    async with parts.reading() as connection:
        states = await read_wallets(connection)
    for state in states:
        if (state.network, state.name) == (network, name):
            return state
    raise NotFound("There is no such wallet.")
