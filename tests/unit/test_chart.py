"""The chart of a semester: what can be seen in it, also by a program."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from reminder.figures import ReportFigures
from reminder.mail.chart import MOST_BARS, WIDTH, Bar, draw_chart, drawable

BLUE, ORANGE, RED = (0, 114, 178), (230, 159, 0), (213, 94, 0)


def bar(on_time: int, late: int, missing: int, name: str = "Biro Kerja Sama") -> Bar:
    labels = (f"{on_time} tepat waktu", f"{late} terlambat", f"{missing} belum")
    return Bar(name, ReportFigures(on_time, late, missing), labels)


def drawn(*bars: Bar) -> Image.Image:
    image = Image.open(BytesIO(draw_chart(bars)))
    assert image.format == "PNG"
    return image.convert("RGB")


def widths(image: Image.Image) -> dict[tuple[int, int, int], int]:
    """How many pixels of each colour there are in the row that has the most of the three."""
    best: dict[tuple[int, int, int], int] = {}
    for y in range(image.height):
        row = [image.getpixel((x, y)) for x in range(image.width)]
        found = {colour: row.count(colour) for colour in (BLUE, ORANGE, RED)}
        if sum(found.values()) > sum(best.values()):
            best = found
    return best


def test_same_figures_give_the_same_bytes() -> None:
    bars = [bar(12, 3, 2), bar(0, 1, 7, "Dinas Kebudayaan")]
    assert draw_chart(bars) == draw_chart(list(bars))
    assert draw_chart(bars) != draw_chart([bar(12, 3, 3), bars[1]])


def test_parts_are_as_long_as_their_figures() -> None:
    found = widths(drawn(bar(6, 3, 0)))
    assert found[RED] == 0
    assert found[BLUE] / found[ORANGE] == pytest.approx(2, rel=0.02)


def test_bars_of_several_bureaus_have_one_scale() -> None:
    image = drawn(bar(10, 0, 0), bar(5, 0, 0))
    half = image.height // 2
    first = widths(image.crop((0, 0, image.width, half)))[BLUE]
    second = widths(image.crop((0, half, image.width, image.height)))[BLUE]
    assert first / second == pytest.approx(2, rel=0.02)


def test_missing_is_hatched_and_not_told_by_colour_alone() -> None:
    image = drawn(bar(0, 0, 9))
    grey = image.convert("L")
    row = [grey.getpixel((x, image.height // 2)) for x in range(40, image.width - 40)]
    changes = sum(abs(a - b) > 60 for a, b in pairwise(row))  # type: ignore[operator]
    assert changes > 40


def test_chart_is_twice_as_large_as_it_is_shown_and_small_as_a_file() -> None:
    raw = draw_chart([bar(5, 2, 1, f"Bagian {number}") for number in range(60)])
    image = Image.open(BytesIO(raw))
    assert image.width == 2 * WIDTH
    assert image.height < MOST_BARS * 2 * 130
    assert len(raw) < 100_000


def test_bureau_without_any_report_has_an_empty_bar() -> None:
    found = widths(drawn(bar(0, 0, 0)))
    assert sum(found.values()) == 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("Biro – Kerja Sama", "Biro - Kerja Sama", id="a dash"),
        pytest.param(
            "Département de la Coopération", "Departement de la Cooperation", id="accents"
        ),
        pytest.param("Dinas 汉字 X", "Dinas X", id="letters that the font lacks"),
        pytest.param("Biro\u202e \x07Satu", "Biro Satu", id="control characters"),
        pytest.param("مكتب", "", id="none that it has"),
    ],
)
def test_names_are_drawn_in_the_letters_that_the_font_has(name: str, shown: str) -> None:
    assert drawable(name) == shown


def test_long_name_and_large_figures_stay_inside() -> None:
    image = drawn(bar(999, 999, 999, "Biro Pemerintahan Otonomi Daerah dan Kerja Sama " * 4))
    edge = [image.getpixel((image.width - 4, y)) for y in range(image.height)]
    assert set(edge) == {(255, 255, 255)}
