"""From the answers that a mail offers to the pages that take them."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import deliver
from tests.factories import make_agreement, make_rule
from tests.fakes import RecordingTransport
from tests.stored import World, at, make_office, make_policy, make_settings
from tests.web_visitor import Visitor

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database

MAILED = at("2026-05-04")
"""A Monday, on which H-30 of an expiry on 3 June is due."""
ADDRESS = re.compile(r"^ *http://127\.0\.0\.1:8025(/a/\S+)$", re.MULTILINE)
HREF = re.compile(r'href="http://127\.0\.0\.1:8025(/a/[^"]+)"')
ANSWERS = ["decide", "seen", "later", "not-mine"]


class Mailed(World):
    """An office with one agreement that ends soon."""

    def __init__(self, database: Database, listen: str) -> None:
        super().__init__(database, make_policy(make_rule(lead_times="H-30 H-7 H")))
        self.put(*make_office(), make_agreement("KSD-1", expires_on="2026-06-03"))
        self.listen = listen

    def served(self) -> JobContext:
        values = {"listen": self.listen, "mail_url": "maildir:unused", "mail_from": "a@b.id"}
        settings = replace(make_settings(**values), home=self.home)
        return replace(self.context(MAILED), settings=settings)

    def parts(self) -> tuple[str, str]:
        """Text and HTML of the only mail."""
        self.scan(MAILED)
        transport = RecordingTransport()
        deliver(self.served(), transport)
        [mail] = transport.delivered
        message = message_from_bytes(mail.data, policy=policy.default)
        found = {part.get_content_subtype(): part for part in message.walk()}
        text, html = (found[kind].get_content() for kind in ("plain", "html"))
        return text.replace("\r\n", "\n"), html


def test_every_address_of_a_mail_leads_to_the_page_of_its_answer(database: Database) -> None:
    world = Mailed(database, "127.0.0.1:8025")
    text, html = world.parts()
    addresses = ADDRESS.findall(text)
    assert [address.rpartition("/")[2] for address in addresses] == ANSWERS
    assert list(dict.fromkeys(HREF.findall(html))) == addresses
    for address, answer in zip(addresses, ANSWERS, strict=True):
        visitor = Visitor(world.served)
        found = visitor.get(address)
        assert found.status == 303
        assert found.headers["location"].rpartition("/")[2] == answer
        assert visitor.get(found.headers["location"]).status == 200


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_pages_a_mail_offers_none(database: Database) -> None:
    text, html = Mailed(database, "").parts()
    assert len(ADDRESS.findall(text)) == 1
    assert not any(f"/{answer}" in text + html for answer in ANSWERS)
    assert "Tanggapan mohon disampaikan kepada" in text
