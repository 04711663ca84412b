"""Whether a mail template is complete: subject, text and HTML in every language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from reminder.agreements import LANGUAGES
from reminder.policy.files import read_bytes
from reminder.policy.names import hint_for

PARTS = ("subject.txt.j2", "body.txt.j2", "body.html.j2")
SENTENCES = "sentences.txt.j2"
"""What text and HTML share; a template may do without, but then in every language."""
MOST_BYTES = 256 * 1024
LANGUAGE_NAMES = {"id": "Indonesian", "en": "English"}


def template_names(folders: Sequence[Path]) -> list[str]:
    """The names of all templates in *folders* (each holds ``email/NAME/LANGUAGE/``)."""
    found = {
        path.name
        for folder in folders
        if (folder / "email").is_dir()
        for path in (folder / "email").iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    }
    return sorted(found)


def template_mistakes(name: str, folders: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """What is wrong with the template *name*, and what to do about it.

    A part is taken from the first folder that has it, so that an admin may override one
    file and keep the rest; the last one is the shipped one.
    """
    parts = {
        (language, part): _first(f"email/{name}/{language}/{part}", folders)
        for language in LANGUAGES
        for part in (*PARTS, SENTENCES)
    }
    shared = [SENTENCES] if any(parts[language, SENTENCES] for language in LANGUAGES) else []
    if not any(parts.values()):
        names = template_names(folders)
        hint = hint_for(name, names) if names else f"add the folder templates/email/{name}"
        yield f'there is no template "{name}"', hint
        return
    for language in LANGUAGES:
        missing = [part for part in (*PARTS, *shared) if parts[language, part] is None]
        if missing:
            language_name = LANGUAGE_NAMES[language]
            where = f"templates/email/{name}/{language}/"
            has_some = any(parts[language, part] for part in PARTS)
            what = "is not whole in" if has_some else "is not in"
            yield (
                f'the template "{name}" {what} {language_name} ({language})',
                f"add {', '.join(where + part for part in missing)}",
            )
    for found in parts.values():
        if found is not None:
            path, folder = found
            is_shipped = len(folders) > 1 and folder == folders[-1]
            yield from _file_mistakes(path, folder, None if is_shipped else folder)


def _first(relative: str, folders: Sequence[Path]) -> tuple[Path, Path] | None:
    for folder in folders:
        path = folder / relative
        if path.exists() or path.is_symlink():
            return path, folder
    return None


def _file_mistakes(path: Path, folder: Path, root: Path | None) -> Iterator[tuple[str, str]]:
    shown = f"templates/{path.relative_to(folder).as_posix()}"
    try:
        read_bytes(path, root, MOST_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{shown} is not UTF-8 (byte {error.start})", "save it as UTF-8"
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield f"{shown} {message}", hint
