"""``make pictures``: what ``preview --all`` wrote, as a phone and as a screen show it.

Not a test: a person looks at the pictures. Needs a Chromium of the system; a frame of its own
gives each mail its width, since the browser's own windows are not made as narrow as a phone.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

from PIL import Image, ImageChops

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTHS = (360, 800)
HEIGHT = 4000
"""Pixels; what a mail leaves empty is cut off."""
AT_ONCE = 2
PATIENCE = 120
"""Seconds for one picture."""
_MARGIN = 16


def find_browser() -> str | None:
    """The first of the known browsers that is installed."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def take(browser: str, page: Path, width: int, picture: Path) -> None:
    """A picture of *page* as wide as that, as high as what it shows."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        frame = Path(folder) / "frame.html"
        style = f"border:0;display:block;width:{width}px;height:{HEIGHT}px"
        frame.write_text(
            "<!doctype html><body style='margin:0'>"
            f"<iframe src='{escape(page.resolve().as_uri())}' style='{style}'></iframe>",
            encoding="utf-8",
        )
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--no-first-run",
                f"--user-data-dir={folder}/profile",
                f"--window-size={max(width, 600)},{HEIGHT}",
                f"--screenshot={picture.resolve()}",
                frame.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
    _cut(picture, width)


def _cut(picture: Path, width: int) -> None:
    """Cut off what is outside the frame, and the empty end."""
    with Image.open(picture) as opened:
        shown = opened.convert("RGB").crop((0, 0, width, HEIGHT))
    # The page's background goes on below the mail.
    empty = Image.new("RGB", shown.size, shown.getpixel((width - 1, HEIGHT - 1)))
    box = ImageChops.difference(shown, empty).getbbox()
    bottom = min(HEIGHT, box[3] + _MARGIN) if box else HEIGHT
    shown.crop((0, 0, width, bottom)).save(picture)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures of every page of a folder."""
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("pages", type=Path, help="the folder that preview --all wrote")
    parser.add_argument("pictures", type=Path, help="where the pictures go")
    parser.add_argument("names", nargs="*", help="only mails whose names begin so")
    options = parser.parse_args(arguments)
    browser = find_browser()
    if browser is None:
        print(
            f"There is none of {', '.join(BROWSERS)} on the PATH; install one, on Debian: "
            "apt-get install chromium",
            file=sys.stderr,
        )
        return 1
    pages = [
        page
        for page in sorted(options.pages.glob("*.html"))
        if not options.names or page.name.startswith(tuple(options.names))
    ]
    options.pictures.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        taken = [
            pool.submit(take, browser, page, width, options.pictures / f"{page.stem}.{width}.png")
            for page in pages
            for width in WIDTHS
        ]
        for picture in taken:
            picture.result()
    print(f"{len(taken)} pictures in {options.pictures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
