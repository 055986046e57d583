"""Answers: one thing or part of a list, as bytes, with the headers that caches need."""

import hashlib
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.http.schema import ResponseSchema

MEDIA_TYPE = "application/json"
PRIVATE = "no-store"
PUBLIC = "public, max-age=5, stale-if-error=60"
"""
Public reads may be a few seconds old in somebody's cache; validators make asking again cheap. While
we answer with 5xx a cache in front may go on with what it has for a minute (RFC 5861).
"""


class SecretResponse(Response):
    """An answer with a secret in it: made again for a repeated request, never kept (ADR 0025)."""


def json_response(
    shape: ResponseSchema, *, status: int = 200, location: str | None = None
) -> Response:
    """For the one who asked, and nobody's cache."""
    headers = {"Cache-Control": PRIVATE} | ({"Location": location} if location else {})
    return Response(data_bytes(shape), status_code=status, headers=headers, media_type=MEDIA_TYPE)


def data_bytes(shape: ResponseSchema) -> bytes:
    return b'{"data":%s}' % shape.model_dump_json(by_alias=True).encode()


def public_response(
    request: Request,
    body: bytes,
    *,
    media_type: str = MEDIA_TYPE,
    cache_control: str = PUBLIC,
    filename: str | None = None,
) -> Response:
    """For everybody. Who has these very bytes already is answered with 304 and none."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": cache_control}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    if filename is not None:
        headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return Response(body, headers=headers, media_type=media_type)


def matches(if_none_match: str, tag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2): a proxy that compressed the answer made the tag weak."""
    sent = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return tag in sent or "*" in sent


def streamed_file(pieces: AsyncIterator[bytes], *, media_type: str, filename: str) -> Response:
    """For the one who asked: a file to keep, sent as it is made."""
    return StreamingResponse(
        pieces,
        media_type=media_type,
        headers={
            "Cache-Control": PRIVATE,
            "Content-Disposition": f'attachment; filename="{filename}"',
        },
    )
