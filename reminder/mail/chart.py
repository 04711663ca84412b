"""The chart of a semester's reports: a PNG with one stacked bar for each bureau.

Drawn so that it can be read as narrow as a phone and as wide as a mail, in any colours that a
reader can see (Okabe and Ito's, and a hatching for what is missing), and without a legend: each
bar says beside itself what its parts are. The same bars give the same bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from reminder.figures import ReportFigures
from reminder.mail.plain_text import shorten

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH = 552
"""Pixels of CSS that it is shown at in a wide mail; it is drawn twice as large."""
MOST_BARS = 12
_SCALE = 2
_MARGIN, _GAP = 12, 22
_NAME, _LABEL = 27, 25
"""Heights of letters. Half of it is left on a phone, which is what small print has."""
_BAR, _BETWEEN = 30, 7
_SQUARE = 17
_INK, _GROUND, _EMPTY = "#1D2939", "#FFFFFF", "#EAECF0"
_COLOURS = ("#0072B2", "#E69F00", "#D55E00")
"""On time, late, missing."""
_HATCHED = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bureau's reports."""

    name: str
    reports: ReportFigures
    labels: tuple[str, str, str]
    """What stands beside the parts: ``12 tepat waktu``, ``3 terlambat``, ``2 belum``."""
    code: str = ""
    """Stands for a name in letters that the chart's font does not have."""


def draw_chart(bars: Sequence[Bar]) -> bytes:
    """The chart as a PNG; only the first MOST_BARS are drawn."""
    # Half of what an idle program needs, so it is loaded for the two mails a year that show it.
    from PIL import Image, ImageDraw

    bars = bars[:MOST_BARS]
    row = _NAME + _BETWEEN + _BAR + _BETWEEN + _LABEL + _GAP
    height = 2 * _MARGIN + len(bars) * row - _GAP
    image = Image.new("RGB", (WIDTH * _SCALE, height * _SCALE), _GROUND)
    pen = _Pen(ImageDraw.Draw(image))
    longest = max((bar.reports.total for bar in bars), default=0)
    for number, bar in enumerate(bars):
        _draw_bar(pen, bar, _MARGIN + number * row, longest)
    # A few flat colours: with a palette of their own they take a third of the room.
    small = image.quantize(colors=32, dither=Image.Dither.NONE)
    raw = BytesIO()
    small.save(raw, "PNG", optimize=True)
    return raw.getvalue()


def drawable(name: str, most: int = 200) -> str:
    """*name* in the letters that the chart's font has; the table beside it has it whole."""
    plain = unicodedata.normalize("NFKD", name.translate(_DASHES))
    kept = "".join(letter for letter in plain if " " <= letter <= "~")
    return shorten(" ".join(kept.split()), most)


_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—", "-"))


def _draw_bar(pen: _Pen, bar: Bar, top: int, longest: int) -> None:
    name = drawable(bar.name) or drawable(bar.code)
    pen.text(_MARGIN, top, pen.cut(name, WIDTH - 2 * _MARGIN, _NAME), _NAME)
    top += _NAME + _BETWEEN
    parts = (bar.reports.on_time, bar.reports.late, bar.reports.missing)
    room = WIDTH - 2 * _MARGIN
    pen.box(_MARGIN, top, room, _BAR, _EMPTY)
    left = float(_MARGIN)
    for place, number in enumerate(parts):
        width = room * number / longest if longest else 0
        if number:
            pen.part(left, top, width, _BAR, place)
        left += width
    top += _BAR + _BETWEEN
    at = float(_MARGIN)
    for place, (number, label) in enumerate(zip(parts, bar.labels, strict=True)):
        if number:
            pen.part(at, top + (_LABEL - _SQUARE) / 2, _SQUARE, _SQUARE, place)
            at += _SQUARE + 6
            pen.text(at, top, label, _LABEL)
            at += pen.width(label, _LABEL) + 18


class _Pen:
    """Draws in pixels of CSS."""

    def __init__(self, draw: ImageDraw) -> None:
        self._draw = draw
        self._fonts: dict[int, FreeTypeFont] = {}

    def text(self, x: float, y: float, words: str, height: int) -> None:
        """Words whose lines are so high, from the top left."""
        where = (x * _SCALE, (y + height / 2) * _SCALE)
        self._draw.text(where, words, fill=_INK, font=self._font(height), anchor="lm")

    def width(self, words: str, height: int) -> float:
        """How wide they are."""
        return float(self._font(height).getlength(words)) / _SCALE

    def cut(self, words: str, room: float, height: int) -> str:
        """As much of them as there is room for."""
        most = len(words)
        while most > 1 and self.width(words, height) > room:
            most -= 1
            words = shorten(words, most).replace("…", "...")
        return words

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        right, bottom = (x + width) * _SCALE - 1, (y + height) * _SCALE - 1
        if right >= x * _SCALE:
            self._draw.rectangle((x * _SCALE, y * _SCALE, right, bottom), fill=colour)

    def part(self, x: float, y: float, width: float, height: float, place: int) -> None:
        """A part of a bar, parted from the next one by a line of the ground."""
        wide = max(width - 1, 2)
        self.box(x, y, wide, height, _COLOURS[place])
        if place == _HATCHED:
            self._hatch(x, y, wide, height)

    def _hatch(self, x: float, y: float, width: float, height: float) -> None:
        """Slanting lines, for readers and printers that see no colours."""
        left, top = round(x * _SCALE), round(y * _SCALE)
        right, bottom = round((x + width) * _SCALE) - 1, round((y + height) * _SCALE) - 1
        step = 7 * _SCALE
        for start in range(left - (bottom - top), right, step):
            # Cut at both ends by hand, so that nothing is drawn beside the part.
            begin, end = max(start, left), min(start + bottom - top, right)
            if begin < end:
                line = (begin, bottom - (begin - start), end, bottom - (end - start))
                self._draw.line(line, fill=_GROUND, width=_SCALE)

    def _font(self, height: int) -> FreeTypeFont:
        from PIL import ImageFont

        found = self._fonts.get(height)
        if found is None:
            made = ImageFont.load_default(height * _SCALE * 0.86)
            assert isinstance(made, ImageFont.FreeTypeFont)  # noqa: S101 - it is, for a size
            found = self._fonts[height] = made
        return found
