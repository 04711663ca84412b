"""``make screenshots``: the pictures of the README, taken in a browser from a home of its own.

The mail is that of the trip report, three months before its agreement ended; its link is
followed and its page answered on the way. Needs a Chromium of the system.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from reminder.sample.history import known_on, read_register, write_register
from tests.browser.chromium import Unavailable, running_browser
from tests.browser.reader import Reader
from tests.browser.served import Site, served_home
from tests.installed import done, mails_of, without_digests

if TYPE_CHECKING:
    from email.message import EmailMessage

    from playwright.sync_api import Page, ViewportSize

STORY, ON = "JATENG-QLD-2019", date(2024, 5, 8)
"""The agreement, and a day 90 days before its end, on which its register is as it was then."""
NOW = f"{ON}T09:00:00+07:00"
WINDOW: ViewportSize = {"width": 390, "height": 844}
SHARPNESS = 2
COLOURS = 64


def take_all(folder: Path) -> list[Path]:
    """Take the pictures into *folder*: the mail, the page of its button, and what it says then."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as made:
        home = Path(made) / "home"
        done(home, "init", home)
        without_digests(home)
        register = Path(made) / "sample"
        register.mkdir()
        write_register(known_on(read_register(), ON), register)
        files = {file.stem: file.read_text(encoding="utf-8") for file in register.iterdir()}
        with served_home(home, files, NOW) as site, running_browser() as browser:
            context = browser.new_context(
                viewport=WINDOW, device_scale_factor=SHARPNESS, locale="id-ID"
            )
            reader = Reader(context.new_page(), Path(made))
            reader.open_mail(_story(site))
            taken = [_take(reader.page, folder / "mail.png")]
            reader.click(reader.page.locator("a[href$='/seen']").first)
            reader.button("ack").scroll_into_view_if_needed()
            taken.append(_take(reader.page, folder / "page.png"))
            reader.press("ack")
            taken.append(_take(reader.page, folder / "recorded.png"))
            context.close()
    return taken


def _story(site: Site) -> EmailMessage:
    """The mail to the officer; copies ask for nothing."""
    [mail, *_others] = [
        mail
        for mail in mails_of(site.home)
        if mail["Subject"].startswith("[H-90]") and STORY in str(mail) and "/seen" in str(mail)
    ]
    return mail


def _take(page: Page, file: Path) -> Path:
    """What the window shows, with few colours, as small as the README wants it."""
    page.screenshot(path=file)
    with Image.open(file) as shown:
        few = shown.convert("RGB").quantize(COLOURS)
    few.save(file, optimize=True)
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        taken = take_all(folder)
    except Unavailable as unavailable:
        print(f"No browser: {unavailable}", file=sys.stderr)
        return 1
    for file in taken:
        print(f"{file}  {file.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
