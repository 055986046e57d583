"""The transparency log as other people's tools read it (C2SP tlog-tiles), and the proof of a certificate."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from activities.transparency.log import OCTETS, object_key
from adapters.postgres.transparency import reads as reads_log
from adapters.postgres.transparency.log import stored_tiles
from adapters.postgres.transparency.reads import CheckpointView
from api.commands.certificates.published_keys import certificate_keys
from api.http.errors.error_mapping import Unavailable
from api.http.errors.problem import Code, error_responses
from api.http.resources import public_url, reading, resources
from api.http.responses import data_bytes, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data, Moment, ResponseSchema
from domain.certificates.certificates import canonical_bytes
from domain.errors import NotFound
from domain.transparency.checkpoints import LOG_PATH, NoteKey, origin_of
from domain.transparency.proofs import PROOF_TYPE, CheckpointAnchor, proof_document
from domain.transparency.tiles import TilePath

FOR_EVER = "public, max-age=31536000, immutable"
NEWEST = "public, max-age=10"
ANCHORED = "public, max-age=300"
BUNDLE_BYTES_MAX = 1024 * 1024
"""256 entries of some hundred bytes are far below it."""

EXAMPLE: dict[str, JsonValue] = {
    "origin": "registry.example/api/v1/registry/log",
    "url": "https://registry.example/api/v1/registry/log",
    "keys": ["registry.example/api/v1/registry/log+1ab2c3d4+AQ=="],
    "size": 4711,
    "rootHash": "5f" * 32,
    "signedAt": "2026-03-01T12:00:00Z",
    "signedBy": ["registry.example/api/v1/registry/log"],
    "anchoredBy": None,
}


class LogResponse(ResponseSchema):
    """The log's name, where it is served, whose signatures count, and its newest checkpoint."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    origin: str
    url: str = Field(description="The prefix of `checkpoint` and `tile/` (C2SP tlog-tiles).")
    keys: list[str] = Field(
        description="Verifier keys as note tools read them, the present one first."
    )
    size: int = Field(description="Leaves in the newest checkpoint; 0 before the first.")
    root_hash: str | None
    signed_at: Moment | None
    signed_by: list[str] = Field(
        description="Names in the signatures: the log's own, and witnesses'."
    )
    anchored_by: str | None = Field(
        description="The Cardano transaction in which that checkpoint stands; most stand in none."
    )


router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)


def _documented(media_type: str, schema: dict[str, Any], example: Any) -> dict[int | str, Any]:
    content = {media_type: {"schema": schema, "example": example}}
    return {
        200: {"description": "As it says.", "content": content},
        **error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND, Code.UNAVAILABLE),
    }


@router.get(
    "/log",
    summary="Read what the transparency log is",
    response_model=Data[LogResponse],
    responses=error_responses(),
)
async def read_log(request: Request) -> Response:
    """Movements of the ledger and entries of the audit log, as leaves of one Merkle tree that only grows."""
    async with reading(request) as connection:
        newest = await reads_log.newest_checkpoint(connection)
    return public_response(request, data_bytes(log_response(request, newest)), cache_control=NEWEST)


@router.get(
    "/log/checkpoint",
    summary="Read the newest checkpoint",
    response_class=Response,
    responses=_documented(
        "text/plain",
        {"type": "string", "description": "A signed note (C2SP tlog-checkpoint)."},
        "registry.example/api/v1/registry/log\n4711\nX19fX19fX19fX19fX19fX19fX19fX19fX19fX19fX18=\n\n— …\n",
    ),
)
async def read_checkpoint(request: Request) -> Response:
    """Size and root of the log, signed by the registry, and by the witnesses that have seen it since."""
    async with reading(request) as connection:
        newest = await reads_log.newest_checkpoint(connection)
    if newest is None:
        raise NotFound("The log has no checkpoint yet.")
    return public_response(
        request,
        newest.checkpoint.note.encode(),
        media_type="text/plain; charset=utf-8",
        cache_control=NEWEST,
    )


