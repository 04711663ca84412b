"""Pages: shipped templates filled in, and the one style sheet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from reminder.agreements import LANGUAGES
from reminder.web.words import page_words

if TYPE_CHECKING:
    from jinja2 import Environment

STYLESHEET = "/style.css"


class Pages:
    """The templates below ``web/``, always the shipped ones: no check looks at others."""

    def __init__(self, templates_dir: Path) -> None:
        self._folder = templates_dir / "web"

    @cached_property
    def stylesheet(self) -> bytes:
        """The style sheet as it is served."""
        return (self._folder / "style.css").read_bytes()

    @cached_property
    def version(self) -> str:
        """Changes whenever the style sheet does, so that browsers may keep the old one long."""
        return sha256(self.stylesheet).hexdigest()[:12]

    def page(self, name: str, public_path: str, values: Mapping[str, object]) -> str:
        """The page *name* with its values; *public_path* is where the site begins."""
        link = f"{public_path}{STYLESHEET}?v={self.version}"
        return self._environment.get_template(f"{name}.html.j2").render(values, stylesheet=link)

    def told_page(self, name: str, public_path: str, first: str, service_name: str) -> str:
        """A page for a reader of whom nothing is known: every language, *first* first."""
        languages = sorted(LANGUAGES, key=lambda language: language != first)
        values = {
            "told": name,
            "languages": tuple(page_words(language) for language in languages),
            "words": page_words(languages[0]),
            "service_name": service_name,
        }
        return self.page("told", public_path, values)

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(self._folder),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
