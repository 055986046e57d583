"""Who is asking with an API key: its account, as far as the key's scopes go (ADR 0063)."""

from uuid import UUID

from starlette.requests import Request

from activities.asked_from import ASKED_FROM
from activities.payloads import AskedFrom
from adapters.postgres.accounts.api_keys import find_key, note_use
from adapters.postgres.identity import SIGN_IN, done_as
from adapters.postgres.replication.replica import heed_own_writes
from api.http.errors.error_mapping import NotSignedIn
from api.http.identity.access_audit import note_refused
from api.http.identity.scopes import require_scope, require_within_bounds
from api.http.resources import resources
from domain.accounts.api_keys import is_key, key_hash
from domain.accounts.roles import Account
from domain.errors import Forbidden


@done_as(SIGN_IN)
async def key_holder(request: Request, text: str) -> tuple[Account, UUID]:
    """
    The account that a key acts for, and the key's id.

    Whatever the call brings about has the key in its entry of the audit log, as where it was asked from.

    Raises:
        NotSignedIn: the key is none of ours, unknown, revoked or expired, or its account is locked.
        TooManyRequests: the account has used up its minute.
        Forbidden: the key may not make this call.
    """
    if not is_key(text):
        raise NotSignedIn("This is no API key of ours; a character of it is wrong or missing.")
    parts = resources(request)
    now = parts.clock.now()
    # A revocation counts at once.
    async with parts.reading_primary() as connection:
        found = await find_key(connection, key_hash(text))
        if found is not None:
            await heed_own_writes(connection, found[1].id)
    if found is None or not found[0].is_good(at=now) or found[1].is_locked(at=now):
        raise NotSignedIn("The API key is unknown, revoked or expired.")
    key, account = found
    await parts.account_limit.count(str(account.id))
    asked_from = ASKED_FROM.get() or AskedFrom()
    ASKED_FROM.set(asked_from.model_copy(update={"api_key_id": key.id}))
    try:
        require_scope(request, key.scopes)
        require_within_bounds(request, key)
    except Forbidden:
        await note_refused(request, account)
        raise
    if key.needs_noting(at=now):
        async with parts.writing_once() as connection:
            await note_use(connection, key.id, now)
    return account, key.id
