"""The mails that are kept in ``tests/data/mails``: ``python -m tests.kept_mails`` writes them.

Not a test: read the difference before you commit it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result

from reminder.cli.app import App
from reminder.cli.preview import preview

KEPT = Path(__file__).parent / "data" / "mails"
SECRET = {"REMINDER_SECRET_KEY": "a-secret-key-of-at-least-32-characters"}

HTML = (
    "admin", "contact", "digest", "escalation", "expiry", "findings", "papers", "semester", "step",
)  # fmt: skip
EML = ("expiry.id", "digest.en")


def run_preview(home: Path, *arguments: str, templates: Path | None = None) -> Result:
    """The command ``preview`` in that home."""
    environ = SECRET | ({"REMINDER_TEMPLATES_DIR": str(templates)} if templates else {})
    with closing(App(home, environ=environ)) as app:
        return CliRunner().invoke(preview, list(arguments), obj=app)


def to_keep(written: Path) -> Iterator[Path]:
    """Those of the mails that ``preview --all`` wrote which are kept."""
    for path in sorted(written.iterdir()):
        is_html = path.suffix == ".html" and path.name.partition(".")[0] in HTML
        if path.suffix == ".txt" or is_html or (path.suffix == ".eml" and path.stem in EML):
            yield path


def main() -> int:
    """Write all of them anew."""
    with tempfile.TemporaryDirectory() as folder:
        result = run_preview(Path(folder), "--all", f"{folder}/mails")
        if result.exit_code != 0:
            print(result.output, result.exception, file=sys.stderr)
            return 1
        for old in KEPT.iterdir():
            old.unlink()
        for path in to_keep(Path(folder) / "mails"):
            shutil.copyfile(path, KEPT / path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
