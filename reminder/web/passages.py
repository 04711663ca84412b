"""Sentences of the mail templates, for pages: what a mail asks for, in the words it used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateNotFound

from reminder.mail.matters import Plain
from reminder.mail.sandbox import mail_environment
from reminder.mail.template_files import SENTENCES_FILE, TemplateFiles

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from structlog.typing import FilteringBoundLogger

OPENING, ACTION, AFTER = "opening", "action", "after"


class Passages:
    """Blocks of ``email/NAME/LANGUAGE/``, the admin's before the shipped ones: those of the
    text part, which is what was mailed, before the sentences that it shares with the HTML."""

    def __init__(self, template_dirs: Sequence[Path], log: FilteringBoundLogger) -> None:
        self._dirs = tuple(template_dirs)
        self._log = log

    def passage(self, name: str, kind: str, block: str, context: Mapping[str, Plain]) -> str:
        """A block of the template *name*, else of the shipped one for that *kind* of deadline.

        Empty where neither has it. A template that cannot be used never costs the page.
        """
        language = str(context["language"])
        for environment, template in ((self._own, name), (self._shipped, kind)):
            try:
                for found in _parts(environment, f"{template}/{language}"):
                    if block in found.blocks:
                        return _filled(found, block, context)
            except Exception as error:
                self._log.warning("passage_failed", template=template, block=block, exc_info=error)
        return ""

    @cached_property
    def _own(self) -> ImmutableSandboxedEnvironment:
        return mail_environment(TemplateFiles(self._dirs), inline=False)

    @cached_property
    def _shipped(self) -> ImmutableSandboxedEnvironment:
        return mail_environment(TemplateFiles(self._dirs[-1:]), inline=False)


def _parts(environment: ImmutableSandboxedEnvironment, folder: str) -> Iterator[Template]:
    yield environment.get_template(f"{folder}/body.txt.j2")
    # A template of the admin's may do without this one.
    with suppress(TemplateNotFound):
        yield environment.get_template(f"{folder}/{SENTENCES_FILE}")


def _filled(template: Template, block: str, context: Mapping[str, Plain]) -> str:
    """One block by itself, on one line; only its template's own, without ``super()``."""
    parts = template.blocks[block](template.new_context(dict(context)))
    return " ".join("".join(parts).split())
