"""The judge of the crash proofs notices what it is there for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.crashes.invariants import broken, changed_ends
from tests.crashes.records import AttemptRecord, MessageRecord, NoticeRecord, Record
from tests.outboxes import MADE
from tests.smtp_server import Stored
from tests.stored import at

KEY, TO, NOW = "<a@example.go.id>", "petugas-0@biro.example.go.id", at(MADE)
MARK = b"X-Possible-Duplicate: attempt=2\r\n"
MESSAGE = MessageRecord(KEY, "sent", TO, "", False, False, None)
SENT = AttemptRecord(KEY, 1, NOW, NOW, NOW, "dot", 250, "sent", "host:1", False)
DOUBTED = replace(SENT, verdict="uncertain", code=None)
REPEAT = replace(SENT, number=2, possible_duplicate=True)
NOTICE = NoticeRecord("A-0", "H-30", "officer", TO, KEY)
REPEATED = replace(MESSAGE, possible_duplicate=True)


def copy(body: bytes = b"words", mark: bytes = b"", to: str = TO) -> Stored:
    """A mail as the relay keeps it."""
    head = b"Message-ID: " + KEY.encode() + b"\r\nDate: Fri, 1 May 2026\r\n" + mark
    return Stored("", (to,), head + b"\r\n" + body)


def record(*attempts: AttemptRecord, message: MessageRecord = MESSAGE) -> Record:
    """One message with these attempts."""
    events = ["repeat"] if message.possible_duplicate else []
    return Record({KEY: message}, {KEY: attempts}, [NOTICE], {KEY: events})


def test_one_copy_and_one_marked_repeat_are_as_they_must_be() -> None:
    assert broken(record(SENT), [copy()]) == []
    both = [copy(), copy(mark=MARK)]
    assert broken(record(DOUBTED, REPEAT, message=REPEATED), both) == []


@pytest.mark.parametrize(
    ("found", "mails", "invariant"),
    [
        pytest.param(record(SENT), [], "I-1", id="called sent and lost"),
        pytest.param(record(), [copy()], "I-5", id="sent and not on record"),
        pytest.param(record(SENT), [copy(), copy()], "I-2", id="repeated without any doubt"),
        pytest.param(
            record(DOUBTED, REPEAT, message=REPEATED),
            [copy(), copy()],
            "I-3",
            id="repeat without a mark",
        ),
        pytest.param(
            record(DOUBTED, replace(REPEAT, possible_duplicate=False), message=REPEATED),
            [copy(), copy(mark=MARK)],
            "I-3",
            id="mark only in the header",
        ),
        pytest.param(
            record(DOUBTED, REPEAT, message=REPEATED),
            [copy(), copy(mark=MARK), copy(mark=MARK)],
            "I-2",
            id="third copy",
        ),
        pytest.param(
            record(DOUBTED, REPEAT, message=REPEATED),
            [copy(), copy(b"other words", MARK)],
            "I-4",
            id="repeat with other words",
        ),
        pytest.param(record(SENT), [copy(to="x@example.go.id")], "I-4", id="to somebody else"),
        pytest.param(
            record(replace(SENT, number=2)), [copy()], "I-5", id="attempt that is missing"
        ),
        pytest.param(
            record(replace(SENT, code=None)), [copy()], "I-5", id="attempt without its code"
        ),
        pytest.param(
            record(message=replace(MESSAGE, state="failed")), [], "I-1", id="failed in silence"
        ),
        pytest.param(
            record(message=replace(MESSAGE, state="held")), [], "I-1", id="held for no reason"
        ),
        pytest.param(
            record(message=replace(MESSAGE, state="pending")), [], "I-14", id="never sent"
        ),
        pytest.param(
            record(SENT, message=replace(MESSAGE, lease_token="t")), [copy()], "I-6", id="leased"
        ),
        pytest.param(
            replace(record(SENT), notices=[NOTICE, NOTICE]), [copy()], "I-11", id="told twice"
        ),
    ],
)
def test_judge_names_what_is_broken(found: Record, mails: list[Stored], invariant: str) -> None:
    assert any(text.startswith(invariant) for text in broken(found, mails))


def test_judge_sees_an_end_that_did_not_last() -> None:
    after = record(SENT, message=replace(MESSAGE, state="pending"))
    assert len(changed_ends(record(SENT), after)) == 1
    assert changed_ends(after, record(SENT)) == []
