"""What is answered to somebody who has signed in: tokens, and the cookie by which the device is known."""

from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts.sign_in import Tokens
from api.http.identity.devices import remember_device
from api.http.resources import resources
from api.http.responses import json_response
from api.rest.accounts.schemas.accounts import tokens_response


def signed_in_response(request: Request, tokens: Tokens) -> Response:
    answer = json_response(tokens_response(tokens))
    if tokens.device is not None:
        remember_device(resources(request).settings, answer, tokens.device)
    return answer
