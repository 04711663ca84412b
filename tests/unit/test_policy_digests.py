"""Who can get which digest, as ``reminder.yaml`` says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policies import mistakes, policy_of


@pytest.mark.parametrize(
    ("digests", "read"),
    [
        ("{officer: weekly}", {"officer": "weekly", "head": "semester", "admin": "daily"}),
        (
            "{officer: semester, head: weekly}",
            {"officer": "semester", "head": "weekly", "admin": "daily"},
        ),
        ("{officer: none, head: none, admin: none}", {}),
        (
            "{secretary: weekly, admin: none}",
            {"officer": "weekly", "head": "semester", "secretary": "weekly"},
        ),
        ("none", {}),
    ],
)
def test_each_role_has_its_digest_or_none(
    tmp_path: Path, digests: str, read: dict[str, str]
) -> None:
    assert policy_of(tmp_path, reminder=f"digests: {digests}\n").digests == read


def test_role_of_the_own_register_can_have_one(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, reminder="roles: [legal]\ndigests: {legal: weekly}\n")
    assert policy.digests["legal"] == "weekly"


@pytest.mark.parametrize(
    ("digests", "words"),
    [
        (
            "{officer: daily}",
            '"daily" is no digest for officer: it tells what the service did; write weekly or '
            "semester or none",
        ),
        (
            "{admin: weekly}",
            '"weekly" is no digest for admin: it tells what a bureau has to do; write daily or '
            "none",
        ),
        (
            "{admin: semester}",
            '"semester" is no digest for admin: it tells how the bureaus stand; write daily or '
            "none",
        ),
        ("{head: monthly}", 'head: "monthly" is not a known value'),
        ("weekly", "digests: is not a table"),
    ],
)
def test_digest_that_a_role_has_no_use_for_is_refused(
    tmp_path: Path, digests: str, words: str
) -> None:
    (found,) = mistakes(tmp_path, reminder=f"digests: {digests}\n")
    assert found.startswith("config/reminder.yaml:1: digests")
    assert words in found
