"""Entries, transactions and retirements, the counters they are numbered by, and how the ledger stands."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT8RANGE, JSONB, UUID, ExcludeConstraint

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.ledger import CreditTransactionStatus, CreditTransactionType, EntryStatus

_REGISTRY = f"'{REGISTRY_ACCOUNT_ID}'"

unit_counter = Table(
    "unit_counter",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "next_unit", BigInteger, nullable=False, comment="The next unit number never given before."
    ),
    CheckConstraint("only_row", name="only_row"),
    CheckConstraint("next_unit > 0", name="next_unit_positive"),
    # 2^53: the number after the last one that canonical JSON can say (ADR 0041).
    CheckConstraint("next_unit <= 9007199254740992", name="next_unit_within_numbering"),
    comment="One row: the counter that unit numbers come from (ADR 0004).",
)

serial_counters = Table(
    "serial_counters",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column(
        "vintage", Integer, primary_key=True, comment="Calendar year of the reduction or removal."
    ),
    Column(
        "next_number",
        BigInteger,
        nullable=False,
        comment="The next running number never given before.",
    ),
    comment="The running numbers of serials, counted per project and vintage (ADR 0005).",
)

credit_entries = Table(
    "credit_entries",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("serial", String(50), nullable=False, unique=True, comment="The seed's creditId."),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column(
        "owner_id",
        ForeignKey("users.id"),
        nullable=False,
        comment="Who holds it; the registry's own account holds the buffer.",
    ),
    Column(
        "parent_id",
        ForeignKey("credit_entries.id"),
        index=True,
        comment="The entry it was split from or handed on from; NULL: it was issued.",
    ),
    Column(
        "suspended_for",
        ForeignKey("reversals.id"),
        comment="The loss that blocks or blocked its units; NULL: none did. It stays after they ended.",
    ),
    Column("units", INT8RANGE, nullable=False, comment="Unit numbers, [first, last + 1)."),
    Column(
        "quantity_units",
        BigInteger,
        Computed("upper(units) - lower(units)", persisted=True),
        nullable=False,
        comment="Units of 0.01 t CO2e, derived from the range.",
    ),
    Column(
        "vintage",
        Integer,
        nullable=False,
        comment="Calendar year of the reduction or removal; its serial says the same.",
    ),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="active, reserved, buffer or suspended; then transferred, split, retired or cancelled, "
        "each for ever.",
    ),
    Column(
        "issued_at",
        Moment,
        nullable=False,
        comment="When its units were issued; a child has its parent's.",
    ),
    Column(
        "last_action_at",
        Moment,
        nullable=False,
        comment="When it came into being or its status last changed.",
    ),
    one_of("status", EntryStatus),
    CheckConstraint(
        "NOT isempty(units) AND lower(units) > 0 AND lower_inc(units) AND NOT upper_inc(units)"
        " AND NOT upper_inf(units)",
        name="units_bounded",
    ),
    CheckConstraint("split_part(serial, '-', 2)::int = vintage", name="serial_says_vintage"),
    # The registry holds the buffer, and nothing else.
    CheckConstraint(
        f"CASE WHEN owner_id = {_REGISTRY} THEN status NOT IN ('active', 'reserved', 'retired')"
        " ELSE status <> 'buffer' END",
        name="buffer_is_the_registrys",
    ),
    # Who is suspended says for which loss, and nobody is suspended when issued (ADR 0043).
    CheckConstraint(
        f"CASE WHEN status = 'suspended' THEN suspended_for IS NOT NULL AND owner_id <> {_REGISTRY}"
        " WHEN status IN ('active', 'reserved', 'retired', 'buffer') THEN suspended_for IS NULL ELSE true END"
        " AND (suspended_for IS NULL OR parent_id IS NOT NULL)",
        name="suspended_for_a_loss",
    ),
    # A unit is in one entry at a time: entries that were split or handed on live on in their children.
    ExcludeConstraint(
        ("units", "&&"),
        name="ex_credit_entries_units_once",
        using="gist",
        where=text("status NOT IN ('transferred', 'split')"),
    ),
    Index("ix_credit_entries_owner_status", "owner_id", "status", "issued_at", "id"),
    Index("ix_credit_entries_owner_newest", "owner_id", "issued_at", "id"),
    Index("ix_credit_entries_newest", "issued_at", "id"),
    # Few entries of many; a reversal looks for them all.
    Index("ix_credit_entries_buffer", "serial", postgresql_where=text("status = 'buffer'")),
    Index(
        "ix_credit_entries_suspended_for",
        "suspended_for",
        postgresql_where=text("suspended_for IS NOT NULL"),
    ),
    Index("ix_credit_entries_sum", "project_id", "vintage", "status"),
    Index("ix_credit_entries_project_newest", "project_id", "last_action_at", "id"),
    comment="Blocks of units, each under one serial with one holder; those not superseded "
    "tile all that was issued.",
)

retirements = Table(
    "retirements",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "account_id",
        ForeignKey("users.id"),
        nullable=False,
        comment="Who held the units and retired them.",
    ),
    Column("quantity_units", BigInteger, nullable=False, comment="Units of 0.01 t CO2e."),
    Column("beneficiary_name", String(200), comment="NULL when explicitly undisclosed."),
    Column("beneficiary_country", String(3), comment="ISO 3166-1 alpha-3."),
    Column(
        "beneficiary_identifier",
        String(100),
        comment="Of the beneficiary, as a company number; public. NULL: none was given.",
    ),
    Column(
        "purpose",
        String(200),
        nullable=False,
        comment="What it is for, in the holder's words; public.",
    ),
    Column("reason", String(2000), nullable=False, comment="Public, and on the chain for ever."),
    Column(
        "retired_at",
        Moment,
        nullable=False,
        comment="From then on the units are used up, whatever the chain says.",
    ),
    Column(
        "search_text",
        Text,
        Computed(
            "search_text(beneficiary_name) || '/' || search_text(coalesce(beneficiary_identifier, ''))",
            persisted=True,
        ),
        comment="The beneficiary's name and identifier as a search sees them, with / between; "
        "NULL: undisclosed.",
    ),
    Column(
        "search_grams",
        ARRAY(Text),
        Computed(
            "search_grams(search_text(beneficiary_name) || '/' ||"
            " search_text(coalesce(beneficiary_identifier, '')))",
            persisted=True,
        ),
        comment="Parts of search_text, by which an index finds it (function search_grams).",
    ),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint(
        "(beneficiary_name IS NULL) = (beneficiary_country IS NULL)", name="beneficiary_whole"
    ),
    Index("ix_retirements_newest", "retired_at", "id"),
    Index("ix_retirements_account", "account_id", "retired_at", "id"),
    Index("ix_retirements_search", "search_grams", postgresql_using="gin"),
    comment="Units used up for ever in somebody's name; the lines are in credit_transactions. "
    "Rows never change.",
)

credit_transactions = Table(
    "credit_transactions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "type",
        String(20),
        nullable=False,
        index=True,
        comment="issuance, transfer, retirement, cancellation, buffer_contribution, buffer_release, "
        "suspension, reinstatement, reservation, reservation_release.",
    ),
    Column(
        "entry_id", ForeignKey("credit_entries.id"), nullable=False, comment="The entry acted upon."
    ),
    Column(
        "result_entry_id",
        ForeignKey("credit_entries.id"),
        nullable=False,
        comment="The entry that holds the moved units now; may be the same.",
    ),
    Column(
        "sender_id",
        ForeignKey("users.id"),
        index=True,
        comment="Who held the units before; NULL: they were just issued.",
    ),
    Column(
        "recipient_id",
        ForeignKey("users.id"),
        index=True,
        comment="Who holds them now; NULL: they were retired or cancelled. Of a suspension and a "
        "reservation the sender.",
    ),
    Column(
        "units", INT8RANGE, nullable=False, comment="Unit numbers that moved, [first, last + 1)."
    ),
    Column(
        "quantity_units",
        BigInteger,
        Computed("upper(units) - lower(units)", persisted=True),
        nullable=False,
        comment="Units of 0.01 t CO2e, derived from the range.",
    ),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="completed; nothing writes the seed's pending and failed.",
    ),
    Column(
        "retirement_id",
        ForeignKey("retirements.id"),
        index=True,
        comment="The retirement it is a line of; NULL for other types.",
    ),
    Column(
        "reason",
        Text,
        comment="What was said of a cancellation, release, suspension or reinstatement; public.",
    ),
    Column("created_at", Moment, nullable=False),
    Column(
        "completed_at", Moment, comment="As created_at: a movement is complete when it is written."
    ),
    Column(
        "verification_id",
        ForeignKey("verification_requests.id"),
        comment="The approval it rests on, of an issuance and of the buffer's share; NULL for all"
        " others.",
    ),
    Column(
        "vintage",
        Integer,
        comment="Of an issuance and of the buffer's share, which there is once for each; NULL: any other,"
        " or issued when an approval had one vintage.",
    ),
    one_of("type", CreditTransactionType),
    one_of("status", CreditTransactionStatus),
    CheckConstraint("(type = 'retirement') = (retirement_id IS NOT NULL)", name="retirement_named"),
    CheckConstraint(
        "(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at_once"
    ),
    CheckConstraint("NOT isempty(units)", name="units_not_empty"),
    # Who sends and who receives, by type (ADR 0029). What a CHECK cannot evaluate it lets pass.
    CheckConstraint(
        "coalesce(CASE type"
        " WHEN 'issuance' THEN"
        f" sender_id IS NULL AND recipient_id <> {_REGISTRY} AND entry_id = result_entry_id"
        " WHEN 'buffer_contribution' THEN"
        f" sender_id IS NULL AND recipient_id = {_REGISTRY} AND entry_id = result_entry_id"
        " WHEN 'transfer' THEN"
        f" sender_id <> recipient_id AND sender_id <> {_REGISTRY} AND recipient_id <> {_REGISTRY}"
        " AND entry_id <> result_entry_id"
        " WHEN 'buffer_release' THEN"
        f" sender_id = {_REGISTRY} AND recipient_id <> {_REGISTRY} AND entry_id <> result_entry_id"
        " WHEN 'suspension' THEN"
        f" sender_id = recipient_id AND sender_id <> {_REGISTRY} AND entry_id <> result_entry_id"
        " WHEN 'reinstatement' THEN"
        f" sender_id = recipient_id AND sender_id <> {_REGISTRY} AND entry_id <> result_entry_id"
        " WHEN 'reservation' THEN"
        f" sender_id = recipient_id AND sender_id <> {_REGISTRY} AND entry_id <> result_entry_id"
        " WHEN 'reservation_release' THEN"
        f" sender_id = recipient_id AND sender_id <> {_REGISTRY} AND entry_id <> result_entry_id"
        " ELSE sender_id IS NOT NULL AND recipient_id IS NULL END, false)",
        name="parties_fit_type",
    ),
    # An entry is issued once and moved once; it is made once and ended once.
    Index(
        "ix_credit_transactions_cancellations",
        "created_at",
        "id",
        postgresql_where=text("type = 'cancellation'"),
    ),
    Index(
        "uq_credit_transactions_issued_and_moved_once",
        "entry_id",
        text(
            "(CASE WHEN status = 'completed' THEN type IN ('issuance', 'buffer_contribution') END)"
        ),
        unique=True,
    ),
    Index(
        "uq_credit_transactions_made_and_ended_once",
        "result_entry_id",
        text("(CASE WHEN status = 'completed' THEN type IN ('retirement', 'cancellation') END)"),
        unique=True,
    ),
    # Each vintage of an approval is issued once, and no unit is (ADR 0039, ADR 0076).
    Index(
        "uq_credit_transactions_issued_once",
        "verification_id",
        "type",
        text("coalesce(vintage, 0)"),
        unique=True,
        postgresql_where=text("verification_id IS NOT NULL"),
    ),
    ExcludeConstraint(
        ("units", "&&"),
        name="ex_credit_transactions_units_issued_once",
        using="gist",
        where=text("type IN ('issuance', 'buffer_contribution') AND status = 'completed'"),
    ),
    comment="Movements of the ledger, complete when they are written (ADR 0029). Rows never "
    "change.",
)

ledger_head = Table(
    "ledger_head",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "seq",
        BigInteger,
        nullable=False,
        comment="The number of the last movement; 0 before the first.",
    ),
    CheckConstraint("only_row", name="only_row"),
    comment="One row: how far the movements of the ledger are numbered (ADR 0082).",
)

ledger_changes = Table(
    "ledger_changes",
    metadata,
    Column(
        "seq",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="1, 2, 3, without gaps, in the order of commits.",
    ),
    Column(
        "transaction_id",
        ForeignKey("credit_transactions.id"),
        nullable=False,
        unique=True,
        comment="The movement.",
    ),
    comment="The movements of the ledger in the order in which they can be followed (ADR 0082). "
    "Written by a trigger; rows never change.",
)

credit_sums = Table(
    "credit_sums",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column(
        "vintage",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Calendar year of the reduction or removal.",
    ),
    Column(
        "part",
        String(20),
        primary_key=True,
        comment="A status of entries; or issued, which is summed from the issuances.",
    ),
    Column(
        "quantity_units",
        BigInteger,
        nullable=False,
        comment="Units of 0.01 t CO2e of that part.",
    ),
    Column(
        "entries",
        BigInteger,
        nullable=False,
        comment="How many entries have that status; 0 for issued.",
    ),
    comment="What the ledger adds up to, kept by triggers in its own transactions (ADR 0096). "
    "Can be rebuilt from the ledger at any time.",
)

credit_sum_changes = Table(
    "credit_sum_changes",
    metadata,
    Column(
        "xact_id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        server_default=text("(pg_current_xact_id()::text)::bigint"),
        comment="The transaction of PostgreSQL that changes it.",
    ),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("project_id", UUID(as_uuid=True), nullable=False),
    Column("vintage", Integer, nullable=False, comment="As in credit_sums."),
    Column("part", String(20), nullable=False, comment="As in credit_sums."),
    Column("quantity_units", BigInteger, nullable=False, comment="More or less units."),
    Column("entries", BigInteger, nullable=False, comment="More or fewer entries."),
    prefixes=["UNLOGGED"],
    comment="What transactions that are not committed yet change in credit_sums; nobody ever sees "
    "a row.",
)

registry_state = Table(
    "registry_state",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "frozen",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether every ledger write is refused.",
    ),
    Column("reason", Text, comment="Public; required while the registry is frozen."),
    Column(
        "changed_by",
        ForeignKey("users.id"),
        comment="Staff who froze or opened it last; NULL before the first freeze.",
    ),
    Column("changed_at", Moment, comment="When they did."),
    CheckConstraint("only_row", name="only_row"),
    CheckConstraint("NOT frozen OR length(reason) > 0", name="frozen_for_a_reason"),
    comment="One row: whether ledger writes are taken, and what staff said of it. Public.",
)

ledger_checks = Table(
    "ledger_checks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "checked_at", Moment, nullable=False, index=True, comment="When the ledger was recomputed."
    ),
    Column("holds", Boolean, nullable=False, comment="Whether everything added up."),
    Column("totals", JSONB, nullable=False, comment="Sums in units of 0.01 t."),
    Column("differences", JSONB, nullable=False, comment="What did not add up, one sentence each."),
    comment="Recomputations of the ledger from its rows, and what came of each. Rows never change.",
)
