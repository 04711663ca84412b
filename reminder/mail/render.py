"""Letters become subject, text and HTML; a broken template never costs anybody the notice."""

from __future__ import annotations

import traceback
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from reminder.agreements import LANGUAGES
from reminder.errors import TemplateError
from reminder.mail.context import SENTENCES, letter_context
from reminder.mail.letters import Letter
from reminder.mail.matters import Plain
from reminder.mail.plain_text import clean, shorten, tidy
from reminder.mail.template_files import (
    PARTS,
    SENTENCES_FILE,
    TemplateFile,
    TemplateFiles,
    is_template_name,
)

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

SUBJECT_CHARACTERS = 90
MOST_CHARACTERS = 512 * 1024
"""Of one rendered part; far beyond any mail, it ends what would not end by itself."""
DEEPEST_INCLUDE = 3
PLAIN = "plain"
_SHORTENED = ("title", "partner", "item", "meeting", "step")
_ROOMS = range(12, SUBJECT_CHARACTERS + 1)
"""How many characters a shortened name may have."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail as it is frozen and kept. Links are still placeholders."""

    subject: str
    text: str
    html: str
    template: str
    template_version: str
    error: str = ""
    """Why this is the built-in plain notice and not the template asked for; empty if it is."""


@dataclass(frozen=True)
class _Compiled:
    subject: Template
    text: Template
    html: Template
    sentences: Template | None
    """What text and HTML both say; None where the template keeps its sentences in the two."""
    version: str


class Renderer:
    """Renders letters from *template_dirs*, the admin's folder first, the shipped one last.

    Templates are read and compiled on first use and then kept: a changed file takes effect
    in a new Renderer. Safe for use by several threads.
    """

    def __init__(self, template_dirs: Sequence[Path]) -> None:
        self._files = TemplateFiles(template_dirs)
        self._shipped = TemplateFiles(template_dirs[-1:])
        self._compiled: dict[tuple[str, str, bool], _Compiled | TemplateError] = {}
        self._lock = Lock()

    def render(self, letter: Letter) -> Rendered:
        """The mail for *letter*: from its template, else the built-in plain notice. Never raises.

        ``error`` then says what failed, with file and line, for the admin.
        """
        try:
            return self.render_strictly(letter)
        except Exception as error:
            problem = self.explain(letter, error)
        try:
            # A language that nobody wrote words for still gets its notice, in Indonesian.
            language = letter.language if letter.language in LANGUAGES else LANGUAGES[0]
            compiled = self._load(PLAIN, language, built_in=True)
            context = letter_context(letter, as_list=True)
            return _render(compiled, context, PLAIN, problem)
        except Exception as error:
            return _bare(letter, f"{problem}; and the plain notice: {error}")

    def render_strictly(self, letter: Letter) -> Rendered:
        """The mail from its own template; raises where that fails."""
        compiled = self._load(letter.template, letter.language)
        return _render(compiled, letter_context(letter), letter.template, "")

    def subject_of(self, letter: Letter) -> str:
        """Only the subject, as ``render`` gives it where the template has no mistake."""
        try:
            compiled = self._load(letter.template, letter.language)
            return _subject(compiled.subject, letter_context(letter))
        except Exception:
            return self.render(letter).subject

    def explain(self, letter: Letter, error: Exception) -> str:
        """What failed, with the template's file and line where it has one."""
        if isinstance(error, TemplateError):
            return str(error)
        try:
            # Moving CSS into the elements moves lines; once more, from the source as written.
            plain = _compile(self._unaltered, self._files, letter.template, letter.language)
            _render(plain, letter_context(letter), letter.template, "")
        except Exception as again:
            error = again
        return _located(error)

    def _load(self, name: str, language: str, *, built_in: bool = False) -> _Compiled:
        key = (name, language, built_in)
        found = self._compiled.get(key)
        if found is None:
            with self._lock:
                environment = self._built_in if built_in else self._environment
                files = self._shipped if built_in else self._files
                try:
                    found = _compile(environment, files, name, language)
                except TemplateError as error:
                    found = error
                self._compiled[key] = found
        if isinstance(found, TemplateError):
            raise TemplateError(str(found))
        return found

    @cached_property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        return _environment(self._files)

    @cached_property
    def _built_in(self) -> ImmutableSandboxedEnvironment:
        return _environment(self._shipped)

    @cached_property
    def _unaltered(self) -> ImmutableSandboxedEnvironment:
        return _environment(self._files, inline=False)


def _environment(files: TemplateFiles, *, inline: bool = True) -> ImmutableSandboxedEnvironment:
    from reminder.mail.sandbox import mail_environment

    return mail_environment(files, inline=inline)


