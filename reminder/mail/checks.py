"""Every template in every language, tried on sample letters before anybody depends on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from reminder.errors import Problem, TemplateError
from reminder.mail.context import NAMES
from reminder.mail.render import SUBJECT_CHARACTERS, Renderer
from reminder.mail.template_files import PARTS, SENTENCES_FILE, TemplateFiles
from reminder.mail.trials import trial_letters
from reminder.near_names import near_name

MOST_HTML = 60_000
"""Characters; mail programs cut what is much longer."""
_PLACE = re.compile(r"(?P<file>.+?\.j2)(?::(?P<line>\d+))?: (?P<message>.+)", re.DOTALL)


def find_template_problems(
    template_dirs: Sequence[Path], languages: Sequence[str]
) -> list[Problem]:
    """All mistakes in all templates, each once, with file and line.

    Every template is read, and rendered for about thirty letters: usual ones, late ones,
    ones where next to nothing is known, ones with odd names.
    """
    files = TemplateFiles(template_dirs)
    renderer = Renderer(template_dirs)
    found: dict[Problem, None] = {}
    for name in files.names():
        for language in languages:
            problems = list(_reading(files, name, language))
            # What cannot be read cannot be rendered either; once is enough.
            if not any(problem.level == "error" for problem in problems):
                problems.extend(_rendering(renderer, files, name, language))
            found.update(dict.fromkeys(problems))
    for frame in ("_base.txt.j2", "_base.html.j2"):
        found.update(dict.fromkeys(_names_in(files, frame)))
    return list(found)


def _reading(files: TemplateFiles, name: str, language: str) -> Iterator[Problem]:
    for part in PARTS:
        yield from _names_in(files, f"{name}/{language}/{part}")
    yield from _names_in(files, f"{name}/{language}/{SENTENCES_FILE}", is_optional=True)


def _names_in(files: TemplateFiles, name: str, *, is_optional: bool = False) -> Iterator[Problem]:
    from reminder.mail.sandbox import check_language, unknown_names

    try:
        file = files.read(name)
        if file is None and is_optional:
            return
        if file is None:
            hint = "write it, or copy the shipped one of another language"
            yield Problem(files.shown(name), None, "", "is missing", hint)
            return
        tree = check_language(file.source, file.shown)
    except TemplateError as error:
        yield problem_of(error, files.shown(name))
        return
    for line, unknown in unknown_names(tree, NAMES):
        near = near_name(unknown, NAMES)
        hint = f'did you mean "{near}"?' if near else "see a shipped template"
        yield Problem(file.shown, line, "", f'no mail has a value "{unknown}"', hint)


def _rendering(
    renderer: Renderer, files: TemplateFiles, name: str, language: str
) -> Iterator[Problem]:
    shown = {part: files.shown(f"{name}/{language}/{part}") for part in PARTS}
    subject, _, html = PARTS
    for what, letter in trial_letters(name, language):
        try:
            mail = renderer.render_strictly(letter)
        except Exception as error:
            explained = renderer.explain(letter, error)
            yield problem_of(TemplateError(explained), shown[subject])
            continue
        if what.endswith("as usual") and len(mail.subject) >= SUBJECT_CHARACTERS:
            message = f"makes a subject of more than {SUBJECT_CHARACTERS} characters"
            yield Problem(shown[subject], None, "", message, "it is cut; shorten it", "warning")
        if len(mail.html) > MOST_HTML:
            message = f"makes more than {MOST_HTML // 1000} kB of HTML"
            yield Problem(shown[html], None, "", message, "shorten it", "warning")


def problem_of(error: Exception, otherwise: str) -> Problem:
    """A template's error as a problem; *otherwise* is the file where it names none."""
    match = _PLACE.fullmatch(str(error))
    if match is None:
        return Problem(otherwise, None, "", str(error))
    message, _, hint = match["message"].partition("; ")
    return Problem(match["file"], int(match["line"] or 0) or None, "", message, hint)
