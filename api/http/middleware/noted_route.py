"""
Which route answers, told to those who stand outside of the router and measure by it.

The router writes it into a scope that may be a copy; `state` is the one part that all copies share.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

_ROUTE = "route_template"


class NotedRoute:
    """ASGI middleware, the innermost one. Templates of routes below `prefix` do not name it."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self.app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            note_route(scope, self._template(scope))

    def _template(self, scope: Scope) -> str:
        template: str = getattr(scope.get("route"), "path", "")
        is_below = scope.get("path", "").startswith(f"{self._prefix}/")
        return f"{self._prefix}{template}" if template and is_below else template


def note_route(scope: Scope, route: str) -> None:
    """`route` is a template, as `/projects/{project_id}`."""
    scope.setdefault("state", {})[_ROUTE] = route


def noted_route(scope: Scope) -> str:
    """Empty where no route was found, or the router was not asked."""
    found: str = scope.get("state", {}).get(_ROUTE, "")
    return found
