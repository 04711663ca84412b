"""The log's last guard: one line an event, and nothing that names a person or opens a door."""

from __future__ import annotations

import json

import pytest

from reminder.logs import masked, set_up_logs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("to budi@biro.go.id", "to b***@biro.go.id", id="address"),
        pytest.param("<a.b+c@x.id>: 550", "<a***@x.id>: 550", id="address in a reply"),
        pytest.param("smtp://u:p@ss@host:25/", "smtp://***@host:25/", id="user of a URL"),
        pytest.param("see https://h/a/1.AAAAAAAAAA.BBB now", "see https://h/a/*** now", id="link"),
        pytest.param("a\r\n2026 error forged", "a  2026 error forged", id="line break"),
        pytest.param("\x1b[31mred\u2028", " [31mred ", id="escape and line separator"),
    ],
)
def test_text_is_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_long_text_is_cut() -> None:
    assert len(masked("x" * 10_000)) == 501


@pytest.mark.parametrize("form", ["text", "json"])
def test_event_is_one_line_without_secrets(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = set_up_logs("info", form)
    try:
        raise ValueError("refused budi@biro.go.id\nwith smtp://u:sesame@h")
    except ValueError:
        log.exception("notice_failed", secret_key="sesame", recipient="budi@biro.go.id", notice=3)
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert "budi" not in output.err
    assert "sesame" not in output.err
    assert "test_logs.py" in output.err


def test_json_event_has_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json").info("sent", message_id="<abc@x.id>", attempt=2)
    event = json.loads(capsys.readouterr().err)
    assert list(event) == ["timestamp", "level", "event", "message_id", "attempt"]
    assert (event["message_id"], event["attempt"], event["level"]) == ("<abc@x.id>", 2, "info")


def test_event_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning", "text").info("chatter")
    assert capsys.readouterr().err == ""
