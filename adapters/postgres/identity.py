"""
As whom PostgreSQL is asked: the identity by which it decides which rows there are (ADR 0067).

It holds for one transaction, never for a connection, so that connections may be shared, by a pool
of ours or by pgbouncer. The statement that begins a transaction sets it (`limited_connections.py`).
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from domain.accounts.roles import Account, Role

P = ParamSpec("P")
T = TypeVar("T")

SYSTEM_ROLE, SIGN_IN_ROLE = "system", "sign_in"
_ROLES = frozenset({SYSTEM_ROLE, SIGN_IN_ROLE, *(role.value for role in Role)})


@dataclass(frozen=True)
class Identity:
    """
    An account with its role, and the account under which its organisation holds what it has; or, without an account, `system` (the registry's own work: worker and
    tools) or `sign_in` (what accounts need before anybody is signed in).

    Raises:
        ValueError: the role is none of these.
    """

    role: str
    account_id: UUID | None = None
    holding_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.role not in _ROLES:
            raise ValueError(f"{self.role!r} is no role that the database knows")

    @classmethod
    def of(cls, account: Account) -> "Identity":
        return cls(account.role.value, account.id, account.acts_for)

    def statement(self) -> str:
        """Sets it for the transaction that is open; nothing in it is somebody's own text."""
        return (
            f"SELECT set_config('karbonica.role', '{self.role}', true),"
            f" set_config('karbonica.account_id', '{self.account_id or ''}', true),"
            f" set_config('karbonica.holding_id', '{self.holding_id or ''}', true)"
        )


SYSTEM = Identity(SYSTEM_ROLE)
SIGN_IN = Identity(SIGN_IN_ROLE)

_acting: ContextVar[Identity | None] = ContextVar("acting", default=None)


def acting() -> Identity | None:
    """Whose transactions those of this task are; None: as the pool says, and in the API nobody's."""
    return _acting.get()


def act_as(identity: Identity | None) -> None:
    """From here on in this task; None: as nobody again."""
    _acting.set(identity)


@contextmanager
def acting_as(identity: Identity | None) -> Iterator[None]:
    """For transactions that begin inside."""
    token = _acting.set(identity)
    try:
        yield
    finally:
        _acting.reset(token)


def done_as(
    identity: Identity,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Decorator of a function whose transactions are this identity's, whoever is signed in."""

    def decorate(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(function)
        async def done(*args: P.args, **named: P.kwargs) -> T:
            with acting_as(identity):
                return await function(*args, **named)

        return done

    return decorate
