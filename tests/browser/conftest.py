"""One browser and one served home for each file of tests, a fresh window for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chromium import PHONE, Unavailable, running_browser
from tests.browser.reader import Reader
from tests.browser.served import Site, served_home
from tests.installed import dates_only, done, without_digests

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_addresses = count(1)
NO_BROWSER = "no browser to test with: "


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file only: other tests of this process want event loops of their own."""
    try:
        with running_browser() as browser:
            yield browser
    except Unavailable as unavailable:
        if os.environ.get("CI", "") == "true":
            pytest.fail(f"{NO_BROWSER}{unavailable}", pytrace=False)
        pytest.skip(f"{NO_BROWSER}{unavailable}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A home of its own for one file of tests."""
    home = tmp_path_factory.mktemp("served") / "home"
    done(home, "init", home)
    with served_home(dates_only(without_digests(home))) as site:
        yield site


@pytest.fixture
def new_reader(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Reader]]:
    """Makes somebody at a window of their own; what is given is for the window."""
    usual: dict[str, Any] = {"viewport": PHONE, "locale": "id-ID"}
    with ExitStack() as windows:

        def make(**options: Any) -> Reader:
            # What a reverse proxy adds: each reader has an address, and its limits, of their own.
            address = {"X-Forwarded-For": f"192.0.2.{next(_addresses)}"}
            context = browser.new_context(**(usual | {"extra_http_headers": address} | options))
            windows.callback(context.close)
            return Reader(context.new_page(), tmp_path)

        yield make


@pytest.fixture
def reader(new_reader: Callable[..., Reader]) -> Reader:
    """Somebody with a phone."""
    return new_reader()
