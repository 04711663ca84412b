"""Calendars to subscribe to, with the installed program: made, fetched, listed, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.calendars_read import read_calendar
from tests.daemons import ServingDaemon, fetch
from tests.installed import done, reminder, rows_of, shown
from tests.registers import BUREAUS, CONTACTS, csv_text, write_files
from tests.web_client import Answer

OFFICER = "petugas@biro.example.go.id"
BY = ("--by", "admin@biro.example.go.id")


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with one agreement that ends on 2026-05-31."""
    header = ["ref", "title", "kind", "bureau", "signed_on", "expires_on"]
    row = ["KSD-1", "Kerja sama; pendidikan, budaya", "KSDPL", "B-01", "2021-05-31", "2026-05-31"]
    files = {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": csv_text(header, [row])}
    done(home, "import", write_files(tmp_path / "register", files))
    return home


@pytest.fixture
def served(office: Path) -> Iterator[ServingDaemon]:
    """The same with its daemon running."""
    with ServingDaemon(office) as daemon:
        daemon.wait_logged("web_started")
        yield daemon
        assert "Traceback" not in daemon.stop()


def test_feed_is_made_fetched_and_revoked(served: ServingDaemon) -> None:
    home = served.home
    base = f"http://127.0.0.1:{served.port}"

    def get(url: str, **headers: str) -> Answer:
        assert url.startswith(f"{base}/calendar/")
        return fetch(served.port, url.removeprefix(base), **headers)

    url = done(home, "feeds", "make", "--bureau", "B-01", *BY).strip()
    assert done(home, "feeds", "make", "--bureau", "B-01", *BY).strip() == url
    feed = get(url)
    assert (feed.status, feed.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    (entry,) = read_calendar(feed.body).entries
    assert entry.first == date(2026, 5, 31)
    assert entry.summary == "Berakhir: Kerja sama; pendidikan, budaya"
    assert get(url, **{"If-None-Match": feed.headers["etag"]}).status == 304

    own = done(home, "feeds", "make", "--contact", OFFICER.upper(), *BY).strip()
    assert read_calendar(get(own).body).entries == (entry,)

    neutral = get(f"{base}/calendar/x.ics")
    assert neutral.status == 404
    for kind, name in (("--bureau", "B-01"), ("--contact", OFFICER)):
        assert "1 feed is revoked" in done(home, "feeds", "revoke", kind, name, *BY)
    assert get(url) == get(own) == neutral

    assert url.rpartition("/")[2][2:40] not in served.log_text()


def test_feeds_are_listed_without_what_opens_them(office: Path) -> None:
    assert "No feed was made yet" in done(office, "feeds")
    url = done(office, "feeds", "make", "--contact", OFFICER, *BY).strip()
    listed = done(office, "feeds")
    assert done(office, "feeds", "list") == listed
    mac = url.removesuffix(".ics").rpartition(".")[2]
    assert mac not in listed
    (feed,) = shown(office, "feeds", "list")
    assert (feed["kind"], feed["name"], feed["live"]) == ("contact", OFFICER, True)
    assert feed["ends_at"].startswith("2031-03-01")
    assert listed.startswith(f"{feed['id']}  contact {OFFICER}: made on 2026-03-02, works until")

    assert "1 feed is revoked" in done(office, "feeds", "revoke", feed["id"], *BY)
    assert "nothing was changed" in done(office, "feeds", "revoke", feed["id"], *BY)
    assert "revoked on 2026-03-02" in done(office, "feeds")
    assert done(office, "feeds", "make", "--contact", OFFICER, *BY).strip() != url
    made = rows_of(office, "SELECT actor FROM events WHERE kind = 'feeds'")
    assert made == [(BY[1],)] * 3


def test_key_that_is_retired_takes_its_feeds_along(office: Path) -> None:
    url = done(office, "feeds", "make", "--bureau", "B-01", *BY).strip()
    done(office, "keys", "rotate", *BY)
    assert done(office, "feeds", "make", "--bureau", "B-01", *BY).strip() == url
    assert "works until 2026-09-18" in done(office, "feeds")
    done(office, "keys", "retire", "1", *BY)
    assert "ended on 2026-03-02" in done(office, "feeds")
    assert "/calendar/2." in done(office, "feeds", "make", "--bureau", "B-01", *BY)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["make"], 2, "give one: --bureau CODE or --contact EMAIL"),
        (["make", "--bureau", "B-01", "--contact", OFFICER], 2, "give one"),
        (["make", "--bureau", "B-1"], 1, "did you mean B-01"),
        (["make", "--contact", "petugs@biro.example.go.id"], 1, f"did you mean {OFFICER}"),
        (["make", "--contact", "petugas"], 2, "petugas"),
        (["revoke"], 2, "give one: an ID, --bureau CODE or --contact EMAIL"),
        (["revoke", "abc"], 1, 'There is no feed "abc"'),
        (["revoke", "--bureau", "B-01"], 1, 'There is no feed "B-01"'),
    ],
)
def test_feed_that_cannot_be_meant_is_refused_with_what_to_write(
    office: Path, arguments: list[str], code: int, said: str
) -> None:
    ended = reminder(office, "feeds", *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_contact_who_left_gets_no_feed(office: Path, tmp_path: Path) -> None:
    header = ["email", "bureau", "role", "name", "active_to"]
    left = csv_text(header, [["lama@biro.example.go.id", "B-01", "head", "Lama", "2026-03-01"]])
    done(office, "import", write_files(tmp_path / "left", {"contacts": left}))
    ended = reminder(office, "feeds", "make", "--contact", "lama@biro.example.go.id")
    assert ended.returncode == 1
    assert "is not active today" in ended.stderr


def test_mail_of_the_shipped_policy_brings_the_day_along(office: Path) -> None:
    done(office, "once")
    (file,) = (office / "var" / "mail" / "new").iterdir()
    mail = message_from_bytes(file.read_bytes())
    (part,) = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    (entry,) = read_calendar(data).entries
    assert (entry.first, entry.sequence) == (date(2026, 5, 31), 1)
