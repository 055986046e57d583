"""
The public pages: server-rendered, readable without scripts, open to anybody.

`mount_pages(app)` puts them onto an application that has `state.engine` and `state.settings`.
They read PostgreSQL only, through adapters/postgres/pages*.py, and never ask a workflow.
"""

from api.pages.mount import mount_pages
from api.pages.rendering import render_error
from api.pages.routes import is_page

__all__ = ["is_page", "mount_pages", "render_error"]
