"""Keys by which programs act for an account: made, told once, revoked (ADR 0063)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from activities.audit_and_notify import audit as write_audit
from activities.ports.database import UnitOfWork
from adapters.postgres.ingestion.folder_reads import folder
from adapters.postgres.projects.reads.projects import project
from api.http.resources import Resources
from domain.accounts.api_keys import (
    KEYS_MAX,
    SECRET_BYTES,
    ApiKey,
    Scope,
    hint_of,
    key_hash,
    key_text,
    require_bound_once,
    require_key_terms,
)
from domain.accounts.roles import Account
from domain.errors import Conflict, Fault, Invalid, NotFound
from domain.identifiers import operation_id


@dataclass(frozen=True)
class NewApiKey:
    """`text` is the key itself, told once."""

    key: ApiKey
    text: str


async def make_api_key(
    parts: Resources,
    account: Account,
    operation_key: str,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime,
    *,
    project_id: UUID | None = None,
    folder_id: UUID | None = None,
) -> NewApiKey:
    """
    A key for everything that its scopes say, or for one project or folder alone.

    Raises:
        Forbidden, Invalid: as `require_key_terms`, or it is bound to what this account does not see.
        Conflict: this very request made a key before, which is told once; or there are too many.
    """
    now = parts.clock.now()
    require_key_terms(account, scopes, expires_at, at=now)
    await _require_bound_to_seen(parts, account, project_id, folder_id)
    text = key_text(secrets.token_bytes(SECRET_BYTES))
    key = ApiKey(
        id=operation_id(account.id, "make-api-key", operation_key),
        user_id=account.id,
        name=name,
        key_hash=key_hash(text),
        hint=hint_of(text),
        scopes=tuple(sorted(set(scopes), key=list(Scope).index)),
        created_at=now,
        expires_at=expires_at,
        project_id=project_id,
        folder_id=folder_id,
    )
    async with parts.database.transaction() as work:
        good = await work.accounts.api_keys.count_good(account.id, at=now)
        if await work.accounts.api_keys.get(key.id) is not None:
            raise Conflict(
                "This request made a key before, and a key is told once. Revoke it if its answer did"
                " not reach you, and make another with a new Idempotency-Key."
            )
        if good >= KEYS_MAX:
            raise Conflict(f"An account has at most {KEYS_MAX} keys; revoke one first.")
        await work.accounts.api_keys.add(key)
        after = {
            "scopes": [scope.value for scope in key.scopes],
            "expiresAt": key.expires_at.isoformat(),
            "projectId": str(project_id) if project_id else None,
            "folderId": str(folder_id) if folder_id else None,
        }
        _audit(work, account, "created", key.id, None, after, now)
    return NewApiKey(key, text)


async def revoke_api_key(parts: Resources, account: Account, key_id: UUID) -> None:
    """
    Refuse the key from this moment on; one that was revoked before stays so.

    Raises:
        NotFound: the account has no such key.
    """
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        key = await work.accounts.api_keys.get(key_id)
        if key is None or key.user_id != account.id:
            raise NotFound("There is no such API key.")
        if key.revoked_at is None:
            await work.accounts.api_keys.revoke(key_id, now)
            _audit(work, account, "revoked", key_id, {"revoked": False}, {"revoked": True}, now)


async def _require_bound_to_seen(
    parts: Resources, account: Account, project_id: UUID | None, folder_id: UUID | None
) -> None:
    require_bound_once(project_id, folder_id)
    async with parts.reading() as connection:
        if project_id is not None and not await project(connection, project_id, account=account):
            raise Invalid(
                "The key cannot be made.",
                Fault("/projectId", "There is no such project among those you work on."),
            )
        if folder_id is not None and not await folder(connection, folder_id, account=account):
            raise Invalid(
                "The key cannot be made.",
                Fault("/folderId", "There is no such folder among those you opened."),
            )


def _audit(
    work: UnitOfWork,
    account: Account,
    action: str,
    key_id: UUID,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    at: datetime,
) -> None:
    """Without the key's name, which is what a person wrote."""
    write_audit(
        work,
        f"api_key.{action}",
        ("api_key", key_id),
        actor_id=account.id,
        before=before,
        after=after,
        at=at,
    )
