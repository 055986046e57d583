"""What a verifier of credentials asks the registry for: its keys by did:web, the context and the schema."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.commands.certificates.published_keys import certificate_keys
from api.http.resources import public_url, resources
from domain.certificates.credentials import (
    CONTEXT_PATH,
    CREDENTIAL_TYPE,
    CREDENTIALS_CONTEXT,
    DID_PATH,
    SAID_OF_THE_RETIREMENT,
    SCHEMA_PATH,
    did_document,
    did_web,
)
from domain.certificates.published_keys import PUBLISHED_AT

router = APIRouter(include_in_schema=False)

_HEADERS = {
    "Cache-Control": "public, max-age=300",
    # Verifiers run in browsers, on other people's pages.
    "Access-Control-Allow-Origin": "*",
}
_XSD_MOMENT = "http://www.w3.org/2001/XMLSchema#dateTime"
_JSON_VALUES = frozenset({"credits", "beneficiary", "certificate"})
_TEXT = {"type": "string"}


@router.get(DID_PATH)
async def read_did_document(request: Request) -> Response:
    """The keys that seal, and those that did; when each did stands in the registry's own list."""
    keys = certificate_keys(resources(request).settings)
    document = did_document(
        public_url(request),
        [bytes.fromhex(key["publicKey"]) for key in keys],
        keys_published_at=PUBLISHED_AT,
    )
    return JSONResponse(document, headers=_HEADERS, media_type="application/did+json")


@router.get(CONTEXT_PATH)
async def read_context(request: Request) -> Response:
    """What the names of a credential's subject mean, as JSON-LD. Never changed: another one is v2."""
    return JSONResponse(
        context_document(public_url(request)), headers=_HEADERS, media_type="application/ld+json"
    )


@router.get(SCHEMA_PATH)
async def read_schema(request: Request) -> Response:
    """JSON Schema 2020-12 of the credential. Never changed: another one is v2."""
    return JSONResponse(
        schema_document(public_url(request)),
        headers=_HEADERS,
        media_type="application/schema+json",
    )


def context_document(url: str) -> dict[str, Any]:
    vocabulary = f"{url}{CONTEXT_PATH}#"
    fields: dict[str, Any] = {
        name: {"@id": vocabulary + name, "@type": "@json"}
        if name in _JSON_VALUES
        else vocabulary + name
        for name in (*SAID_OF_THE_RETIREMENT, "certificate")
    }
    fields["retiredAt"] = {"@id": vocabulary + "retiredAt", "@type": _XSD_MOMENT}
    return {
        "@context": {
            "@protected": True,
            CREDENTIAL_TYPE: vocabulary + CREDENTIAL_TYPE,
            "Retirement": {
                "@id": vocabulary + "Retirement",
                "@context": {"@protected": True, **fields},
            },
        }
    }


def schema_document(url: str) -> dict[str, Any]:
    subject = {
        "id": {"type": "string", "pattern": "^urn:uuid:"},
        "type": {"const": "Retirement"},
        "retiredAt": {"type": "string", "format": "date-time"},
        "quantity": {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$"},
        "credits": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        "beneficiary": {"type": "object"},
        "purpose": _TEXT,
        "reason": _TEXT,
        "certificate": {
            "type": "object",
            "required": ["type", "version", "certificateId", "proof"],
            "properties": {"type": {"const": "RetirementCertificate"}},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{url}{SCHEMA_PATH}",
        "title": "Retirement credential",
        "type": "object",
        "required": [
            *("@context", "id", "type", "issuer", "validFrom", "credentialSchema"),
            *("credentialSubject", "proof"),
        ],
        "properties": {
            "@context": {"const": [CREDENTIALS_CONTEXT, f"{url}{CONTEXT_PATH}"]},
            "type": {"const": ["VerifiableCredential", CREDENTIAL_TYPE]},
            "issuer": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {"id": {"const": did_web(url)}, "name": _TEXT},
            },
            "validFrom": {"type": "string", "format": "date-time"},
            "credentialSubject": {
                "type": "object",
                "required": list(subject),
                "properties": subject,
                "additionalProperties": False,
            },
            "proof": {
                "type": "object",
                "properties": {
                    "type": {"const": "DataIntegrityProof"},
                    "cryptosuite": {"const": "eddsa-jcs-2022"},
                    "proofPurpose": {"const": "assertionMethod"},
                },
            },
        },
    }
