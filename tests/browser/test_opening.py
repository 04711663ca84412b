"""From the mail to the page: what a person sees before anything is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import DESK, NARROWEST, PHONE
from tests.browser.served import Matter

if TYPE_CHECKING:
    from tests.browser.reader import Reader
    from tests.browser.served import Site


@pytest.mark.parametrize("screen", [PHONE, DESK, NARROWEST], ids=["phone", "desk", "320 pixels"])
@pytest.mark.parametrize("matter", list(Matter))
def test_button_of_a_mail_opens_a_page_that_fits_and_is_accessible(
    site: Site, new_reader: Callable[..., Reader], matter: Matter, screen: dict[str, int]
) -> None:
    name = f"{matter}-12"
    reader = new_reader(viewport=screen)
    reader.open_mail(site.mail_about(name))
    reader.assert_fits()
    reader.click(reader.main_button)
    assert name in reader.reads()
    assert "/a/" not in reader.page.url
    reader.assert_fits()
    reader.assert_accessible()


@pytest.mark.parametrize("matter", list(Matter))
def test_every_link_of_a_mail_opens_a_page(site: Site, reader: Reader, matter: Matter) -> None:
    mail = site.mail_about(f"{matter}-12")
    reader.open_mail(mail)
    links = reader.page.locator("a[href*='/a/']")
    targets = {links.nth(number).get_attribute("href") for number in range(links.count())}
    assert targets
    for target in targets:
        assert target is not None
        reader.page.goto(target)
        assert f"{matter}-12" in reader.reads()
        reader.assert_accessible()