@router.get(
    "/log/tile/{tile:path}",
    summary="Read a tile of the log",
    response_class=Response,
    responses=_documented(OCTETS, {"type": "string", "format": "binary"}, "…"),
)
async def read_tile(request: Request, tile: str) -> Response:
    """
    Up to 256 hashes (`0/x001/067`), or the leaves below them (`entries/x001/067`), as C2SP tlog-tiles has them.

    A tile that is not full has its width at the end (`0/x001/067.p/5`). None ever changes.
    """
    try:
        path = TilePath.parse(tile)
    except ValueError:
        raise NotFound("There is no such tile.") from None
    async with reading(request) as connection:
        newest = await reads_log.newest_checkpoint(connection)
    size = newest.checkpoint.size if newest else 0
    if path.width > path.width_at(size):
        raise NotFound("The log has no such tile yet.")
    parts = resources(request)
    content = await parts.object_store.first_bytes(
        parts.http, object_key(path), most=BUNDLE_BYTES_MAX
    )
    if content is None:
        # Of a width that no checkpoint had, or storage is away; the database has the same bytes.
        async with reading(request) as connection:
            stored = await stored_tiles(connection, [path.tile])
        if path.tile not in stored:
            raise Unavailable("The log's tiles cannot be read at the moment.")
        content = stored[path.tile].file(path)
    return public_response(request, content, media_type=OCTETS, cache_control=FOR_EVER)


@router.get(
    "/retirements/{retirement_id}/certificate.proof.json",
    summary="Download the proof that a certificate is in the log",
    response_class=Response,
    responses=_documented(
        "application/json",
        {"type": "object", "description": "Canonical JSON (RFC 8785); see ADR 0107."},
        {"type": PROOF_TYPE, "version": 1, "checkpoint": "…", "leaves": []},
    ),
)
async def read_proof(request: Request, retirement_id: UUID) -> Response:
    """
    The audit entry of the seal and each movement of the retirement, with their proofs of inclusion.

    To the first checkpoint that stands on the chain and has them, else to the newest. Checked with the certificate by
    `karbonica-verify --proof`, which asks the chain alone. There a minute after the seal.
    """
    async with reading(request) as connection:
        leaves = await reads_log.certificate_leaves(connection, retirement_id)
        seal = any(leaf.kind.value == "audit" for _, leaf, _ in leaves)
        size_min = max((index for index, _, _ in leaves), default=-1) + 1
        found = None
        if seal:
            found = await reads_log.anchored_checkpoint(connection, size_min=size_min)
            found = found or await reads_log.newest_checkpoint(connection)
        if found is None or found.checkpoint.size < size_min:
            raise NotFound("The certificate is not in the log; it is a minute after it was sealed.")
        proven = await reads_log.proven(connection, leaves, found.checkpoint.size)
    network = resources(request).settings.chain.cardano_network.value
    anchor = CheckpointAnchor(network, found.anchored_by) if found.anchored_by else None
    document = proof_document(str(retirement_id), found.checkpoint, anchor, proven)
    return public_response(
        request,
        canonical_bytes(document),
        cache_control=ANCHORED if anchor else NEWEST,
        filename=f"certificate-{retirement_id}.proof.json",
    )


def log_response(request: Request, newest: CheckpointView | None) -> LogResponse:
    url = public_url(request)
    origin = origin_of(url)
    checkpoint = newest.checkpoint if newest else None
    return LogResponse(
        origin=origin,
        url=f"{url}{LOG_PATH}",
        keys=[
            str(NoteKey(origin, bytes.fromhex(key["publicKey"])))
            for key in certificate_keys(resources(request).settings)
        ],
        size=checkpoint.size if checkpoint else 0,
        root_hash=checkpoint.root.hex() if checkpoint else None,
        signed_at=newest.signed_at if newest else None,
        signed_by=[one.name for one in checkpoint.signatures] if checkpoint else [],
        anchored_by=newest.anchored_by if newest else None,
    )
