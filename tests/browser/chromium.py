"""The system's Chromium, driven by playwright: narrow as a phone, wide as a desk, without script.

Playwright's own browsers are not used: whoever runs the tests installs the distribution's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.pictures import BROWSERS, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
"""What a page of 1280 pixels is at 400 % too (WCAG 1.4.10)."""


class Unavailable(Exception):
    """There is no browser; the text says what to install."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser for as long as the context lasts.

    Meanwhile this thread has playwright's event loop in it, so nothing else may want one.
    """
    from playwright.sync_api import sync_playwright

    found = find_browser()
    if found is None:
        raise Unavailable(f"none of {', '.join(BROWSERS)}; on Debian: apt-get install chromium")
    # Chromium's sandbox refuses root; the pages shown here are our own.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
