"""
What an API key may call: what the table of routes gives a scope for, and nothing else (ADR 0063, 0066).

No key signs anybody in, manages an account, a key or a wallet, decides a verification, or does what
staff do to the registry: whoever wants that signs in.
"""

from starlette.requests import Request

from api.http.identity.routes import ROUTES, route_of
from domain.accounts.api_keys import ApiKey, Scope, is_bound_elsewhere
from domain.errors import Forbidden

SCOPES: dict[str, Scope] = {
    route: rule.scope for route, rule in ROUTES.items() if rule.scope is not None
}
"""Method and path below /api/v1, as the OpenAPI document has them."""


def require_scope(request: Request, scopes: tuple[Scope, ...]) -> None:
    """
    Raises:
        Forbidden: no key may make this call, or this one may not.
    """
    needed = SCOPES.get(route_of(request.scope, request.method))
    if needed is None:
        raise Forbidden("No API key may do that; sign in instead.")
    if needed not in scopes:
        raise Forbidden(f"This API key may not do that: it lacks the scope “{needed}”.")


def require_within_bounds(request: Request, key: ApiKey) -> None:
    """
    Raises:
        Forbidden: the key is bound to a project or a folder, and this is not below its address.
    """
    if is_bound_elsewhere(key, request.path_params):
        raise Forbidden("This API key is bound to one project or folder: that alone it may call.")
