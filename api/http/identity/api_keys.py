"""Who is asking with an API key: its account, as far as the key's scopes go (ADR 0063)."""

from uuid import UUID

from starlette.requests import Request

from activities.audit_and_notify import audit
from adapters.postgres.accounts.api_keys import find_key, note_use
from api.http.errors.error_mapping import NotSignedIn
from api.http.identity.scopes import require_scope
from api.http.resources import Resources, reading, resources
from domain.accounts.api_keys import ApiKey, is_key, key_hash
from domain.accounts.roles import Account

_READING = frozenset({"GET", "HEAD"})


async def key_holder(request: Request, text: str) -> tuple[Account, UUID]:
    """
    The account that a key acts for, and the key's id.

    A call that may change something leaves an entry in the audit log before it is carried out, so
    that no change by a key is without one.

    Raises:
        NotSignedIn: the key is none of ours, unknown, revoked or expired, or its account is locked.
        TooManyRequests: the account has used up its minute.
        Forbidden: the key may not make this call.
    """
    if not is_key(text):
        raise NotSignedIn("This is no API key of ours; a character of it is wrong or missing.")
    parts = resources(request)
    now = parts.clock.now()
    async with reading(request) as connection:
        found = await find_key(connection, key_hash(text))
    if found is None or not found[0].is_good(at=now) or found[1].is_locked(at=now):
        raise NotSignedIn("The API key is unknown, revoked or expired.")
    key, account = found
    parts.account_limit.count(str(account.id))
    require_scope(request, key.scopes)
    if key.needs_noting(at=now):
        async with parts.writing_once() as connection:
            await note_use(connection, key.id, now)
    if request.method not in _READING:
        await _audit(parts, request, key)
    return account, key.id


async def _audit(parts: Resources, request: Request, key: ApiKey) -> None:
    called = {
        "method": request.method,
        "path": request.url.path,
        "requestId": getattr(request.state, "request_id", None),
    }
    async with parts.database.transaction() as work:
        audit(
            work,
            "api_key.used",
            ("api_key", key.id),
            actor_id=key.user_id,
            before=None,
            after=called,
            at=parts.clock.now(),
        )
