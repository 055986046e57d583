"""The API's documentation, with assets of our own: Swagger UI, in its own policy (ADR 0069)."""

from starlette.requests import Request
from starlette.responses import Response

from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""As the pages', but for images in Swagger UI's style sheet and for its calls to the API."""

router = page_router()


@router.get("/api/docs")
async def look(request: Request) -> Response:
    answer = render(request, "public/api_docs.html", document=request.app.openapi_url)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
