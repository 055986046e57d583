"""Witnesses of the transparency log, asked by C2SP tlog-witness."""

import httpx

from activities.ports.transparency import Witness, WitnessAnswer, WitnessUnavailable

ANSWER_SECONDS = 10
ANSWER_BYTES_MAX = 16 * 1024


class HttpWitnesses:
    """One POST for each checkpoint; redirects are not followed, and long answers not read."""

    def __init__(self) -> None:
        self._http = httpx.AsyncClient(timeout=ANSWER_SECONDS, follow_redirects=False)

    async def add_checkpoint(self, witness: Witness, body: bytes) -> WitnessAnswer:
        answer = b""
        try:
            async with self._http.stream(
                "POST", f"{witness.url}/add-checkpoint", content=body
            ) as response:
                async for part in response.aiter_bytes():
                    answer += part
                    if len(answer) > ANSWER_BYTES_MAX:
                        raise WitnessUnavailable("answered more than any witness does")
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            raise WitnessUnavailable(f"cannot be reached ({type(trouble).__name__})") from None
        return WitnessAnswer(response.status_code, answer.decode("utf-8", "replace"))
