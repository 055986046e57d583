"""The header with what a wallet signed for a large movement: `challengeId.signature.key` (ADR 0062)."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header
from pydantic import AfterValidator

from adapters.signing.wallet_signature import HEX_DIGITS_MAX
from api.commands.fresh_signatures import HEADER, SentSignature
from api.http.fields import refuse
from api.http.identity.authentication import SessionId

_HEX = rf"[0-9a-fA-F]{{1,{HEX_DIGITS_MAX}}}"
_SHAPE = re.compile(
    rf"([0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})\.({_HEX})\.({_HEX})"
)


def _shaped(value: str) -> str:
    if not _SHAPE.fullmatch(value):
        raise refuse(
            f"{HEADER} must be the challenge's id, the signature and the key, with a dot between"
        )
    return value


async def _sent(
    session_id: SessionId,
    wallet_signature: Annotated[
        str | None,
        AfterValidator(_shaped),
        Header(
            alias=HEADER,
            description="`challengeId.signature.key`, for what is large: answered 401 with the"
            " challenge in `meta.walletChallenge`, the same request is sent again with this.",
        ),
    ] = None,
) -> SentSignature:
    found = _SHAPE.fullmatch(wallet_signature or "")
    if found is None:
        return SentSignature(session_id)
    return SentSignature(session_id, UUID(found[1]), found[2], found[3])


WalletSignature = Annotated[SentSignature, Depends(_sent)]
