"""Routes of the JSON API: whatever goes wrong in one becomes an answer, once and here."""

from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.http.errors.error_mapping import UnfitRequest, error_response
from api.http.errors.problem import render_problems
from api.http.idempotency import respond_once, respond_once_claiming_late
from api.http.identity.access_audit import note_refused
from api.http.strict_json import AmbiguousJson, require_unambiguous
from domain.accounts.roles import Account

FORBIDDEN = 403
_PLAINLY = "answered_plainly"

PlainAnswer = Callable[[Request], Awaitable[Response | None]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def answered_plainly(answer: PlainAnswer) -> Callable[[Endpoint], Endpoint]:
    """
    Decorator of a route's function: `answer` may give the same answer first, for less.

    It says None to whatever it does not know; the function is then asked as always, and finds what is wrong.
    To have FastAPI work out a list's parameters costs as much as its answer.
    """

    def decorate(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _PLAINLY, answer)
        return endpoint

    return decorate


class RegistryRoute(APIRoute):
    """Answers errors in the contract's form, and takes JSON bodies only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        takes_body = self.body_field is not None
        known = _query_names(self.dependant)
        plainly: PlainAnswer | None = getattr(self.endpoint, _PLAINLY, None)

        async def answer_anything(request: Request) -> Response:
            try:
                if plainly is not None and (plain := await plainly(request)) is not None:
                    return plain
                _require_known(request, known)
                if takes_body:
                    _require_json(request)
                    # The body is kept in the request, where the framework finds it again.
                    require_unambiguous(await request.body())
                return await answer(request)
            except AmbiguousJson as ambiguous:
                return render_problems(request, ambiguous.problems)
            except Exception as error:  # noqa: BLE001 -- this is the place where all of them end
                response = error_response(request, error)
                account: Account | None = getattr(request.state, "account", None)
                if response.status_code == FORBIDDEN and account is not None:
                    await note_refused(request, account)
                return response

        return answer_anything


class IdempotentRoute(RegistryRoute):
    """Beside that, gives repeated POSTs with one Idempotency-Key one answer (ADR 0003)."""

    respond_once = staticmethod(respond_once)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        if "POST" not in (self.methods or ()):
            return answer

        respond = self.respond_once

        async def answer_post(request: Request) -> Response:
            try:
                return await respond(request, answer)
            except Exception as error:  # noqa: BLE001 -- as above, for what goes wrong around the answer
                return error_response(request, error)

        return answer_post


class MovementRoute(IdempotentRoute):
    """The same, where all that a POST brings about is by a workflow (ADR 0117)."""

    respond_once = staticmethod(respond_once_claiming_late)


def _query_names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_query_names(inner) for inner in dependant.dependencies))


def _require_known(request: Request, known: Collection[str]) -> None:
    """A misspelt filter would otherwise answer with everything."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in dict.fromkeys(names):
        if name not in known:
            raise UnfitRequest("parameter", name, f"“{name}” is not a parameter of this address.")
        if names.count(name) > 1:
            raise UnfitRequest("parameter", name, f"“{name}” is there more than once.")


def _require_json(request: Request) -> None:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = request.headers.get("content-length", "0") != "0" or (
        "transfer-encoding" in request.headers
    )
    if content_type != "application/json" and (content_type or has_body):
        raise UnfitRequest(
            "header", "Content-Type", "Send the body as JSON, with Content-Type: application/json."
        )
