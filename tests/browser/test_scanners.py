"""Programs that open the links of a mail before its reader does: they change nothing."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.cookies import SimpleCookie
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from reminder.web.sessions import SHORTEST
from tests.browser.reader import READING
from tests.browser.served import Matter, html_of, officer_of
from tests.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.reader import Reader
    from tests.browser.served import Site

SEND = """const send = form => {
    const fields = new URLSearchParams(new FormData(form));
    for (const one of form.querySelectorAll('button[name], input[type=radio]'))
        fields.set(one.name, one.value);
    for (const one of form.querySelectorAll('input, textarea'))
        if (!fields.get(one.name))
            fields.set(one.name, one.type === 'date' ? '2026-07-20' : 'x');
    // A field named "action" hides the property of that name.
    return fetch(form.getAttribute('action'), {method: 'POST', body: fields});
};"""
EVERY_FORM = """async () => {
    const sent = [...document.forms].map(form => send(form));
    return (await Promise.all(sent)).map(answer => answer.status);
}"""
AGAIN_AND_AGAIN = """async () => {
    const statuses = [];
    let form = document.forms[0];
    for (let press = 0; press < 3 && form; press++) {
        const answer = await send(form);
        statuses.push(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        form = page.forms[0];
    }
    return statuses;
}"""
SOON = SHORTEST / 3
"""How long after its request a page must be there for a test of what is done with it at once."""


@pytest.fixture
def robot(new_reader: Callable[..., Reader]) -> Page:
    """A browser without a person, which minds no policy of a page."""
    return new_reader(bypass_csp=True).page


def links_of(site: Site, name: str) -> list[str]:
    """Every address of our pages in a mail."""
    return sorted(set(re.findall(r'href="([^"]+/a/[^"]+)"', html_of(site.mail_about(name)))))


def path_of(url: str) -> str:
    """What a request line says for that address."""
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


def asked(site: Site, url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Status and, where it leads on, the address."""
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, 60)) as connection:
        connection.request(
            method, path_of(url), headers={"X-Forwarded-For": "203.0.113.1"} | headers
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("location", "")


def test_looking_changes_nothing_however_often_and_by_whichever_method(site: Site) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    before = site.state()
    for number, url in enumerate(links_of(site, name)):
        who = {"X-Forwarded-For": f"203.0.113.{number + 1}"}
        statuses = [asked(site, url, **who)[0] for _look in range(20)]
        assert set(statuses) == {303}
        assert asked(site, url, "HEAD", **who)[0] == 303
        assert asked(site, url, "OPTIONS", **who)[0] == 405
        prefetch = {"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}
        _status, page = asked(site, url, **who, **prefetch)
        for _look in range(20):
            assert asked(site, page, **prefetch)[0] == 200
        assert asked(site, page, "HEAD")[0] == 200
    assert site.state() == before


def let_loose(robot: Page, url: str, program: str) -> list[int]:
    """Open the page and run *program* in it at once; the statuses of its answers.

    On a machine that takes long to show the page it is opened again: what is sent late might be
    a person's.
    """
    at_once = f"""() => {{
        {SEND}
        if (Date.now() - performance.timeOrigin > {SOON.total_seconds() * 1000}) return null;
        return ({program})();
    }}"""
    limit = monotonic() + PATIENCE
    while monotonic() < limit:
        robot.goto(url)
        statuses: list[int] | None = robot.evaluate(at_once)
        if statuses is not None:
            return statuses
    raise AssertionError(f"no page within {SOON}, in a minute")


@pytest.mark.parametrize("program", [EVERY_FORM, AGAIN_AND_AGAIN], ids=["every form", "thrice"])
def test_browser_that_sends_forms_at_once_changes_nothing(
    site: Site, robot: Page, program: str
) -> None:
    names = [site.next_matter(matter) for matter in Matter]
    before = site.state()
    for name in names:
        for url in links_of(site, name):
            statuses = let_loose(robot, url, program)
            assert statuses
            assert set(statuses) <= {400, 422, 429}
    assert site.state() == before


def test_after_all_scanners_the_press_of_the_person_counts_once(
    site: Site, robot: Page, reader: Reader
) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    [url, *_others] = links_of(site, name)
    let_loose(robot, url, EVERY_FORM)
    reader.open_mail(site.mail_about(name))
    reader.click(reader.main_button)
    reader.press("ack")
    [given] = site.answers(name)
    assert (given["action"], given["by"], given["via"]) == ("acknowledge", officer_of(name), "web")


def parallel_posts(site: Site, url: str) -> Iterator[Callable[[], tuple[int, bytes]]]:
    """Ready requests with the nonce and the cookie of one person's page, who has read it."""
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, 60)) as connection:
        connection.request("GET", path_of(url))
        opened = connection.getresponse()
        opened.read()
        cookies = SimpleCookie(opened.getheader("set-cookie", ""))
        page = path_of(opened.getheader("location", ""))
        connection.request("GET", page)
        shown = connection.getresponse().read().decode()
    began = monotonic()
    wait_until(lambda: monotonic() - began > READING)
    [nonce] = set(re.findall(r'name="nonce" value="([^"]+)"', shown))
    jar = "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies.values())
    body = urlencode({"nonce": nonce, "action": "ack"})
    headers = {"Cookie": jar, "Content-Type": "application/x-www-form-urlencoded"}

    def post() -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, 60)) as connection:
            connection.request("POST", page, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    for _post in range(50):
        yield post


def test_fifty_presses_at_once_are_one_answer(site: Site) -> None:
    name = site.next_matter(Matter.FOLLOW_UP)
    [url, *_others] = links_of(site, name)
    with ThreadPoolExecutor(50) as presses:
        answers = [presses.submit(post) for post in parallel_posts(site, url)]
        statuses = [answer.result()[0] for answer in answers]
    assert statuses == [200] * 50
    assert len(site.answers(name)) == 1
