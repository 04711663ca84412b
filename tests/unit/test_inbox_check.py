"""``check`` says what keeps the inbox from telling whose mail came back."""

from __future__ import annotations

from pathlib import Path

import pytest

from reminder.cli.check import check_config

KEY = "0123456789abcdef" * 3
INBOX = "REMINDER_INBOX_URL=imaps://u:p@mail.example.go.id/INBOX\n"


def said(home: Path, env: str, mail: str) -> list[tuple[str, str, str]]:
    """Level, key and message of what is said about the inbox."""
    file = home / ".env"
    file.touch(mode=0o600)
    file.write_text(f"REMINDER_SECRET_KEY={KEY}\n{env}")
    (home / "config").mkdir()
    (home / "config" / "reminder.yaml").write_text(
        f"service: {{admin: [admin@example.go.id]}}\nmail: {mail}\n"
    )
    return [
        (one.level, one.key, one.message)
        for one in check_config(home, {}).problems
        if one.key.startswith("mail.")
    ]


@pytest.mark.parametrize(
    ("env", "mail", "expected"),
    [
        pytest.param("", "{}", [], id="no inbox"),
        pytest.param(
            INBOX,
            "{}",
            [("warning", "mail.bounce_address", "is empty")],
            id="an inbox and no address to sign",
        ),
        pytest.param(
            INBOX,
            "{bounce_address: a-name-of-twenty-two-x@example.go.id}",
            [("error", "mail.bounce_address", "cannot be signed")],
            id="no room for the signature",
        ),
        pytest.param(
            INBOX,
            "{bounce_address: mail@example.go.id, authserv_id: mx.example.go.id}",
            [],
            id="all that answers by mail need",
        ),
        pytest.param(
            "",
            "{bounce_address: mail@example.go.id, authserv_id: mx.example.go.id}",
            [("warning", "mail.authserv_id", "has no effect")],
            id="answers by mail without an inbox",
        ),
    ],
)
def test_what_the_inbox_lacks_is_said(
    tmp_path: Path, env: str, mail: str, expected: list[tuple[str, str, str]]
) -> None:
    found = said(tmp_path, env, mail)
    assert [(level, key) for level, key, _text in found] == [one[:2] for one in expected]
    for (_level, _key, text), (_, _, words) in zip(found, expected, strict=True):
        assert text.startswith(words)
