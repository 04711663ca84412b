"""The access log: what a line holds, at which level, and what never gets into it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from starlette.responses import PlainTextResponse
from structlog.testing import LogCapture

from reminder.web.access import AccessLog, page_of
from tests.web_client import ask

TOKEN = "1.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"


def line_of(path: str, method: str = "GET", status: int = 200) -> dict[str, Any]:
    """What is logged of one request."""
    capture = LogCapture()
    log = structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[capture],
        wrapper_class=structlog.make_filtering_bound_logger("debug"),
    )
    context: Any = SimpleNamespace(log=log)
    ask(AccessLog(PlainTextResponse("x", status), lambda: context), path, method)
    [line] = capture.entries
    return dict(line)


def test_line_names_method_page_status_and_time() -> None:
    line = line_of(f"/act/{TOKEN}/done?on=2026-03-02", "POST")
    assert isinstance(line.pop("seconds"), float)
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "page": "act",
        "status": 200,
    }


@pytest.mark.parametrize(
    ("path", "page"),
    [
        pytest.param(f"/a/{TOKEN}", "a", id="a link"),
        pytest.param(f"/ingat/a/{TOKEN}", "a", id="below a public path"),
        pytest.param("/style.css", "style.css", id="the style"),
        pytest.param(f"/{TOKEN}", "other", id="a token in the wrong place"),
        pytest.param("/", "other", id="nothing"),
        pytest.param("", "other", id="less than nothing"),
        pytest.param("http://evil.example/a/x", "other", id="X-50 absolute form"),
        pytest.param("/a\nforged", "other", id="a line end"),
    ],
)
def test_page_is_one_of_our_own_words(path: str, page: str) -> None:
    assert page_of(path) == page


@pytest.mark.parametrize(
    ("path", "method", "status", "level"),
    [
        pytest.param(f"/a/{TOKEN}", "GET", 303, "debug", id="anybody can ask"),
        pytest.param(f"/act/{TOKEN}", "POST", 200, "info", id="an answer"),
        pytest.param(f"/act/{TOKEN}", "POST", 404, "debug", id="no answer of anybody we know"),
        pytest.param("/x", "POST", 200, "debug", id="a page that there is not"),
        pytest.param(f"/act/{TOKEN}", "GET", 500, "warning", id="our own fault"),
        pytest.param("/readyz", "GET", 503, "debug", id="asked every few seconds"),
    ],
)
def test_level_keeps_strangers_from_filling_the_log(
    path: str, method: str, status: int, level: str
) -> None:
    assert line_of(path, method, status)["log_level"] == level


def test_method_that_nobody_knows_is_not_repeated() -> None:
    assert line_of("/a/x", "HALO-DUNIA")["method"] == "other"
