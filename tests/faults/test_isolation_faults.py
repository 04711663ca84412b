"""F-35 and F-36: one bad template and one impossible record cost nobody else anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from tests.factories import OFFICER, make_agreement, make_bureau, make_contact, make_rule
from tests.fakes import RecordingTransport
from tests.outboxes import MADE, Outbox
from tests.stored import ADMIN, at, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

BROKEN = {
    "a name that there is not": "{{ no_such_name }}",
    "loops without end": "{% for a in range(9999) %}{% for b in range(9999) %}x"
    "{% endfor %}{% endfor %}",
    "more than the memory": "{{ 'x' * 999999999 }}",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_f35_template_that_fails_for_one_rule_costs_no_notice_and_no_other_rule_its_words(
    sqlite_database: Database, tmp_path: Path, body: str
) -> None:
    folder = tmp_path / "email" / "rusak" / "id"
    folder.mkdir(parents=True)
    for name in ("subject.txt.j2", "body.txt.j2", "body.html.j2"):
        (folder / name).write_text(f"{body}\n")
    broken = make_rule("rusak", kinds=("KSDD",), template="rusak")
    outbox = Outbox(sqlite_database, 0, make_policy(broken, make_rule(), digest_above=100))
    outbox.settings = replace(outbox.settings, templates_dir=tmp_path)
    outbox.put(*(make_agreement(f"RUSAK-{number}", kind="KSDD") for number in range(2)))
    outbox.put(*(make_agreement(f"UTUH-{number}") for number in range(3)))
    outbox.scan(MADE)
    transport = RecordingTransport()
    outbox.deliver(MADE, transport=transport)
    told = Counter(mail.recipient for mail in transport.delivered)
    assert told == {OFFICER: 5, ADMIN: 1}
    errors = dict(outbox.rows(tables.contents, "message_id", "error"))
    failed = {
        agreement: bool(errors[message_id])
        for message_id, agreement in outbox.notices("message_id", "agreement")
    }
    assert failed == {
        "RUSAK-0": True, "RUSAK-1": True, "UTUH-0": False, "UTUH-1": False, "UTUH-2": False,
    }  # fmt: skip


BAD_OFFICER = "buruk@biro.example.go.id"
IMPOSSIBLE = {
    "an agreement that ends on the last day that there is": (
        "UPDATE agreements SET expires_on = '9999-12-31' WHERE ref = 'BAD'",
        "put off",
    ),
    "a deadline on that day": (
        "UPDATE deadlines SET due_on = '9999-12-31', due_last_on = '9999-12-31' "
        "WHERE agreement = 'BAD'",
        "nothing due",
    ),
    "a title of 1 MB": (
        "UPDATE agreements SET title = replace(hex(zeroblob(500000)), '0', 'x') WHERE ref = 'BAD'",
        "sent",
    ),
    "a zone that is empty": ("UPDATE bureaus SET timezone = '' WHERE code = 'B-BAD'", "sent"),
    "a recipient without an address": (
        "UPDATE contacts SET email = '' WHERE bureau = 'B-BAD'",
        "held",
    ),
}


@pytest.mark.parametrize(("statement", "becomes"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_f36_record_with_impossible_data_stops_none_of_99_others(
    sqlite_database: Database, statement: str, becomes: str
) -> None:
    outbox = Outbox(sqlite_database, 99)
    outbox.put(
        make_bureau("B-BAD"),
        make_contact(BAD_OFFICER, bureau="B-BAD"),
        make_agreement("BAD", bureau="B-BAD"),
    )
    outbox.plan(MADE, "BAD")
    outbox.run(statement)
    if "UPDATE agreements" in statement:
        outbox.run("UPDATE agreements SET replan_on = '2000-01-01' WHERE ref = 'BAD'")
    transport = RecordingTransport()
    for hour in ("09:00", "10:00"):
        outbox.scan(at(MADE, hour))
        outbox.deliver(at(MADE, hour), transport=transport)
    told = Counter(mail.recipient for mail in transport.delivered)
    assert told == {OFFICER: 99} | ({BAD_OFFICER: 1} if becomes == "sent" else {})
    assert what_became_of_the_bad_one(outbox) == becomes


def what_became_of_the_bad_one(outbox: Outbox) -> str:
    """As the record has it."""
    if outbox.rows(tables.put_offs, "agreement"):
        return "put off"
    states = dict(outbox.rows(tables.messages, "message_id", "state"))
    found = [states[key] for key, ref in outbox.notices("message_id", "agreement") if ref == "BAD"]
    return found[0] if found else "nothing due"
