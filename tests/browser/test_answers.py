"""Answering from the mail: on a phone, at a desk, without script, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chromium import DESK, NARROWEST, PHONE
from tests.browser.served import Matter, officer_of

if TYPE_CHECKING:
    from tests.browser.reader import Reader
    from tests.browser.served import Site

WINDOWS = [
    pytest.param({"viewport": PHONE}, id="phone"),
    pytest.param({"viewport": DESK}, id="desk"),
    pytest.param({"java_script_enabled": False}, id="no script"),
]


def answered(site: Site, name: str) -> list[tuple[str, str, str]]:
    """What was answered about a matter, by whom and by which way."""
    return [(one["action"], one["by"], one["via"]) for one in site.answers(name)]


@pytest.mark.parametrize("window", WINDOWS)
def test_seen_takes_one_click_and_one_button(
    site: Site, new_reader: Callable[..., Reader], window: dict[str, Any]
) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    reader = new_reader(**window)
    reader.open_mail(site.mail_about(name))
    reader.click(reader.main_button)
    assert answered(site, name) == []
    reader.press("ack")
    assert answered(site, name) == [("acknowledge", officer_of(name), "web")]
    said = reader.reads()
    assert name in said
    reader.assert_fits()
    if window.get("java_script_enabled", True):
        reader.assert_accessible()


def test_keyboard_alone_is_enough(site: Site, new_reader: Callable[..., Reader]) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    reader = new_reader(viewport=DESK)
    reader.open_mail(site.mail_about(name))
    reader.tab_to(reader.main_button)
    reader.enter()
    reader.tab_to(reader.button("ack"))
    reader.enter()
    assert answered(site, name) == [("acknowledge", officer_of(name), "web")]


def test_same_answer_from_a_second_window_is_a_polite_repeat(
    site: Site, new_reader: Callable[..., Reader]
) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    first, second = new_reader(), new_reader(viewport=DESK)
    for reader in (first, second):
        reader.open_mail(site.mail_about(name))
        reader.click(reader.main_button)
    first.press("ack")
    before = site.state()
    second.press("ack")
    second.assert_accessible()
    first.page.reload()  # the browser sends the form again
    assert site.state() == before
    assert answered(site, name) == [("acknowledge", officer_of(name), "web")]


def test_reader_without_cookies_presses_a_second_button(
    site: Site, new_reader: Callable[..., Reader]
) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    reader = new_reader()
    reader.open_mail(site.mail_about(name))
    reader.click(reader.main_button)
    reader.page.context.clear_cookies()
    reader.press("ack")
    assert answered(site, name) == []
    reader.page.context.clear_cookies()
    reader.assert_accessible()
    reader.page.set_viewport_size(NARROWEST)
    reader.assert_fits()
    reader.press("ack")
    assert answered(site, name) == [("acknowledge", officer_of(name), "web")]
