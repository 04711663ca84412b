"""From the link of a mail to an answer on record: who gets there, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from jobs.respond import acknowledge
from reminder.agreements import Contact
from reminder.errors import ResponseRefused
from reminder.mail.links import new_link_id, sign_link
from reminder.responses import Linked, Person, Refusal, Via
from reminder.storage import tables
from reminder.storage.engine import Database
from reminder.storage.link_keys import retire, rotate
from reminder.web.sessions import LASTS, SHORTEST, Use, make_mark
from tests.factories import make_agreement, make_bureau, make_contact
from tests.stored import at
from tests.web_client import Answer
from tests.web_sites import A_MOMENT, MAILED, Site, site_of_one
from tests.web_visitor import form_for, forms_of

NEUTRAL = 404


@pytest.fixture
def site(database: Database) -> Site:
    return site_of_one(database)


def is_acknowledged(site: Site) -> bool:
    return site.deadline("expiry", "acknowledged_until") != (None,)


def test_link_becomes_a_page_whose_address_bears_no_token(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    answer = visitor.get(f"/a/{token}")
    assert answer.status == 303
    assert token not in answer.headers["location"]
    assert token.rpartition(".")[2] not in str(answer.headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("act=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie  # http, on this very machine
    page = visitor.get(answer.headers["location"])
    assert page.status == 200
    assert token not in page.page
    assert "Sister Province" in page.text


def test_cookie_over_https_is_of_this_host_alone(site: Site) -> None:
    site.settings["public_url"] = "https://127.0.0.1"
    [token] = site.send()
    cookie = site.visitor().get(f"/a/{token}").headers["set-cookie"]
    assert cookie.startswith("__Host-act=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_press_of_the_button_is_on_record_with_one_event(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later()
    assert visitor.press(page, "ack").status == 200
    [(action, actor, via, grant_id)] = site.answers("action", "actor", "via", "grant_id")
    assert (action, actor, via) == ("acknowledge", site.grant().recipient, "web")
    assert grant_id == site.grant().id
    assert len(site.events()) == 1
    assert is_acknowledged(site)
    [(used_at,)] = site.world.rows(tables.action_grants, "used_at")
    assert used_at == site.now


def test_second_press_says_politely_what_is_on_record(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later()
    visitor.press(page, "ack")
    before = site.stands()
    for by in (A_MOMENT, timedelta(hours=3), timedelta(days=2)):
        site.later(by)
        page = visitor.open(f"/a/{token}")
        at_once = visitor.post(visitor.at, {"action": "ack"})
        assert at_once.status == 200
    assert site.stands() == before


def test_one_grant_pressed_fifty_times_at_once_has_one_effect_and_one_event(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later()
    form = form_for(page, "ack")
    answers: list[Answer] = []

    def press() -> None:
        answers.append(visitor.post(form.action, form.fields | {"action": "ack"}))

    threads = [Thread(target=press) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status for answer in answers] == [200] * 50
    assert len(site.answers("action")) == 1
    assert len(site.events()) == 1


# --- what opens nothing ---


def other_last_character(token: str) -> str:
    """Decodes to the same bytes: the last of 22 characters has four spare bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(token[-1])
    return token[:-1] + alphabet[place ^ 1]


def flipped(token: str) -> str:
    place = token.rindex(".") + 3
    return token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]


