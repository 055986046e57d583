"""
The shape of a certificate, version 1 to 3, and reading one without trusting it.

A rule looks at a value and yields one sentence for each thing wrong with it; rules are combined
into the shape below. What is not named there does not belong into a certificate.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.certificates.certificates import (
    CERTIFICATE_TYPE,
    CERTIFICATE_VERSION,
    CERTIFICATE_VERSION_NAMING_ACCOUNT,
    CERTIFICATE_VERSION_OF_SEVERAL_NAMING_ACCOUNT,
    SIGNATURE_ALGORITHM,
)
from domain.chain.transactions import METADATA_LABEL
from domain.errors import Invalid
from domain.identifiers import Serial
from domain.quantities import format_tonnes, parse_tonnes

CERTIFICATE_SIZE_MAX = 1024 * 1024
"""Bytes. A certificate takes about 3 kB; a batch of chain records can add 16 kB."""

Rule = Callable[[Any, str], Iterator[str]]

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True)
class ParsedCertificate:
    """Either the document, or the sentences that say why it is none."""

    document: dict[str, Any] | None
    faults: tuple[str, ...] = ()


def read_certificate(raw: bytes) -> ParsedCertificate:
    """Read bytes as a certificate; whatever the bytes are, this does not raise."""
    if len(raw) > CERTIFICATE_SIZE_MAX:
        return ParsedCertificate(None, ("it is larger than 1 MB",))
    try:
        value = json.loads(
            raw.decode("utf-8", errors="strict"),
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
            object_pairs_hook=_no_key_twice,
        )
        faults = tuple(_certificate(value, ""))
    except json.JSONDecodeError as error:
        return ParsedCertificate(
            None, (f"it is not JSON (line {error.lineno}, column {error.colno})",)
        )
    except UnicodeDecodeError:
        return ParsedCertificate(None, ("it is not UTF-8 text",))
    except RecursionError:
        return ParsedCertificate(None, ("it is nested too deeply",))
    except ValueError as error:
        return ParsedCertificate(None, (str(error),))
    return ParsedCertificate(None, faults) if faults else ParsedCertificate(value)


def _no_fraction(text: str) -> Any:
    raise ValueError(f"it holds {text[:40]}, and a certificate has no numbers but whole ones")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it names a field twice, so that two readers may see different things")
    return found


def _exactly(expected: object) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        # In Python True equals 1; in JSON they are different things.
        if type(value) is not type(expected) or value != expected:
            yield f"{at} is not {json.dumps(expected)}"

    return rule


def _text(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{at} is not text"


def _whole(minimum: int) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if type(value) is not int or value < minimum:
            yield f"{at} is not a whole number from {minimum}"

    return rule


def _matching(pattern: str, noun: str) -> Rule:
    compiled = re.compile(pattern)

    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield f"{at} is not {noun}"

    return rule


def _instant(value: Any, at: str) -> Iterator[str]:
    # `strptime` alone would take a lower-case t, a blank for a digit and other scripts' digits.
    well_formed = isinstance(value, str) and _INSTANT.fullmatch(value) is not None
    try:
        datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        well_formed = False
    if not well_formed:
        yield f"{at} is not an instant such as 2024-01-15T10:30:00Z"


def _quantity(value: Any, at: str) -> Iterator[str]:
    try:
        well_formed = isinstance(value, str) and format_tonnes(parse_tonnes(value)) == value
    except Invalid:
        well_formed = False
    if not well_formed:
        yield f"{at} is not a quantity such as 1000.00"


def _serial(value: Any, at: str) -> Iterator[str]:
    try:
        well_formed = isinstance(value, str) and bool(Serial.parse(value))
    except Invalid:
        well_formed = False
    if not well_formed:
        yield f"{at} is not a credit serial"


def _or_null(inner: Rule) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if value is not None:
            yield from inner(value, at)

    return rule


def _many(inner: Rule, *, minimum: int = 0) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list) or len(value) < minimum:
            yield f"{at} is not a list" + (f" of at least {minimum}" if minimum else "")
            return
        for index, item in enumerate(value):
            yield from inner(item, f"{at}/{index}")

    return rule


def _object(fields: Mapping[str, Rule], *, optional: frozenset[str] = frozenset()) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at or 'it'} is not an object"
            return
        for name, field_rule in fields.items():
            if name in value:
                yield from field_rule(value[name], f"{at}/{name}")
            elif name not in optional:
                yield f"{at}/{name} is missing"
        if value.keys() - fields.keys():
            yield f"{at or 'it'} has fields that do not belong there"

    return rule


def _beneficiary(value: Any, at: str) -> Iterator[str]:
    undisclosed = isinstance(value, dict) and "undisclosed" in value
    yield from (_UNDISCLOSED if undisclosed else _DISCLOSED)(value, at)


def _metadatum(value: Any, at: str) -> Iterator[str]:
    """The ledger's transaction_metadatum, less its byte strings: whole numbers, texts, lists, maps."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _metadatum(item, f"{at}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _metadatum(item, f"{at}/{index}")
    elif not isinstance(value, str) and type(value) is not int:
        yield f"{at} is nothing that Cardano metadata can hold"


