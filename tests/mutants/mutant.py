"""A mutant: a small change of the program that breaks one promise, and the tests to notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class DoesNotApply(Exception):
    """The program has moved on: the text that a mutant changes is not there as declared."""


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of text in one file, and what takes its place."""

    file: str
    """Within the project, for example ``jobs/sending.py``."""
    old: str
    new: str
    times: int = 1
    """How often *old* stands in the file; each of them is replaced."""

    def applied_to(self, source: str) -> str:
        """*source* with the change made; DoesNotApply where *old* is not there *times* times."""
        found = source.count(self.old)
        if found != self.times:
            raise DoesNotApply(
                f"{self.file}: has {found} times instead of {self.times}: {self.old.strip()!r}; "
                "have the mutant break the same promise in the program as it is now"
            )
        return source.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One promise broken: in all its variants it has the number of reliability 7.3, or N."""

    name: str
    breaks: str
    """The promise, as it is in the mutant."""
    changes: tuple[Change, ...]
    tests: tuple[str, ...]
    """Files of tests, of which one must fail; the likeliest first."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it changes."""
        return tuple(dict.fromkeys(change.file for change in self.changes))

    def sources(self, project: Path) -> dict[str, str]:
        """The changed files of *project* as they are in the mutant. DoesNotApply: see there."""
        found: dict[str, str] = {}
        for change in self.changes:
            source = found.get(change.file) or (project / change.file).read_text()
            found[change.file] = change.applied_to(source)
        return found

    def infect(self, project: Path) -> None:
        """Make the changes in a copy of the project."""
        for file, source in self.sources(project).items():
            path = project / file
            path.write_text(source)
            # Compiled code is told from its source by the second and the size, which may agree.
            for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
                compiled.unlink()
