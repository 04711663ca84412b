"""Nothing is promised that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reminder.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PROMISED = (
    "init demo check import export plan why once run status log preview send-test doctor report "
    "step follow-up activity document db held release discard resend assume-sent audit"
).split()
STUB = re.compile(
    r"Not[I]mplementedError|\bTODO\b(?! *\(#\d+\))|\bFIXME\b|\bXXX\b"
    r"|[\"'][^\"'\n]*(?i:not yet (?:implemented|supported|available)|coming soon)"
)


@pytest.mark.parametrize("folder", ["reminder", "jobs", "templates", "config"])
def test_no_file_holds_a_stub(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".j2", ".yaml")]
    assert files
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files
        for match in STUB.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_every_promised_command_is_there() -> None:
    assert set(PROMISED) <= set(COMMANDS)