def _metadata(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is not an object"
    else:
        yield from _metadatum(value, at)


def _text_or_chunks(value: Any, at: str) -> Iterator[str]:
    yield from (_many(_text, minimum=1) if isinstance(value, list) else _text)(value, at)


_HASH = _matching(r"[0-9a-f]{64}", "64 lower-case hex digits")
_SIGNATURE = _matching(r"[0-9a-f]{128}", "128 lower-case hex digits")
_UUID = _matching(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a lower-case UUID")
_COUNTRY = _matching(r"[A-Z]{3}", "an ISO 3166-1 alpha-3 country code")
_ADDRESS = _matching(r"addr(_test)?1[02-9ac-hj-np-z]{20,120}", "a Cardano address")

_UNDISCLOSED = _object({"undisclosed": _exactly(True)})
_DISCLOSED = _object({"name": _text, "country": _COUNTRY, "identifier": _or_null(_text)})

_CREDIT = _object(
    {
        "serial": _serial,
        "vintage": _whole(1900),
        "quantity": _quantity,
        "units": _object({"first": _whole(1), "last": _whole(1)}),
        "project": _object(
            {
                "id": _UUID,
                "number": _whole(1),
                "title": _text,
                "type": _text,
                "country": _COUNTRY,
            }
        ),
    }
)

_EVIDENCE_FIELDS: dict[str, Rule] = {
    "signOffDigest": _HASH,
    "verificationBody": _or_null(_text),
    "decidedAt": _instant,
    "documents": _many(_object({"documentType": _text, "sha256": _HASH})),
}

_RECORD_FIELDS: dict[str, Rule] = {
    "msg": _many(_text, minimum=1),
    "credit_id": _text_or_chunks,
    "project_id": _text_or_chunks,
    "quantity": _text_or_chunks,
    "vintage": _whole(1900),
    "retired_by": _text_or_chunks,
    "retirement_reason": _many(_text, minimum=1),
    "timestamp": _text_or_chunks,
}
"""The seed's retirement record, and no other key (seed, "Transaction Metadata Format (CIP-20)")."""

_CHAIN_FIELDS: dict[str, Rule] = {
    "network": _text,
    "label": _exactly(METADATA_LABEL),
    "txHash": _HASH,
    "blockHash": _HASH,
    "blockHeight": _whole(0),
    "slot": _whole(0),
    "confirmationsAtSealing": _whole(0),
    "platformAddress": _ADDRESS,
    "record": _object(_RECORD_FIELDS),
    "metadata": _metadata,
}
_COMMITTED_RECORD = _object(_RECORD_FIELDS | {"retired_by": _HASH})
_CHAIN = _object(_CHAIN_FIELDS | {"record": _COMMITTED_RECORD})
_CHAIN_NAMING_ACCOUNT = _object(_CHAIN_FIELDS)

_BLOCK = _object(
    {
        "serial": _serial,
        "quantity": _quantity,
        "units": _object({"first": _whole(1), "last": _whole(1)}),
    }
)

_ISSUANCE_RECORD = _object(
    {
        "msg": _many(_text, minimum=1),
        "credit_id": _text_or_chunks,
        "project_id": _text_or_chunks,
        "quantity": _text_or_chunks,
        "vintage": _whole(1900),
        "issued_to": _text_or_chunks,
        "timestamp": _text_or_chunks,
    }
)

_ISSUANCE = _object(
    {
        "projectId": _UUID,
        "vintage": _whole(1900),
        "approval": _object({"signOffDigest": _HASH, "quantity": _quantity}),
        "issued": _BLOCK,
        "buffer": _or_null(_BLOCK),
        "chain": _object(
            {name: rule for name, rule in _CHAIN_FIELDS.items() if name != "metadata"}
            | {"record": _ISSUANCE_RECORD}
        ),
    }
)
"""What the certificate's units come from (ADR 0039); the chain's metadata is read anew, not quoted."""

_PROOF = _object(
    {
        "digest": _HASH,
        "algorithm": _exactly(SIGNATURE_ALGORITHM),
        "publicKey": _HASH,
        "signature": _SIGNATURE,
    }
)

_LOSS = _object(
    {
        "reversalId": _UUID,
        "projectId": _UUID,
        "vintage": _or_null(_whole(1900)),
        "lostQuantity": _quantity,
        "owedQuantity": _quantity,
        "recordedAt": _instant,
    }
)

_FIELDS: dict[str, Rule] = {
    "type": _exactly(CERTIFICATE_TYPE),
    "version": _exactly(CERTIFICATE_VERSION),
    "certificateId": _UUID,
    "status": _matching("accepted|sealed", '"accepted" or "sealed"'),
    "registry": _object({"name": _text, "url": _text}),
    "retiredAt": _instant,
    "quantity": _quantity,
    "credits": _many(_CREDIT, minimum=1),
    "beneficiary": _beneficiary,
    "purpose": _text,
    "reason": _text,
    "evidence": _object(_EVIDENCE_FIELDS),
    "chain": _or_null(_CHAIN),
    "proof": _PROOF,
    "sealedAt": _instant,
    "supersedes": _HASH,
    "issuances": _many(_ISSUANCE, minimum=1),
    "losses": _many(_LOSS, minimum=1),
}
_OPTIONAL = frozenset({"proof", "sealedAt", "supersedes", "issuances", "losses"})
"""
But for the last, those of a sealed certificate; the first ones were sealed without saying when (ADR 0021), and later ones
without naming their issuances (ADR 0039). `losses` are there only when there are some (ADR 0043).
"""

_SEVERAL: dict[str, Rule] = {
    "credits": _many(_CREDIT, minimum=2),
    "evidence": _many(_object(_EVIDENCE_FIELDS | {"projectId": _UUID}), minimum=1),
    "chain": _or_null(_many(_CHAIN, minimum=2)),
}

_of_one_credit = _object(_FIELDS, optional=_OPTIONAL)
_of_several_credits = _object(_FIELDS | _SEVERAL, optional=_OPTIONAL)
_of_one_credit_naming_account = _object(
    _FIELDS
    | {
        "version": _exactly(CERTIFICATE_VERSION_NAMING_ACCOUNT),
        "chain": _or_null(_CHAIN_NAMING_ACCOUNT),
    },
    optional=_OPTIONAL,
)
_of_several_credits_naming_account = _object(
    _FIELDS
    | _SEVERAL
    | {
        "version": _exactly(CERTIFICATE_VERSION_OF_SEVERAL_NAMING_ACCOUNT),
        "chain": _or_null(_many(_CHAIN_NAMING_ACCOUNT, minimum=2)),
    },
    optional=_OPTIONAL,
)


def _certificate(value: Any, at: str) -> Iterator[str]:
    yield from _shape_of(value)(value, at)


def _shape_of(value: Any) -> Rule:
    version = value.get("version") if isinstance(value, dict) else None
    if type(version) is not int:
        return _of_one_credit
    if version == CERTIFICATE_VERSION_NAMING_ACCOUNT:
        return _of_one_credit_naming_account
    if version == CERTIFICATE_VERSION_OF_SEVERAL_NAMING_ACCOUNT:
        return _of_several_credits_naming_account
    credits = value.get("credits")
    several = isinstance(credits, list) and len(credits) > 1
    return _of_several_credits if several else _of_one_credit
