"""Who cosigns the transparency log's checkpoints."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from adapters.settings.variables import WORKER, AreaSettings, variable
from domain.transparency.checkpoints import NoteKey


def _witness_key(text: str) -> str:
    if not NoteKey.parse(text).is_witness:
        raise ValueError("not the key of a witness (cosignature/v1)")
    return text


class WitnessReference(BaseModel):
    """`url` is the prefix of its `add-checkpoint`, `key` its verifier key as note tools write it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+[^\s?#/]$")]
    key: Annotated[str, AfterValidator(_witness_key)]


class TransparencySettings(AreaSettings):
    log_witnesses: list[WitnessReference] = variable(
        [],
        "who cosigns the transparency log's checkpoints (C2SP tlog-witness), as "
        '`[{"url": "https://witness.example", "key": "witness.example+7d8f…+BGy1…"}]`; unset: nobody',
        read_by=WORKER,
    )