WRONG: dict[str, Callable[[str], str]] = {
    "X-49 a bit flipped": flipped,
    "X-49 another last character": other_last_character,
    "X-49 ten megabytes": lambda token: token + "A" * 10_000_000,
    "X-49 not ASCII": lambda token: token[:-1] + "%C3%A9",
    "X-49 a NUL": lambda token: token + "%00",
    "X-49 encoded twice": lambda token: token.replace(".", "%252E"),
    "X-49 a way up": lambda token: f"%2e%2e%2f{token}",
    "another key": lambda token: "2" + token[1:],
    "no key": lambda token: token.partition(".")[2],
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_wrong_token_gets_the_neutral_answer_and_has_no_effect(
    site: Site, change: Callable[[str], str]
) -> None:
    [token] = site.send()
    visitor = site.visitor()
    neutral = visitor.get("/nowhere")
    before = site.stands()
    for method in ("GET", "HEAD"):
        answer = visitor.get(f"/a/{change(token)}", method)
        assert answer.status == NEUTRAL
        assert answer.body in (b"", neutral.body)
        assert "set-cookie" not in answer.headers
    assert site.stands() == before


def test_other_purpose_date_reader_or_grant_opens_nothing(site: Site) -> None:
    [token] = site.send()
    grant, secret = site.grant(), site.context().settings.secret_key
    assert sign_link(grant, secret) == token
    assert grant.epoch is not None
    for other in (
        replace(grant, purpose="unsub"),
        replace(grant, epoch=grant.epoch + 1),
        replace(grant, deadline_id=None),
        replace(grant, recipient="lain@biro.example.go.id"),
        replace(grant, expires_at=grant.expires_at + timedelta(days=1)),
        replace(grant, subject="1"),
        replace(grant, id=new_link_id()),
    ):
        assert site.visitor().get(f"/a/{sign_link(other, secret)}").status == NEUTRAL
    assert not is_acknowledged(site)


def test_expired_and_revoked_links_open_nothing_and_their_pages_neither(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later()
    site.change_grants(revoked_at=MAILED)
    assert visitor.get(f"/a/{token}").status == NEUTRAL
    assert visitor.get(visitor.at).status == NEUTRAL
    assert visitor.press(page, "ack").status == NEUTRAL
    site.change_grants(revoked_at=None)
    site.now = site.grant().expires_at - timedelta(seconds=1)
    assert visitor.open(f"/a/{token}").status == 200
    site.now = site.grant().expires_at
    assert visitor.get(f"/a/{token}").status == NEUTRAL
    assert visitor.get(visitor.at).status == NEUTRAL
    assert site.answers("action") == []


def test_retired_key_opens_nothing_and_the_next_mail_bears_another(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later()
    with site.world.database.write() as connection:
        new = retire(connection, "1", site.now, "admin")
    assert new is not None
    assert visitor.get(f"/a/{token}").status == NEUTRAL
    assert visitor.press(page, "ack").status == NEUTRAL
    assert site.answers("action") == []
    site.now = at("2026-05-27")
    [second] = site.send()
    assert second.startswith(f"{new.kid}.")
    assert visitor.open(f"/a/{second}").status == 200


def test_followed_key_still_opens_its_links(site: Site) -> None:
    [token] = site.send()
    with site.world.database.write() as connection:
        rotate(connection, site.now, "admin")
    assert site.visitor().open(f"/a/{token}").status == 200


def test_link_about_an_earlier_date_shows_and_takes_nothing(site: Site) -> None:
    [token] = site.send()
    site.world.put(make_agreement("KSD-1", expires_on="2026-12-31"))
    site.now = at("2026-05-05")
    site.world.scan(site.now)
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    assert page.status == 200
    assert forms_of(page) == []
    site.later()
    nonce = make_mark(
        site.context().settings.secret_key, Use.FORM, site.grant().id, site.now - A_MOMENT
    )
    refused = visitor.post(visitor.at, {"action": "ack", "nonce": nonce})
    assert refused.status == 422
    assert site.answers("action") == []


# --- scanners and strangers ---


def test_looking_changes_nothing_however_it_is_done(site: Site) -> None:
    """X-52: HEAD, GET x 20, a prefetch, OPTIONS, TRACE."""
    [token] = site.send()
    visitor = site.visitor()
    before = site.stands()
    for number in range(20):
        method = "HEAD" if number % 2 else "GET"
        answer = visitor.get(f"/a/{token}", method, sec_purpose="prefetch")
        assert answer.status == 303
        assert visitor.get(answer.headers["location"], method).status == 200
    for method in ("OPTIONS", "TRACE", "PUT", "DELETE", "POST"):
        assert visitor.get(f"/a/{token}", method).status == 405
    assert site.stands() == before


def test_robot_that_submits_every_form_at_once_changes_nothing(site: Site) -> None:
    [token] = site.send()
    robot = site.visitor()
    page = robot.open(f"/a/{token}")
    before = site.stands()
    for _round in range(3):
        for form in forms_of(page):
            for name, value in form.buttons or [("", "")]:
                site.later(timedelta(milliseconds=100))
                page = robot.post(form.action, form.fields | {name: value})
                assert page.status in (400, 429)
        if page.status == 429:
            break
    assert site.stands() == before


def test_form_is_taken_from_a_person_that_reads_before_pressing(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later(SHORTEST - timedelta(milliseconds=2))
    assert visitor.press(page, "ack").status == 400
    page = visitor.open(visitor.at)
    site.later(SHORTEST)
    assert visitor.press(page, "ack").status == 200


def test_page_left_open_for_too_long_asks_for_the_link_again(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later(LASTS + A_MOMENT)
    assert visitor.get(visitor.at).status == 410
    assert visitor.press(page, "ack").status == 410
    assert site.answers("action") == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="X-51 without a nonce"),
        pytest.param({"nonce": "x"}, id="X-51 with anything for a nonce"),
        pytest.param({"nonce": ""}, id="X-51 with an empty nonce"),
        pytest.param({"confirmed": "1"}, id="X-51 as if confirmed"),
    ],
)
def test_answer_without_a_nonce_of_ours_is_not_taken(site: Site, fields: dict[str, str]) -> None:
    [token] = site.send()
    visitor = site.visitor()
    visitor.open(f"/a/{token}")
    site.later()
    answer = visitor.post(visitor.at, {"action": "ack", "_method": "PUT"} | fields)
    assert answer.status == 400
    assert site.answers("action") == []


def test_x_51_nonce_of_another_grant_or_use_is_not_taken(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    visitor.open(f"/a/{token}")
    secret, grant = site.context().settings.secret_key, site.grant()
    marks = [make_mark(secret, Use.FORM, new_link_id(), site.now)]
    marks += [make_mark(secret, use, grant.id, site.now) for use in Use if use is not Use.FORM]
    site.later()
    for mark in marks:
        answer = visitor.post(visitor.at, {"action": "ack", "nonce": mark})
        assert answer.status == 400
    assert site.answers("action") == []


@pytest.mark.parametrize("type_", ["application/json", "multipart/form-data", "text/plain", ""])
def test_x_51_anything_but_a_form_is_refused(site: Site, type_: str) -> None:
    [token] = site.send()
    visitor = site.visitor()
    visitor.open(f"/a/{token}")
    site.later()
    assert visitor.post_raw(visitor.at, b'{"action": "ack"}', content_type=type_).status == 415
    assert site.answers("action") == []


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "https://evil.example"}, id="another origin"),
        pytest.param({"sec_fetch_site": "cross-site"}, id="the browser says cross-site"),
        pytest.param({"origin": "null", "sec_fetch_site": "cross-site"}, id="a sandboxed frame"),
        pytest.param({"sec_fetch_site": "none"}, id="no page of ours"),
    ],
)
def test_form_sent_by_another_site_is_refused(site: Site, headers: dict[str, str]) -> None:
    [token] = site.send()
    visitor = site.visitor()
    form = form_for(visitor.open(f"/a/{token}"), "ack")
    site.later()
    assert visitor.post(form.action, form.fields | {"action": "ack"}, **headers).status == 403
    assert site.answers("action") == []


