"""The page behind a link, with real grants on both databases: whom it lets in, what it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select

from reminder.clock import FixedClock
from reminder.mail.links import new_link_id, sign_link
from reminder.storage import tables
from reminder.storage.engine import Database
from reminder.web.app import make_app
from tests.factories import make_agreement, make_bureau, make_contact, make_follow_up, make_rule
from tests.stored import World, at, make_office, make_policy
from tests.web_client import Answer, ask
from tests.web_sites import MAILED, Site

if TYPE_CHECKING:
    from reminder.agreements import Agreement

RULES = (
    make_rule(lead_times="H-30 H-7 H"),
    make_rule("follow-up", deadline="follow_up", template="follow_up", lead_times="H-30 H"),
)


@dataclass
class Pages(Site):
    """The pages that the links of its mails lead to."""

    def get(
        self, path: str, now: datetime | None = None, method: str = "GET", **settings: str
    ) -> Answer:
        """The page to which a link leads in the end."""
        context = self.context(now, **settings)
        app = make_app(lambda: context)
        answer = ask(app, path, method)
        return ask(app, answer.headers["location"], method) if answer.status == 303 else answer


@pytest.fixture
def site(database: Database) -> Pages:
    world = World(database, make_policy(*RULES))
    world.put(*make_office())
    return Pages(world)


def agreement(ref: str = "KSD-1", **changes: object) -> Agreement:
    return make_agreement(ref, expires_on="2026-06-03", **changes)


def test_link_of_a_mail_opens_the_notice_in_the_bureaus_language(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    answer = site.get(f"/a/{token}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert '<html lang="id">' in answer.page
    assert "Kerja Sama Sister Province Jawa Tengah dan Queensland" in answer.text
    assert "Rabu, 3 Juni 2026 (30 hari kalender lagi)" in answer.text


def test_bureau_that_reads_english_gets_english(site: Pages) -> None:
    site.world.put(make_bureau(language="en"), agreement())
    [token] = site.send()
    answer = site.get(f"/a/{token}")
    assert '<html lang="en">' in answer.page
    assert "Wednesday, 3 June 2026 (30 days from today)" in answer.text


def test_days_are_those_of_today_and_not_of_the_mail(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    assert "(3 hari kalender lagi)" in site.get(f"/a/{token}", at("2026-05-31")).text
    late = site.get(f"/a/{token}", at("2026-06-08")).text
    assert "(5 hari kalender yang lalu)" in late
    assert "Lewat batas waktu" in late


def test_date_changed_since_the_mail_is_told(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    site.world.put(make_agreement("KSD-1", expires_on="2027-06-03"))
    site.world.plan("2026-05-05")
    said = site.get(f"/a/{token}", at("2026-05-05")).text
    assert "semula Rabu, 3 Juni 2026, kini Kamis, 3 Juni 2027" in said


def test_terminated_agreement_asks_for_nothing_more(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    site.world.put(agreement(status="terminated"))
    site.world.plan("2026-05-05")
    said = site.get(f"/a/{token}", at("2026-05-05")).text
    assert "Status: Tidak berlaku lagi" in said
    assert "Yang dimohon" not in said


def test_follow_up_of_no_agreement_has_its_page_and_says_when_it_was_done(site: Pages) -> None:
    follow_up = make_follow_up(agreement=None, bureau="B-01", due_on="2026-06-03")
    site.world.put(follow_up)
    [token] = site.send()
    assert "Menyusun rencana aksi" in site.get(f"/a/{token}").text
    site.world.put(
        make_follow_up(agreement=None, bureau="B-01", due_on="2026-06-03", done_on="2026-05-06")
    )
    site.send(at("2026-05-07"))
    said = site.get(f"/a/{token}", at("2026-05-07")).text
    assert "Status: Sudah tercatat selesai" in said
    assert "Tercatat selesai pada tanggal 6 Mei 2026." in said


def test_each_notice_of_a_digest_has_a_page_of_its_own(site: Pages) -> None:
    titles = [f"Kerja sama nomor {number}" for number in range(4)]
    site.world.put(*(agreement(f"KSD-{title[-1]}", title=title) for title in titles))
    found = site.send()
    assert len(site.transport.delivered) == 1
    assert len(found) == 4
    shown = [re.findall(r"Kerja sama nomor \d", site.get(f"/a/{token}").text)[0] for token in found]
    assert sorted(shown) == titles


def test_copy_and_successor_name_nobody(site: Pages) -> None:
    site.world.put(
        make_contact(active_to="2026-05-01"),
        make_contact("baru@biro.example.go.id", name="Dewi Lestari", active_from="2026-05-02"),
        agreement(),
    )
    [token] = site.send()
    page = site.get(f"/a/{token}").page
    for word in ("Siti", "Dewi", "petugas@", "baru@"):
        assert word not in page


def changed(text: str, place: int) -> str:
    """*text* with one bit of the character at *place* flipped, within the alphabet."""
    flipped = (chr(ord(text[place]) ^ 1 << bit) for bit in range(6))
    # A "-" has no letter or digit one bit away.
    other = next((char for char in flipped if char.isalnum() and char.isascii()), "A")
    return text[:place] + other + (text[place + 1 :] if place != -1 else "")


def wrong_tokens(token: str) -> dict[str, str]:
    kid, grant_id, mac = token.split(".")
    return {
        "a bit of the signature flipped": f"{kid}.{grant_id}.{changed(mac, 3)}",
        "another last character": token[:-1] + next(c for c in "AQgw" if c != token[-1]),
        # Base64 has four last characters for the same 16 bytes.
        "the same bytes otherwise written": token[:-1] + chr(ord(token[-1]) + 1),
        "a bit of the id flipped": f"{kid}.{changed(grant_id, 0)}.{mac}",
        "another key": f"2.{grant_id}.{mac}",
        "id and signature exchanged": f"{kid}.{mac}.{grant_id}",
        "cut short": token[:-1],
        "longer": f"{token}A",
        "201 characters": "A" * 201,
        "10 MB": "A" * 10_000_000,
        "not ASCII": f"{kid}.{grant_id}.{'%C3%A4' * 11}",
        "no UTF-8": f"{token}%FF",
        "NUL": f"{token}%00",
        "line end": f"{token}%0A",
        "doubly encoded": "%25" + f"{ord(token[0]):x}" + token[1:],
        "one folder up": f"..%2Fa%2F{token}",
        "a folder more": f"{token}/",
        "empty": "",
    }


def test_every_wrong_token_gets_the_same_page_and_no_reason(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    before = site.stands()
    neutral = site.get("/")
    assert (neutral.status, neutral.headers["cache-control"]) == (404, "no-store")
    for what, wrong in wrong_tokens(token).items():
        answer = site.get(f"/a/{wrong}")
        assert answer == neutral, what
    for path in ("/a", "/a/", "//a/" + token, "/agreements", "/.env", f"/A/{token}"):
        assert site.get(path) == neutral, path
    assert site.get(f"/a/{token}").status == 200
    assert site.stands() == before


def test_expired_and_revoked_links_get_it_too(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    neutral = site.get("/")
    expires_at = site.grant().expires_at
    assert site.get(f"/a/{token}", expires_at - timedelta(seconds=1)).status == 200
    assert site.get(f"/a/{token}", expires_at) == neutral
    site.change_grants(revoked_at=MAILED)
    assert site.get(f"/a/{token}") == neutral
    site.change_grants(revoked_at=None, used_at=MAILED)
    assert site.get(f"/a/{token}").status == 200  # used means answered; it may still be read


def test_signature_for_anything_else_gets_it_too(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    neutral = site.get("/")
    grant = site.grant()
    secret_key = site.context().settings.secret_key
    assert grant.deadline_id is not None
    assert sign_link(grant, secret_key) == token
    for other in (
        replace(grant, purpose="unsubscribe"),
        replace(grant, epoch=2),
        replace(grant, deadline_id=grant.deadline_id + 1),
        replace(grant, recipient="lain@biro.example.go.id"),
        replace(grant, expires_at=grant.expires_at + timedelta(days=1)),
        replace(grant, id=new_link_id()),
    ):
        assert site.get(f"/a/{sign_link(other, secret_key)}") == neutral
    site.change_grants(purpose="unsubscribe")
    unsubscribe = sign_link(replace(grant, purpose="unsubscribe"), secret_key)
    assert site.get(f"/a/{unsubscribe}") == neutral
    site.change_grants(purpose="act")
    assert site.get(f"/a/{token}", secret_key="t" * 43) == neutral


def test_reading_changes_no_row(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    before = site.stands()
    for _ in range(20):
        assert site.get(f"/a/{token}").status == 200
    assert site.get(f"/a/{token}", method="HEAD").status == 200
    assert site.stands() == before


def test_head_says_the_same_without_the_page(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    whole, head = site.get(f"/a/{token}"), site.get(f"/a/{token}", method="HEAD")
    assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


def test_nothing_but_reading_is_allowed(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    before = site.stands()
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        refused = site.get(f"/a/{token}", method=method)
        assert (refused.status, set(refused.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
        assert refused.headers["content-security-policy"].startswith("default-src 'none'")
        # Not even this tells a genuine token from another.
        assert site.get(f"/a/{token[:-1]}", method=method).body == refused.body
    assert site.stands() == before


def test_style_sheet_is_kept_by_browsers_until_it_changes(site: Pages) -> None:
    context = site.context()
    app = make_app(lambda: context)
    sheet = ask(app, "/style.css?v=1")
    assert (sheet.status, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert sheet.headers["cache-control"] == "public, max-age=86400"
    again = ask(app, "/style.css", if_none_match=sheet.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_pages_below_a_path_find_their_style_sheet(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    context = site.context(public_url="https://biro.example.go.id/ingat")
    app = make_app(lambda: context)
    opened = ask(app, f"/ingat/a/{token}", host="biro.example.go.id")
    assert opened.headers["location"].startswith("/ingat/act/")
    page = ask(app, opened.headers["location"], host="biro.example.go.id")
    assert page.status == 200
    [link] = re.findall(r'href="(/ingat/style\.css\?v=\w+)"', page.page)
    assert ask(app, link, host="biro.example.go.id").status == 200
    assert page.headers["strict-transport-security"].startswith("max-age=")


class NoDatabase:
    """A database that cannot be read."""

    def read(self) -> Any:
        raise RuntimeError("postgresql://u:sesame@db is away")


def test_fault_says_nothing_of_its_reason(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    contexts = [site.context()]
    app = make_app(lambda: contexts[-1])
    contexts.append(replace(contexts[0], database=cast("Database", NoDatabase())))
    failed = ask(app, f"/a/{token}")
    assert failed.status == 500
    assert failed.headers["cache-control"] == "no-store"
    assert "Tidak ada data yang berubah" in failed.text
    assert "sesame" not in failed.page
    assert "RuntimeError" not in failed.page
    assert token not in str(site.world.capture.entries)


def test_agreement_that_cannot_be_read_is_a_fault_and_no_wrong_link(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    site.world.run("UPDATE agreements SET signed_on = 'soon'")
    assert site.get(f"/a/{token}").status == 500


def test_log_has_the_notice_and_never_the_token(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    site.world.capture.entries.clear()
    site.get(f"/a/{token}")
    site.get(f"/a/{token[:-1]}")
    with site.world.database.read() as connection:
        notice_id = connection.execute(select(tables.notices.c.id)).scalar_one()
    served = [entry for entry in site.world.capture.entries if entry["event"] == "page_served"]
    assert [(entry["status"], entry.get("notice")) for entry in served] == [
        (303, notice_id),
        (200, notice_id),
        (404, None),
    ]
    assert token[5:20] not in str(site.world.capture.entries)


def test_clock_of_the_service_decides_and_not_the_machines(site: Pages) -> None:
    site.world.put(agreement())
    [token] = site.send()
    context = replace(site.context(), clock=FixedClock(at("2036-05-04")))
    assert ask(make_app(lambda: context), f"/a/{token}").status == 404
