"""Answers that need more than a press: a day, evidence, a decision, somebody else's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chromium import DESK, NARROWEST, PHONE
from tests.browser.served import Matter, agreement_of, officer_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.reader import Reader
    from tests.browser.served import Site

WINDOWS = [
    pytest.param({"viewport": PHONE}, id="phone"),
    pytest.param({"viewport": DESK}, id="desk"),
    pytest.param({"java_script_enabled": False}, id="no script"),
]
TODAY = "2026-07-20"


def field(form: Locator, name: str) -> Locator:
    """A field of a form by its name."""
    return form.locator(f"[name={name}]")


def confirm(form: Locator, name: str) -> None:
    """Type the end of the agreement's reference, as the page asks."""
    field(form, "confirm").fill(agreement_of(name)[-4:])


def only_answer(site: Site, name: str) -> dict[str, Any]:
    """The one answer about a matter; given by its officer, by web."""
    [given] = site.answers(name)
    assert (given["by"], given["via"]) == (officer_of(name), "web")
    return given


def open_page(site: Site, reader: Reader, name: str) -> None:
    """The page that the button of the mail leads to."""
    reader.open_mail(site.mail_about(name))
    reader.click(reader.main_button)


@pytest.mark.parametrize("window", WINDOWS)
def test_report_without_evidence_is_asked_for_again_and_then_recorded(
    site: Site, new_reader: Callable[..., Reader], window: dict[str, Any]
) -> None:
    name = site.next_matter(Matter.REPORT)
    reader = new_reader(**window)
    open_page(site, reader, name)
    form = reader.form("done")
    field(form, "on").fill(TODAY)
    confirm(form, name)
    reader.press("done")
    assert site.answers(name) == []
    assert reader.page.title().startswith("Galat")
    form = reader.form("done")
    assert field(form, "on").input_value() == TODAY
    assert field(form, "evidence").get_attribute("aria-invalid") == "true"
    reader.assert_fits()
    if window.get("java_script_enabled", True):
        assert reader.page.evaluate("document.activeElement.id") == "result"
        reader.assert_accessible()

    field(form, "evidence").fill("Surat pengantar 415/123/2026, 20 Juli 2026")
    confirm(form, name)
    reader.press("done")
    assert only_answer(site, name)["action"] == "done"
    assert "415/123/2026" in reader.reads()
    reader.assert_fits()
    if window.get("java_script_enabled", True):
        reader.assert_accessible()


@pytest.mark.parametrize("window", WINDOWS)
def test_decision_about_an_agreement_is_chosen_and_confirmed(
    site: Site, new_reader: Callable[..., Reader], window: dict[str, Any]
) -> None:
    name = site.next_matter(Matter.EXPIRY)
    reader = new_reader(**window)
    open_page(site, reader, name)
    form = reader.form("decide")
    assert form.locator("[name=decision]:checked").count() == 0
    reader.press("decide")
    assert site.answers(name) == []
    form = reader.form("decide")
    form.locator("[name=decision][value=renew]").check()
    confirm(form, name)
    reader.press("decide")
    assert only_answer(site, name)["action"] == "decide"
    reader.assert_fits()


def test_reminder_is_put_off_to_a_day_of_the_list(site: Site, reader: Reader) -> None:
    name = site.next_matter(Matter.EXPIRY)
    open_page(site, reader, name)
    form = reader.form("snooze")
    assert form.locator("[name=until]:checked").count() == 0
    form.locator("[name=until]").first.check()
    reader.press("snooze")
    assert only_answer(site, name)["action"] == "snooze"
    reader.assert_accessible()


def test_task_is_offered_to_a_colleague_and_stays_with_its_owner(
    site: Site, reader: Reader
) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    open_page(site, reader, name)
    form = reader.form("handover")
    assert "kepala." not in form.inner_html()  # people are named, and no address is shown
    form.locator("[name=to]").first.check()
    confirm(form, name)
    reader.press("handover")
    only_answer(site, name)
    assert "Budi Santoso" in reader.reads()
    reader.assert_accessible()


def test_every_folded_answer_opens_by_keyboard_and_fits_the_narrowest_window(
    site: Site, new_reader: Callable[..., Reader]
) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    reader = new_reader(viewport=NARROWEST)
    open_page(site, reader, name)
    summaries = reader.page.locator("summary")
    assert summaries.count() >= 2
    for number in range(summaries.count()):
        reader.tab_to(summaries.nth(number))
        reader.page.keyboard.press("Enter")
    assert reader.page.locator("details:not([open])").count() == 0
    reader.assert_fits()
    reader.assert_accessible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("matter", list(Matter))
def test_contrast_is_enough_by_day_and_by_night(
    site: Site, new_reader: Callable[..., Reader], matter: Matter, scheme: str
) -> None:
    reader = new_reader(color_scheme=scheme)
    open_page(site, reader, f"{matter}-12")
    for summary in reader.page.locator("summary").all():
        summary.click()
    reader.assert_accessible()
