"""A comment on every table, and on every column whose name does not say it all.

Why: who reads the database with SQL alone (an auditor, a backup's finder, the desk of support) learns
units, states, who writes what and which bytes a hash is of, without reading the code beside it.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Setting a comment takes a lock that readers and writers do not wait for.
TABLES = {
    "activity_effects": (
        "What activities have brought about, so that a second run brings about nothing."
    ),
    "alerts": "Conditions that staff must know of, from their beginning to their end (ADR 0017).",
    "audit_head": (
        "One row: the newest entry of audit_logs. Its lock gives the entries their order."
    ),
    "audit_logs": "What was done and by whom, as a chain of hashes (ADR 0022). Rows never change.",
    "certificates": "The certificate of each retirement, as it is served now.",
    "chain_provider": "One row: what was last heard of the chain's provider.",
    "chain_records": (
        "What is to stand on Cardano, and how far it has come: issuances, transfers, retirements, "
        "anchors."
    ),
    "chain_transactions": (
        "Cardano transactions that the registry signed, and what was last seen of each (ADR "
        "0008)."
    ),
    "credit_entries": (
        "Blocks of units, each under one serial with one holder; those not superseded tile all "
        "that was issued."
    ),
    "credit_transactions": (
        "Movements of the ledger, complete when they are written (ADR 0029). Rows never change."
    ),
    "documents": (
        "Evidence for a verification; the bytes are in object storage, named by their SHA-256."
    ),
    "drafts": (
        "What somebody asked for, until a workflow takes it up; forgotten when it is refused (ADR "
        "0012)."
    ),
    "exports": "Publications of the open data; the files are in object storage. Rows never change.",
    "idempotency_keys": "The first answer to each request that had an Idempotency-Key (ADR 0003).",
    "ledger_checks": (
        "Recomputations of the ledger from its rows, and what came of each. Rows never change."
    ),
    "notifications": "What people are told, in the app and by mail.",
    "outbox_events": (
        "Events, written in the transaction that they tell of, and handed to webhooks afterwards."
    ),
    "platform_addresses": "Every address that ever paid for a record (ADR 0019).",
    "projects": "What reduces or removes emissions, as its developer registered it. Public.",
    "reconciliations": (
        "Comparisons of our records with the chain, and what came of each. Rows never change."
    ),
    "registry_state": (
        "One row: whether ledger writes are taken, and what staff said of it. Public."
    ),
    "retirements": (
        "Units used up for ever in somebody's name; the lines are in credit_transactions. Rows "
        "never change."
    ),
    "reversal_cancellations": (
        "Which cancellations of buffer units were made for which reversal. Rows never change."
    ),
    "reversal_coverings": (
        "Pieces of retirements that a reversal touches, and what stands for each. Rows never "
        "change."
    ),
    "reversals": "Losses of stored carbon, recorded by staff. Rows never change.",
    "serial_counters": (
        "The running numbers of serials, counted per project and vintage (ADR 0005)."
    ),
    "sessions": (
        "Log-ins, one row for each pair of tokens; only the hashes of tokens are here. Personal "
        "data."
    ),
    "superseded_certificates": (
        "Sealed certificates that gave way to a newer seal (ADR 0021). Rows never change."
    ),
    "unit_counter": "One row: the counter that unit numbers come from (ADR 0004).",
    "users": (
        "Accounts of people, and that of the registry itself, which holds the buffer and never "
        "signs in. Personal data."
    ),
    "verification_events": "The timeline of a verification. Rows never change.",
    "verification_requests": "The one verification of each project, and its decision.",
    "wallet_outputs": (
        "Outputs (UTxOs) of the platform's wallets, as far as we know; deleted when the chain "
        "took them back."
    ),
    "wallets": "The platform's own wallets, and whether each is frozen; not those of users.",
    "webhook_deliveries": "One event on its way to one webhook.",
    "webhooks": "Receivers of events; managed by staff.",
}
COLUMNS = {
    "activity_effects": {
        "at": "When it was brought about.",
    },
    "alerts": {
        "kind": "What is wrong; the constraint kind_known lists the kinds.",
        "subject": "A wallet, transaction, record, network or the ledger.",
        "raised_at": "When it was first found; stays when it comes back within an hour.",
    },
    "audit_head": {
        "seq": "Number of the newest entry; 0: the log is empty.",
        "hash": "Hash of the newest entry; 64 zeros: the log is empty.",
    },
    "audit_logs": {
        "seq": "Place in the chain: 1, 2, 3, without gaps.",
        "previous_hash": "The hash of the entry before; 64 zeros in the first.",
        "hash": "SHA-256, hex, over this entry, its number and previous_hash.",
        "event_type": "What happened, as `certificate.sealed`.",
        "action": "What was done, in a word.",
        "user_id": (
            "Who acted; NULL: the registry itself. No foreign key: people can be forgotten, "
            "entries cannot."
        ),
        "resource_type": "What it was done to, as `credit_transaction`.",
        "resource_id": "Which one; no foreign key, as it may be in any table.",
        "at": "When it was done, by the clock of the process that did it; the hash covers it.",
    },
    "certificates": {
        "status": (
            "accepted: not all of its records are confirmed; sealed: signed over the confirmed "
            "ones."
        ),
        "sealed_at": "When this seal was made; NULL until sealed.",
    },
    "chain_provider": {
        "answered_at": "When the provider last gave its tip.",
        "tip_height": "Height of the newest block seen.",
        "tip_slot": "Slot of the newest block seen.",
        "tip_hash": "Hash of the newest block seen (Blake2b-256, hex).",
    },
    "chain_records": {
        "kind": "issuance, transfer, retirement, audit (an anchor of the audit log).",
        "status": (
            "queued, submitted, confirmed (six blocks on top), final (as many as the chain's k), "
            "parked."
        ),
        "waiting_workflow_id": "The workflow that is told of the confirmation.",
        "tx_hash": "The transaction that carries it; NULL while it is queued or parked.",
        "park_reason": "Why it waits for a person; NULL unless it is parked.",
        "queued_at": "Since when it waits; anew when it goes back into the queue.",
        "attempts": "Its transactions that expired; 0 again once staff resume it.",
    },
    "chain_transactions": {
        "tx_hash": "Blake2b-256 of the transaction's body, hex.",
        "wallet_address": "Bech32; the platform's wallet that pays.",
        "ttl_slot": "First slot in which no block takes it any more.",
        "fee_lovelace": "1 ADA is 1,000,000 lovelace.",
        "status": (
            "signed, submitted, confirmed (six blocks on top), final (as many as the chain's k), "
            "expired."
        ),
        "block_hash": "Block it was last seen in; NULL: in none.",
        "block_height": "Height of that block.",
        "block_slot": "Slot of that block.",
        "misses": "Tips in a row that did not show it; three mean that it is gone.",
        "rollbacks": "How often its block was found gone.",
        "submissions": "How often the same bytes were sent.",
        "built_at": "When it was built and signed.",
        "confirmed_at": "When six blocks on top were first seen; a rollback does not clear it.",
    },
    "credit_entries": {
        "owner_id": "Who holds it; the registry's own account holds the buffer.",
        "parent_id": "The entry it was split from or handed on from; NULL: it was issued.",
        "vintage": "Calendar year of the reduction or removal; its serial says the same.",
        "status": "active or buffer; then transferred, split, retired or cancelled, each for ever.",
        "issued_at": "When its units were issued; a child has its parent's.",
        "last_action_at": "When it came into being or its status last changed.",
    },
    "credit_transactions": {
        "type": (
            "issuance, transfer, retirement, cancellation, buffer_contribution, buffer_release."
        ),
        "entry_id": "The entry acted upon.",
        "result_entry_id": "The entry that holds the moved units now; may be the same.",
        "sender_id": "Who held the units before; NULL: they were just issued.",
        "recipient_id": "Who holds them now; NULL: they were retired or cancelled.",
        "units": "Unit numbers that moved, [first, last + 1).",
        "quantity_units": "Units of 0.01 t CO2e, derived from the range.",
        "status": "completed; nothing writes the seed's pending and failed.",
        "retirement_id": "The retirement it is a line of; NULL for other types.",
        "completed_at": "As created_at: a movement is complete when it is written.",
    },
    "documents": {
        "name": "File name, as its uploader gave it.",
        "document_type": "What it is; the constraint document_type_known lists the types.",
        "disclosure": "Who may read the bytes: public, internal, confidential, restricted.",
        "mime_type": "As its uploader announced it.",
        "status": "awaiting_upload, then completed once the stored bytes are those announced.",
        "uploaded_by": "Who announced it, and alone may complete it.",
        "completed_at": "When the registry found the bytes to be those announced.",
    },
    "drafts": {
        "account_id": "Who asked.",
    },
    "exports": {
        "generated_at": "The one moment that all its files show.",
    },
    "idempotency_keys": {
        "account_id": "Who asked; keys of different accounts have nothing to do with each other.",
        "key": "The header Idempotency-Key, as it was sent.",
    },
    "ledger_checks": {
        "checked_at": "When the ledger was recomputed.",
        "holds": "Whether everything added up.",
    },
    "notifications": {
        "user_id": "Who is told.",
        "kind": "What it is about, as `certificate_sealed`.",
        "message": "One sentence; names projects and serials, never people.",
        "link": "Path below the registry's public address.",
        "mailed_at": "When the mail server took it; NULL: not mailed yet.",
        "read_at": "Not written yet: nothing marks notifications as read.",
    },
    "outbox_events": {
        "occurred_at": "When what it tells of happened.",
    },
    "platform_addresses": {
        "address": "Bech32.",
        "network": "The Cardano network, as `preview`.",
    },
    "projects": {
        "developer_id": "Who registered it and receives what is issued.",
        "type": "What it does; the constraint type_known lists the types.",
        "location": "Where it is, in words.",
        "start_date": "The first day of its activity, as the developer said.",
        "status": "pending, then verified or rejected for ever, as its verification is decided.",
        "updated_at": "When its status was last set.",
    },
    "reconciliations": {
        "checked_at": "When the comparison was finished.",
        "tip_height": "Block height it reached; where it was cut short, where it began.",
    },
    "registry_state": {
        "frozen": "Whether every ledger write is refused.",
        "changed_by": "Staff who froze or opened it last; NULL before the first freeze.",
        "changed_at": "When they did.",
    },
    "retirements": {
        "account_id": "Who held the units and retired them.",
        "beneficiary_identifier": (
            "Of the beneficiary, as a company number; public. NULL: none was given."
        ),
        "purpose": "What it is for, in the holder's words; public.",
        "retired_at": "From then on the units are used up, whatever the chain says.",
    },
    "reversal_cancellations": {
        "transaction_id": "A credit transaction of the type cancellation.",
    },
    "reversals": {
        "avoidable": "Whether the developer could have prevented it, as staff judged.",
        "recorded_by": "Staff.",
        "recorded_at": "When staff recorded it; it may have happened long before.",
    },
    "serial_counters": {
        "vintage": "Calendar year of the reduction or removal.",
        "next_number": "The next running number never given before.",
    },
    "sessions": {
        "user_id": "Who is signed in.",
        "access_expires_at": (
            "The access token is refused from then on; of a page's session each use moves it on."
        ),
        "refresh_expires_at": (
            "The refresh token is refused from then on, and a page's session ends."
        ),
        "ip_address": "The client's address at log-in or renewal, as text (IPv4 or IPv6).",
        "user_agent": "The header User-Agent at log-in or renewal.",
    },
    "superseded_certificates": {
        "sealed_at": "When its seal was made.",
        "superseded_at": "When a newer seal took its place.",
    },
    "users": {
        "company": "The organisation the person acts for; public where the account has a project.",
        "role": "One per account: developer, verifier, administrator, buyer.",
        "wallet_address": (
            "Cardano address, one account per address. Not written yet: nothing links wallets."
        ),
        "email_verified": "Whether the e-mail was confirmed; without it nothing can be received.",
        "locked_until": "No log-in until then; NULL: not locked. The seed's accountLocked.",
        "failed_login_attempts": "In a row, since the last success or the last lock's end.",
        "last_login_at": "Last log-in with the right password.",
        "updated_at": "Not kept up to date yet: as created_at.",
    },
    "verification_events": {
        "event_type": "Which step; the constraint event_type_known lists them.",
        "message": "Public, except in note and site_visit, which people write.",
    },
    "verification_requests": {
        "developer_id": "The project's developer; never its verifier.",
        "verifier_id": "Who was assigned by staff; NULL while it is pending.",
        "status": "pending, in_review, then approved or rejected for ever.",
        "submitted_at": "When the project was registered.",
        "assigned_at": "When it got its verifier.",
        "completed_at": "When it was decided.",
        "decided_by": "The assigned verifier, or staff.",
        "vintage": "Calendar year of what was verified; set by the approval.",
        "needs_countersignature": (
            "Whether nothing is issued before a second approval; set by the approval."
        ),
        "countersigned_by": "Staff, and never who approved it.",
        "countersigned_at": "When the second approval was given.",
    },
    "wallet_outputs": {
        "tx_hash": "The transaction that made it; Blake2b-256, hex.",
        "output_index": "Which of its outputs, from 0.",
        "wallet_address": "Bech32; whose output it is.",
        "lovelace": "1 ADA is 1,000,000 lovelace; the wallets hold no other assets.",
        "created_at": "When the registry learned of it.",
    },
    "wallets": {
        "network": "The Cardano network, as `preview`.",
        "name": "What the settings call it.",
        "frozen_reason": "What staff said, or why its key refused to sign (ADR 0026).",
        "frozen_by": "Staff, or the registry's own account when its key refused to sign.",
    },
    "webhook_deliveries": {
        "status": "pending, delivered (the receiver answered 2xx), failed (given up).",
        "attempts": "All of them, also those before a replay.",
        "last_status_code": "HTTP status of the last attempt; NULL: there was no answer.",
        "last_error": "Why the last attempt failed, or why it was given up; NULL once delivered.",
        "last_attempt_at": "When the last attempt ended.",
        "delivered_at": "When the receiver answered 2xx; NULL again after a replay.",
        "replays": "Rounds after the first, asked for by staff.",
    },
    "webhooks": {
        "url": "Where deliveries are sent by POST.",
        "active": "False: nothing is sent; by staff, or because the receiver answered 410 (gone).",
        "created_by": "Staff who added it.",
    },
}


def upgrade() -> None:
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            op.alter_column(table, column, comment=comment)
