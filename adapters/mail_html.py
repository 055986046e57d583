"""A letter as HTML: one layout, no script, no picture, nothing fetched, light and dark (ADR 0074)."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.accounts.notices.letters import CHOOSE, UNSUBSCRIBE, Letter

_TEMPLATES = Path(__file__).parent / "mail_templates"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(choose=CHOOSE, unsubscribe=UNSUBSCRIBE)
    return made


def html_of(letter: Letter) -> str:
    """The same words as `letter.text`, in the same order."""
    return _environment().get_template(f"{letter.template.value}.html").render(letter=letter)