def test_our_own_form_comes_with_a_null_origin_for_want_of_a_referrer(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    form = form_for(visitor.open(f"/a/{token}"), "ack")
    site.later()
    sent = form.fields | {"action": "ack"}
    answer = visitor.post(form.action, sent, origin="null", sec_fetch_site="same-origin")
    assert answer.status == 200


def test_visitor_without_cookies_presses_twice(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor(keeps_cookies=False)
    page = visitor.open(f"/a/{token}")
    site.later()
    second = visitor.press(page, "ack")
    assert second.status == 200
    assert site.answers("action") == []
    [form] = forms_of(second)
    assert visitor.post(form.action, form.fields).status == 400  # at once, as a robot would
    site.later()
    assert visitor.post(form.action, form.fields).status == 200
    assert len(site.answers("action")) == 1


def test_x_51_cookie_of_another_link_counts_as_none(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    secret = site.context().settings.secret_key
    visitor.cookies["act"] = make_mark(secret, Use.COOKIE, new_link_id(), site.now)
    site.later()
    visitor.press(page, "ack")
    assert site.answers("action") == []


# --- limits ---


def test_caller_who_guesses_is_stopped_and_whoever_has_a_link_is_not(site: Site) -> None:
    [token] = site.send()
    guesser = site.visitor("198.51.100.7")
    for _ in range(20):
        assert guesser.get(f"/a/{flipped(token)}").status == NEUTRAL
    for _ in range(2):
        answer = guesser.get(f"/a/{flipped(token)}")
        assert (answer.status, answer.headers["retry-after"]) == (429, "3600")
    # From the same address, as whole offices have one: no link is locked by others' guesses.
    assert guesser.get(f"/a/{token}").status == 303
    assert site.visitor("198.51.100.8").get(f"/a/{flipped(token)}").status == NEUTRAL
    site.later(timedelta(hours=1))
    assert guesser.get(f"/a/{flipped(token)}").status == NEUTRAL


def test_link_that_ended_while_its_answer_waited_is_not_taken(site: Site) -> None:
    site.send()
    grant = site.grant()
    assert grant.deadline_id is not None
    assert grant.epoch is not None
    which = Linked(grant.deadline_id, grant.epoch)
    who = Person(grant.recipient, Via.WEB, grant_id=grant.id)
    site.change_grants(revoked_at=MAILED)
    with pytest.raises(ResponseRefused) as refused:
        acknowledge(site.context(), which, who)
    assert refused.value.why == Refusal.LINK_OVER
    site.change_grants(revoked_at=None)
    with site.world.database.write() as connection:
        retire(connection, "1", site.now, "admin")
    with pytest.raises(ResponseRefused):
        acknowledge(site.context(), which, who)
    assert not is_acknowledged(site)


@pytest.mark.parametrize(
    ("contacts", "may"),
    [
        pytest.param([make_contact()], True, id="still there"),
        pytest.param([make_contact(active_to="2026-05-04")], False, id="left the day before"),
        pytest.param(
            [make_contact(active_to="2026-05-04"), make_contact(bureau="B-02")],
            False,
            id="moved to another bureau",
        ),
        pytest.param(
            [make_contact(active_to="2026-05-04"), make_contact(bureau="B-00")],
            True,
            id="moved to the bureau above",
        ),
    ],
)
def test_answers_are_taken_from_those_who_still_have_to_do_with_it(
    site: Site, contacts: list[Contact], may: bool
) -> None:
    [token] = site.send()
    site.world.put(make_bureau("B-00"), make_bureau("B-02"), make_bureau(parent="B-00"), *contacts)
    site.now = at("2026-05-05")
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    assert bool(forms_of(page)) is may


def test_officer_who_was_followed_by_an_own_one_no_longer_answers(site: Site) -> None:
    [token] = site.send()
    new = make_contact("baru@biro.example.go.id")
    site.world.put(new, make_agreement("KSD-1", expires_on="2026-06-03", officer=new.email))
    site.now = at("2026-05-05")
    site.world.scan(site.now)
    visitor = site.visitor()
    assert forms_of(visitor.open(f"/a/{token}")) == []


def test_caller_opens_thirty_links_a_minute_and_no_more(site: Site) -> None:
    [token] = site.send()
    hasty = site.visitor("198.51.100.7")
    statuses = [hasty.get(f"/a/{token}").status for _ in range(32)]
    assert statuses == [303] * 30 + [429] * 2
    site.later(timedelta(minutes=1))
    assert hasty.get(f"/a/{token}").status == 303


def test_bad_answers_by_one_link_are_stopped_without_locking_it(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later()
    statuses = [visitor.post(visitor.at, {"action": "ack"}).status for _ in range(12)]
    assert statuses == [400] * 10 + [429] * 2
    site.later(timedelta(minutes=1))
    assert visitor.press(page, "ack").status == 200


def test_limits_outlast_a_restart_and_name_no_caller(site: Site) -> None:
    [token] = site.send()
    site.visitor("198.51.100.7").get(f"/a/{token}")
    rows = site.world.rows(tables.visits, "scope", "visitor", "count")
    assert [(scope, count) for scope, _visitor, count in rows] == [("opened", 1)]
    assert "198.51.100.7" not in str(rows)