def _compile(
    environment: ImmutableSandboxedEnvironment, files: TemplateFiles, name: str, language: str
) -> _Compiled:
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    from reminder.mail.sandbox import check_language, referenced

    names = [f"{name}/{language}/{part}" for part in PARTS]
    both = f"{name}/{language}/{SENTENCES_FILE}"
    names += [both] if files.read(both) is not None else []
    sources: dict[str, str] = {}

    def gather(file: TemplateFile, above: tuple[str, ...]) -> None:
        sources[file.name] = file.source
        for line, other in referenced(check_language(file.source, file.shown)):
            place = f"{file.shown}:{line}: uses {other}"
            if other == file.name or other in above or len(above) >= DEEPEST_INCLUDE:
                raise TemplateError(f"{place}, which includes itself or is too deep a chain")
            included = files.read(other) if is_template_name(other) else None
            if included is None:
                raise TemplateError(f"{place}, which is missing; see the shipped templates")
            gather(included, (*above, file.name))

    for each in names:
        first = files.read(each)
        if first is None:
            raise TemplateError(f"{files.shown(each)}: is missing; write it, or remove its use")
        gather(first, ())
    try:
        subject, text, html, *shared = (environment.get_template(each) for each in names)
    except TemplateNotFound as error:
        raise TemplateError(f"{files.shown(str(error.name))}: is missing") from error
    except TemplateSyntaxError as error:
        raise TemplateError(f"{error.filename}:{error.lineno}: {error.message}") from error
    digest = sha256()
    for each in sorted(sources):
        digest.update(f"{each}\0{sources[each]}\0".encode())
    return _Compiled(subject, text, html, next(iter(shared), None), digest.hexdigest()[:12])


def _render(compiled: _Compiled, context: dict[str, Plain], template: str, error: str) -> Rendered:
    subject = _subject(compiled.subject, context)
    context = context | {"subject": subject}
    context |= _sentences(compiled.sentences, context)
    return Rendered(
        subject=subject,
        text=tidy(_filled(compiled.text, context)),
        html=_filled(compiled.html, context),
        template=template,
        template_version=compiled.version,
        error=error,
    )


def _sentences(template: Template | None, context: Mapping[str, Plain]) -> dict[str, str]:
    """The blocks that both parts show, as texts on one line: only HTML escapes them, once."""
    if template is None:
        return {}
    inner = template.new_context(dict(context), shared=True)
    try:
        return {
            name: " ".join(_joined(template, block(inner)).split())
            for name, block in template.blocks.items()
            if name in SENTENCES
        }
    except Exception:
        # Names the line of the template, as rendering a whole one does.
        template.environment.handle_exception()


def _filled(template: Template, context: Mapping[str, Plain]) -> str:
    return _joined(template, template.generate(context))


def _joined(template: Template, pieces: Iterable[str]) -> str:
    parts: list[str] = []
    size = 0
    for part in pieces:
        size += len(part)
        if size > MOST_CHARACTERS:
            raise TemplateError(
                f"{template.filename}: makes more than {MOST_CHARACTERS} characters"
            )
        parts.append(part)
    return "".join(parts)


def _subject(template: Template, context: dict[str, Plain]) -> str:
    """One line of at most 90 characters: names give way first, then the end."""
    subject = _one_line(template, context)
    if len(subject) <= SUBJECT_CHARACTERS:
        return subject
    names = {name: str(context[name]) for name in _SHORTENED}

    def cut_to(room: int) -> str:
        return _one_line(template, context | {each: shorten(names[each], room) for each in names})

    # As much of each as there is room for, where several are long.
    fitting = bisect_right(_ROOMS, SUBJECT_CHARACTERS, key=lambda room: len(cut_to(room)))
    if fitting:
        return cut_to(_ROOMS[fitting - 1])
    return shorten(subject, SUBJECT_CHARACTERS)


def _one_line(template: Template, context: Mapping[str, Plain]) -> str:
    subject = _filled(template, context).strip(" \r\n")
    if not subject:
        raise TemplateError(f"{template.filename}: makes an empty subject; write one line of text")
    if not subject.isprintable() and clean(subject, MOST_CHARACTERS) != subject:
        raise TemplateError(
            f"{template.filename}: makes a subject with a line break or a control character; "
            "write one line of text"
        )
    return subject


def _located(error: Exception) -> str:
    """The error with the file and line of the template that it came from."""
    if isinstance(error, TemplateError):
        return str(error)
    name = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(".j2"):
            return f"{frame.filename}:{frame.lineno}: {name}"
    return name


def _bare(letter: Letter, error: str) -> Rendered:
    """The last resort, made without any template: what, when, and where to answer."""
    from html import escape

    lines: list[str] = []
    for notice in letter.notices:
        what = notice.agreement.title if notice.agreement else notice.follow_up_text
        lines.append(clean(f"[{notice.lead_time}] {what}: {notice.due.text or notice.due.last}"))
        lines.extend([notice.link, ""] if notice.link else [""])
    lines.extend(clean(f"{alarm.what} {alarm.where} {alarm.todo}") for alarm in letter.alarms)
    subject = shorten(next(iter(lines), "") or clean(letter.service_name), SUBJECT_CHARACTERS)
    text = tidy("\n".join([*lines, "", clean(letter.service_name)]))
    html = f"<!doctype html><html><body><pre>{escape(text)}</pre></body></html>\n"
    return Rendered(subject, text, html, PLAIN, "", error)
