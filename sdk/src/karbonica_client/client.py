"""Calls of the registry with typed answers, every page of a list, and repeated requests that happen once."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from uuid import UUID, uuid4

import httpx
from pydantic import BaseModel

from karbonica_client import models

API = "/api/v1"
TRIES = 4
PAUSE_SECONDS = 1.0
"""Before the second try; each further one waits twice as long, or as long as the registry says."""

ANSWERS_LATER = frozenset({429, 502, 503, 504})
TIMEOUT_SECONDS = 30.0

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True)
class RegistryRefused(Exception):
    """The registry said no: `status` of HTTP, and one error for each thing to mend."""

    status: int
    errors: tuple[models.Error, ...]

    def __str__(self) -> str:
        sentences = " ".join(error.detail for error in self.errors)
        return f"{self.status}: {sentences or 'The registry gave no reason.'}"


class NotSealed(Exception):
    """The certificate is not sealed within the time that was given; it goes on without you."""


class Registry:
    """
    A registry at an address, with a key (`POST /me/api-keys`) or none for what is public.

    A request that fails on the way, or that the registry cannot take now, is sent again with the same
    idempotency key, so that it happens once.
    """

    def __init__(
        self, url: str, key: str | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def projects(self, **filters: str | int) -> Iterator[models.RegistryProjectLine]:
        return self.each("/registry/projects", models.RegistryProjectLine, **filters)

    def project(self, project_id: UUID | str) -> models.RegistryProject:
        return self.get(f"/registry/projects/{project_id}", models.RegistryProject)

    def retirements(self, **filters: str | int) -> Iterator[models.RetirementResponse]:
        return self.each("/registry/retirements", models.RetirementResponse, **filters)

    def retirement(self, retirement_id: UUID | str) -> models.RetirementResponse:
        return self.get(f"/registry/retirements/{retirement_id}", models.RetirementResponse)

    def changes(self, since: int = 0) -> Iterator[models.ChangeResponse]:
        """Every movement of the ledger after a number, up to the newest there is."""
        return self.each("/registry/changes", models.ChangeResponse, since=since)

    def certificate(self, retirement_id: UUID | str) -> bytes:
        """The canonical bytes, all of which count: keep them as they are."""
        address = f"{API}/registry/retirements/{retirement_id}/certificate.json"
        return self._send("GET", address).content

    def credential(self, retirement_id: UUID | str) -> bytes:
        """The sealed certificate as a W3C Verifiable Credential."""
        address = f"{API}/registry/retirements/{retirement_id}/certificate.vc.json"
        return self._send("GET", address).content

    def retire(
        self, lines: models.LinesRequest, *, idempotency_key: str | None = None
    ) -> models.RetirementResponse:
        """Retire of one or several entries, in one retirement. It cannot be undone."""
        return self.post(
            "/retirements", lines, models.RetirementResponse, idempotency_key=idempotency_key
        )

    def findings(
        self, verification_id: UUID | str, **filters: str | int
    ) -> Iterator[models.FindingResponse]:
        """Of a round that you work on, with their threads."""
        return self.each(
            f"/verifications/{verification_id}/findings", models.FindingResponse, **filters
        )

    def reply(
        self,
        finding_id: UUID | str,
        reply: models.FindingReplyRequest,
        *,
        idempotency_key: str | None = None,
    ) -> models.FindingResponse:
        """Answer a finding, or ask again about one."""
        return self.post(
            f"/findings/{finding_id}/replies",
            reply,
            models.FindingResponse,
            idempotency_key=idempotency_key,
        )

    def statement(self, verification_id: UUID | str) -> models.RegistryStatement:
        """The public part of the verification statement that an approved round stands on."""
        return self.get(
            f"/registry/verifications/{verification_id}/statement", models.RegistryStatement
        )

    def reservations(self, **filters: str | int) -> Iterator[models.ReservationResponse]:
        """Those that you asked for, and those that were asked of you."""
        return self.each("/reservations", models.ReservationResponse, **filters)

    def reserve(
        self, serial: str, wanted: models.ReservationRequest, *, idempotency_key: str | None = None
    ) -> models.ReservationResponse:
        """Ask a holder to set units aside for you."""
        return self.post(
            f"/credits/{serial}/reservations",
            wanted,
            models.ReservationResponse,
            idempotency_key=idempotency_key,
        )

    def answer_reservation(
        self,
        reservation_id: UUID | str,
        answer: Literal["accept", "refuse", "cancel", "fulfil"],
        *,
        idempotency_key: str | None = None,
    ) -> models.ReservationResponse:
        """The holder accepts, refuses or fulfils; whoever asked cancels."""
        return self.post(
            f"/reservations/{reservation_id}/{answer}",
            {},
            models.ReservationResponse,
            idempotency_key=idempotency_key,
        )

    def wait_for_seal(
        self, retirement_id: UUID | str, *, timeout_seconds: float = 900, pause_seconds: float = 5
    ) -> models.RetirementResponse:
        """
        Until the retirement's certificate is sealed, over six blocks of the chain.

        Raises:
            NotSealed: it is not, in that time.
        """
        until = time.monotonic() + timeout_seconds
        while True:
            found = self.retirement(retirement_id)
            if found.certificate_status is models.CertificateStatus.sealed:
                return found
            if time.monotonic() + pause_seconds > until:
                raise NotSealed(f"{retirement_id} is not sealed after {timeout_seconds} s.")
            time.sleep(pause_seconds)

    def get(self, path: str, shape: type[Shape], **params: str | int) -> Shape:
        """One thing; `path` as in the documentation, without `/api/v1`."""
        answer = self._send("GET", API + path, params=params)
        return shape.model_validate(answer.json()["data"])

    def each(self, path: str, shape: type[Shape], **params: str | int) -> Iterator[Shape]:
        """Every item of a list, page by page as they are taken."""
        answer = self._send("GET", API + path, params=params).json()
        while True:
            for item in answer["data"]:
                yield shape.model_validate(item)
            if answer["links"]["next"] is None:
                return
            answer = self._send("GET", answer["links"]["next"]).json()

    def post(
        self,
        path: str,
        body: BaseModel | Mapping[str, Any],
        shape: type[Shape],
        *,
        idempotency_key: str | None = None,
    ) -> Shape:
        """Give a key of your own to be able to ask again after your program ended."""
        sent = (
            body.model_dump(mode="json", by_alias=True, exclude_unset=True)
            if isinstance(body, BaseModel)
            else dict(body)
        )
        key = idempotency_key or str(uuid4())
        answer = self._send("POST", API + path, json=sent, headers={"Idempotency-Key": key})
        return shape.model_validate(answer.json()["data"])

    def _send(self, method: str, address: str, **sent: Any) -> httpx.Response:
        pause = PAUSE_SECONDS
        for left in reversed(range(TRIES)):
            try:
                answer = self._client.request(method, address, **sent)
            except httpx.TransportError:
                if not left:
                    raise
            else:
                if answer.is_success:
                    return answer
                if answer.status_code not in ANSWERS_LATER or not left:
                    raise _refusal(answer)
                told = answer.headers.get("Retry-After", "")
                pause = max(pause, float(told)) if told.isdecimal() else pause
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the last try answers or raises")


def _refusal(answer: httpx.Response) -> RegistryRefused:
    try:
        errors = tuple(models.Error.model_validate(one) for one in answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        errors = ()
    return RegistryRefused(answer.status_code, errors)
