"""Somebody who reads a mail and answers it: looks, clicks or presses keys, and takes a moment."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

from reminder.web.sessions import SHORTEST
from tests.browser.served import html_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from email.message import EmailMessage

    from playwright.sync_api import Locator, Page

READING = SHORTEST.total_seconds() + 0.2
"""Seconds that a person looks at a page before pressing anything."""
MOST_TABS = 80


class Reader:
    """One person at one browser window."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self._folder = folder
        self._opened = monotonic()

    def open_mail(self, mail: EmailMessage) -> None:
        """Show the HTML of a mail as a mail program does: from this machine, not from the site."""
        file = self._folder / "mail.html"
        file.write_text(html_of(mail), encoding="utf-8")
        self.page.goto(file.as_uri())

    @property
    def main_button(self) -> Locator:
        """The first link of the mail that leads to our pages: its button."""
        return self.page.locator("a[href*='/a/']").first

    def click(self, target: Locator) -> None:
        """Click what leads to another page."""
        with self.page.expect_navigation():
            target.click()
        self._opened = monotonic()

    def form(self, action: str) -> Locator:
        """The form for an answer; unfolded, by a click, where it is folded."""
        form = self.page.locator(f"form:has([name=action][value={action}])")
        folded = self.page.locator("details:not([open])").filter(has=form)
        if folded.count():
            folded.locator("summary").first.click()
        return form

    def button(self, action: str) -> Locator:
        """The button of that form."""
        return self.form(action).locator("button")

    def press(self, action: str) -> None:
        """Press the button of that form, after a look at the page."""
        wait_until(lambda: monotonic() - self._opened > READING)
        self.click(self.button(action))

    def tab_to(self, target: Locator) -> None:
        """Go to a place with the tab key only; it must be seen where the focus is."""
        for _key in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if target.evaluate("one => one === document.activeElement"):
                break
        else:
            raise AssertionError(f"{MOST_TABS} tabs do not lead to {target}")
        shown = target.evaluate(
            "one => { const s = getComputedStyle(one);"
            " return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 }"
        )
        assert shown, f"no outline shows that the focus is on {target}"

    def enter(self, key: str = "Enter") -> None:
        """Press a key that leads to another page."""
        wait_until(lambda: monotonic() - self._opened > READING)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self._opened = monotonic()

    def reads(self) -> str:
        """The text of the page, blanks joined."""
        return " ".join(self.page.locator("body").inner_text().split())

    def assert_accessible(self) -> None:
        """Axe finds no violation of any of its rules."""
        found = Axe().run(self.page)
        assert not found.violations_count, found.generate_snapshot() + found.generate_report()

    def assert_fits(self) -> None:
        """Nothing is beyond the right edge, at whatever width this is."""
        wide = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide[0] <= wide[1], f"{wide[0]} pixels in a window of {wide[1]}: {self.page.url}"
