"""Histories as rows of the tables: entries, movements, their confirmed chain records, sealed certificates."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from bench.histories import History
from bench.population import Rows
from domain.certificates.certificates import (
    Certificate,
    CertifiedProject,
    ChainEvidence,
    Evidence,
    EvidenceDocument,
    IssuingRegistry,
    RetiredCredit,
    certificate_document,
)
from domain.chain.commitments import SALT_BYTES, commit
from domain.chain.transactions import Inclusion
from domain.credits.chain_records import record_of
from domain.credits.ledger import CreditEntry, CreditTransaction
from domain.credits.retirement import Retirement
from domain.quantities import UnitRange

_WALLET = "addr_test1vz0000000000000000000000000000000000000000000000000000000"
_REGISTRY = IssuingRegistry("Karbonica Registry", "http://127.0.0.1")
_SEALED_AFTER = timedelta(minutes=3)
_CBOR_BYTES = 600
_WRITTEN = {
    "credit_entries": "last_action_at",
    "retirements": "retired_at",
    "credit_transactions": "created_at",
    "chain_transactions": "built_at",
    "chain_records": "queued_at",
    "certificates": "created_at",
}


@dataclass(frozen=True)
class ProjectFacts:
    """What certificates say of a project."""

    id: UUID
    number: int
    developer_id: UUID
    title: str
    type: str
    country: str
    sign_off_digest: str
    document_types: Sequence[str]
    sha256s: Sequence[str]


def rows_of(
    histories: Iterable[History], projects: Mapping[UUID, ProjectFacts], random: Random
) -> dict[str, Rows]:
    """
    By table, each in the order in which it was written last.

    Every transaction has a chain transaction of its own, with its record in it.
    """
    rows: dict[str, Rows] = {
        "credit_entries": [],
        "retirements": [],
        "credit_transactions": [],
        "chain_transactions": [],
        "chain_records": [],
        "certificates": [],
    }
    for history in histories:
        retirements = {retirement.id: retirement for retirement in history.retirements}
        rows["credit_entries"] += map(_entry_row, history.entries.values())
        rows["retirements"] += map(_retirement_row, history.retirements)
        rows["credit_transactions"] += map(_transaction_row, history.transactions)
        for transaction in history.transactions:
            moved = history.entries[transaction.result_entry_id]
            retirement = retirements.get(transaction.retirement_id)  # type: ignore[arg-type]  # None finds none
            record = _record(transaction, moved, retirement, random)
            inclusion = _inclusion(random)
            rows["chain_transactions"].append(_chain_row(transaction, inclusion, random))
            rows["chain_records"].append(_record_row(transaction, record, inclusion, random))
            if retirement is not None:
                project = projects[moved.project_id]
                certificate = _certificate(retirement, moved, project, record, inclusion)
                rows["certificates"].append(_certificate_row(certificate, random))
    return {table: sorted(rows[table], key=itemgetter(_WRITTEN[table])) for table in rows}


def _entry_row(entry: CreditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "serial": str(entry.serial),
        "project_id": entry.project_id,
        "owner_id": entry.owner_id,
        "parent_id": entry.parent_id,
        "units": _range(entry.units),
        "vintage": entry.vintage,
        "status": entry.status.value,
        "issued_at": entry.issued_at,
        "last_action_at": entry.last_action_at,
    }


def _retirement_row(retirement: Retirement) -> dict[str, Any]:
    beneficiary = retirement.beneficiary
    return {
        "id": retirement.id,
        "account_id": retirement.account_id,
        "quantity_units": retirement.quantity_units,
        "beneficiary_name": beneficiary.name if beneficiary else None,
        "beneficiary_country": beneficiary.country if beneficiary else None,
        "purpose": retirement.purpose,
        "reason": retirement.reason,
        "retired_at": retirement.retired_at,
    }


def _transaction_row(transaction: CreditTransaction) -> dict[str, Any]:
    return {
        "id": transaction.id,
        "type": transaction.type.value,
        "entry_id": transaction.entry_id,
        "result_entry_id": transaction.result_entry_id,
        "sender_id": transaction.sender_id,
        "recipient_id": transaction.recipient_id,
        "units": _range(transaction.units),
        "status": transaction.status.value,
        "retirement_id": transaction.retirement_id,
        "verification_id": transaction.verification_id,
        "created_at": transaction.created_at,
        "completed_at": transaction.completed_at,
    }


def _record(
    transaction: CreditTransaction,
    moved: CreditEntry,
    retirement: Retirement | None,
    random: Random,
) -> dict[str, Any]:
    return record_of(
        transaction,
        moved,
        commit=lambda _, account_id: commit(account_id, random.randbytes(SALT_BYTES)),
        reason=retirement.reason if retirement else None,
    )


def _inclusion(random: Random) -> Inclusion:
    height = random.randint(1_000_000, 9_000_000)
    return Inclusion(
        tx_hash=random.randbytes(32).hex(),
        block_hash=random.randbytes(32).hex(),
        block_height=height,
        slot=height * 20,
        confirmations=6,
    )


def _chain_row(
    transaction: CreditTransaction, inclusion: Inclusion, random: Random
) -> dict[str, Any]:
    at = transaction.created_at
    return {
        "tx_hash": inclusion.tx_hash,
        "wallet_address": _WALLET,
        "cbor": random.randbytes(_CBOR_BYTES),
        "ttl_slot": inclusion.slot + 7_200,
        "fee_lovelace": 190_000,
        "status": "final",
        "block_hash": inclusion.block_hash,
        "block_height": inclusion.block_height,
        "block_slot": inclusion.slot,
        "confirmations": 2_160,
        "submissions": 1,
        "built_at": at,
        "submitted_at": at,
        "confirmed_at": at + _SEALED_AFTER,
        "checked_at": at + timedelta(hours=12),
    }


def _record_row(
    transaction: CreditTransaction, record: dict[str, Any], inclusion: Inclusion, random: Random
) -> dict[str, Any]:
    return {
        "id": UUID(int=random.getrandbits(128), version=4),
        "transaction_id": transaction.id,
        "kind": transaction.type.value,
        "record": json.dumps(record),
        "status": "final",
        "waiting_workflow_id": f"{transaction.type.value}/{transaction.id}",
        "tx_hash": inclusion.tx_hash,
        "announced_at": transaction.created_at + _SEALED_AFTER,
        "queued_at": transaction.created_at,
    }


def _certificate(
    retirement: Retirement,
    moved: CreditEntry,
    project: ProjectFacts,
    record: dict[str, Any],
    inclusion: Inclusion,
) -> Certificate:
    shown = CertifiedProject(
        project.id, project.number, project.title, project.type, project.country
    )
    documents = [
        EvidenceDocument(document_type, sha256)
        for document_type, sha256 in zip(project.document_types, project.sha256s, strict=True)
    ]
    return Certificate(
        retirement_id=retirement.id,
        registry=_REGISTRY,
        retired_at=retirement.retired_at,
        credits=[RetiredCredit(moved.serial, moved.units, shown)],
        beneficiary=retirement.beneficiary,
        purpose=retirement.purpose,
        reason=retirement.reason,
        evidence=[Evidence(project.id, project.sign_off_digest, None, moved.issued_at, documents)],
        chain=[ChainEvidence("devnet", inclusion, _WALLET, record, record)],
    )


def _certificate_row(certificate: Certificate, random: Random) -> dict[str, Any]:
    document = certificate_document(certificate)
    digest = hashlib.sha256(_canonical(document)).hexdigest()
    document["proof"] = {
        "digest": digest,
        "algorithm": "Ed25519",
        "publicKey": bytes(32).hex(),
        "signature": random.randbytes(64).hex(),
    }
    return {
        "retirement_id": certificate.retirement_id,
        "status": "sealed",
        "document": _canonical(document),
        "digest": digest,
        "created_at": certificate.retired_at,
        "sealed_at": _sealed_at(certificate.retired_at),
    }


def _canonical(document: dict[str, Any]) -> bytes:
    # For what is in these documents the same bytes as RFC 8785, ten times as fast.
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _sealed_at(retired_at: datetime) -> datetime:
    return retired_at + _SEALED_AFTER


def _range(units: UnitRange) -> asyncpg.Range:
    return asyncpg.Range(units.first, units.last + 1)
