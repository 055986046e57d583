"""Under which account the organisation of an account holds projects and credits (ADR 0068)."""

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables import organisation_members, organisations, users
from domain.accounts.roles import NO_ORGANISATION_ID

_HOLDING_ID = func.coalesce(
    select(organisations.c.holding_account_id)
    .join(organisation_members, organisation_members.c.organisation_id == organisations.c.id)
    .where(organisation_members.c.user_id == users.c.id, organisation_members.c.left_at.is_(None))
    .scalar_subquery(),
    literal(NO_ORGANISATION_ID, UUID(as_uuid=True)),
)
HOLDING_ID = func.nullif(_HOLDING_ID, users.c.id).label("holding_id")
"""Of a row of `users`, for `Account.holding_id`; NULL: its own."""

LEGAL_NAME = (
    select(organisations.c.legal_name)
    .join(organisation_members, organisation_members.c.organisation_id == organisations.c.id)
    .where(organisation_members.c.user_id == users.c.id, organisation_members.c.left_at.is_(None))
    .scalar_subquery()
    .label("legal_name")
)
"""Of the organisation that a row of `users` acts for; NULL: none, or nothing but the person."""
