"""Whether the registry is frozen, known to every page for the price of a query every few seconds."""

import time
from dataclasses import dataclass

from starlette.requests import Request

from adapters.postgres.credits.registry_state import read_registry_state
from api.http.middleware.kept_answers import is_made_to_be_kept
from api.http.resources import reading
from domain.credits.freeze import RegistryState

SEEN_SECONDS = 2


@dataclass(frozen=True)
class RegistryStateView:
    state: RegistryState
    until: float


async def load_registry_state(request: Request) -> None:
    """Read the state again, if what this process saw last is older than a few seconds, or is to be kept."""
    cached: RegistryStateView | None = getattr(request.app.state, "registry_state_seen", None)
    is_old = cached is None or time.monotonic() >= cached.until
    if is_old or is_made_to_be_kept(request.scope):
        async with reading(request) as connection:
            state = await read_registry_state(connection)
        request.app.state.registry_state_seen = RegistryStateView(
            state, time.monotonic() + SEEN_SECONDS
        )


def frozen_state(request: Request) -> RegistryState | None:
    """What this process saw last; None when it is open, or nobody has looked."""
    cached: RegistryStateView | None = getattr(request.app.state, "registry_state_seen", None)
    return cached.state if cached and cached.state.frozen else None


def forget_state(request: Request) -> None:
    """Somebody has just changed it here, and looks at the next page to see it."""
    request.app.state.registry_state_seen = None
