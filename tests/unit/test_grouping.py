"""Which notices share a message: one each, a digest above three, the findings of an agreement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.grouping import Grouped, Grouping, group_into_messages
from reminder.directory import Directory
from reminder.firing import DueDeadline, NewNotice
from reminder.storage.messages import NewMessage, WaitingMessage
from tests.factories import OFFICER, make_bureau

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
DIRECTORY = Directory.of(
    [
        make_bureau(),
        make_bureau("B-02", language="en"),
        make_bureau("B-03", timezone="Asia/Jayapura"),
    ],
    (),
)


def notice(
    number: int, recipient: str = OFFICER, bureau: str = "B-01", **facts: object
) -> NewNotice:
    due = date(2026, 5, 1) + timedelta(days=number)
    deadline = DueDeadline(
        number, f"KSD/{number}", "expiry", "", bureau, "Asia/Jakarta", due, due, "", 1, "expiry",
        None, "", "", "", "",
    )  # fmt: skip
    values: dict[str, object] = {
        "deadline": deadline, "lead_time": "H-60", "role": "officer", "recipient": recipient,
        "recipient_name": "Siti Rahma", "recipient_bureau": bureau, "copy": False, "fallback": "",
        "successor_of": "", "template": "expiry", "made_on": TODAY, "message_id": "",
    }  # fmt: skip
    return NewNotice(**{**values, **facts})  # type: ignore[arg-type] # by name


def finding(
    number: int,
    code: str = "NO_OWNER",
    ref: str = "KSD/1",
    recipient: str = OFFICER,
    **facts: object,
) -> NewNotice:
    due = date(2026, 2, 1) + timedelta(days=number)
    deadline = DueDeadline(
        number, ref, "finding", code, "B-01", "Asia/Jakarta", due, due, "", 1, "owner",
        None, "", "", "", "",
    )  # fmt: skip
    values: dict[str, object] = {"deadline": deadline, "lead_time": "H", "template": "owner"}
    return notice(number, recipient, "B-01", **{**values, **facts})


def waiting(message_id: str = "<old>", kind: str = "notice", **facts: object) -> WaitingMessage:
    values: dict[str, object] = {
        "message_id": message_id, "kind": kind, "recipient": OFFICER, "language": "id",
        "timezone": "Asia/Jakarta", "planned_on": TODAY, "copy": False, "due_on": date(2026, 4, 1),
    }  # fmt: skip
    return WaitingMessage(**{**values, **facts})  # type: ignore[arg-type] # by name


def group(
    *notices: NewNotice,
    earlier: tuple[WaitingMessage, ...] = (),
    told_today: Mapping[tuple[str, date], int] | None = None,
    catch_up: bool = False,
) -> Grouped:
    grouping = Grouping(
        digest_above=3,
        catch_up=catch_up,
        directory=DIRECTORY,
        default_zone="Asia/Jakarta",
        default_language="id",
        message_id=lambda *parts: f"<{'|'.join(parts)}>",
        next_opening=lambda zone: NOON if zone == "Asia/Jakarta" else NOON - timedelta(hours=2),
    )
    return group_into_messages(notices, earlier, told_today or {}, grouping)


def kinds(grouped: Grouped) -> list[str]:
    return [message.kind for message in grouped.messages]


def only(grouped: Grouped) -> NewMessage:
    (message,) = grouped.messages
    return message


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(1, ["notice"], id="one"),
        pytest.param(3, ["notice"] * 3, id="three: a message each"),
        pytest.param(4, ["digest"], id="four: one digest"),
        pytest.param(40, ["digest"], id="forty: one digest"),
    ],
)
def test_more_than_three_notices_of_a_recipient_are_one_digest(
    number: int, expected: list[str]
) -> None:
    grouped = group(*(notice(one) for one in range(number)))

    assert kinds(grouped) == expected
    assert len(grouped.notices) == number
    assert {one.message_id for one in grouped.notices} == {
        message.message_id for message in grouped.messages
    }


def test_message_says_who_when_and_in_what_language() -> None:
    message = only(group(notice(5, bureau="B-02")))

    assert (message.recipient, message.recipient_name) == (OFFICER, "Siti Rahma")
    assert (message.language, message.timezone, message.bureau) == ("en", "Asia/Jakarta", "B-02")
    assert (message.planned_on, message.due_on) == (TODAY, date(2026, 5, 6))
    assert (message.next_try_at, message.template) == (NOON, "expiry")


def test_recipient_of_no_bureau_reads_the_language_of_the_service() -> None:
    message = only(group(notice(1, bureau="")))

    assert (message.language, message.timezone) == ("id", "Asia/Jakarta")


def test_digest_is_as_urgent_as_the_nearest_due_date_in_it() -> None:
    message = only(group(notice(9), notice(7), notice(8), notice(6)))

    assert (message.template, message.due_on) == ("digest", date(2026, 5, 7))


def test_each_recipient_has_a_count_of_their_own() -> None:
    grouped = group(
        *(notice(one) for one in range(4)), *(notice(one, "b@example.go.id") for one in range(2))
    )

    assert sorted(kinds(grouped)) == ["digest", "notice", "notice"]


def test_notices_in_another_language_or_zone_are_a_digest_of_their_own() -> None:
    grouped = group(
        *(notice(one) for one in range(4)),
        *(notice(one, bureau="B-02") for one in range(4, 8)),
        *(notice(one, bureau="B-03") for one in range(8, 12)),
    )

    assert kinds(grouped) == ["digest"] * 3
    assert {(message.language, message.timezone) for message in grouped.messages} == {
        ("id", "Asia/Jakarta"),
        ("en", "Asia/Jakarta"),
        ("id", "Asia/Jayapura"),
    }


def test_copies_are_in_messages_of_their_own() -> None:
    grouped = group(
        *(notice(one) for one in range(2)), *(notice(one, copy=True) for one in range(2, 4))
    )

    assert [(message.kind, message.copy) for message in grouped.messages] == [
        ("digest", False),
        ("digest", True),
    ]
    assert [one.copy for one in grouped.notices] == [False, False, True, True]


def test_notices_join_the_messages_that_wait_since_this_morning() -> None:
    earlier = tuple(waiting(f"<old-{number}>") for number in range(3))
    grouped = group(notice(1), earlier=earlier, told_today={(OFFICER, TODAY): 3})

    message = only(grouped)
    assert message.kind == "digest"
    assert message.due_on == date(2026, 4, 1)  # that of those which joined
    assert grouped.moves == [(f"<old-{number}>", message.message_id) for number in range(3)]


def test_notices_join_the_digest_that_waits_and_bring_it_forward() -> None:
    earlier = (waiting("<digest>", "digest", due_on=date(2026, 6, 1)), waiting("<old>"))
    grouped = group(notice(1), earlier=earlier, told_today={(OFFICER, TODAY): 5})

    assert grouped.messages == []
    assert grouped.notices[0].message_id == "<digest>"
    assert grouped.moves == [("<old>", "<digest>")]
    assert grouped.nearer == {"<digest>": date(2026, 5, 2)}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"language": "en"}, id="another language"),
        pytest.param({"timezone": "Asia/Jayapura"}, id="another zone"),
        pytest.param({"recipient": "b@example.go.id"}, id="another recipient"),
        pytest.param({"planned_on": date(2026, 3, 1)}, id="another day"),
        pytest.param({"copy": True}, id="a copy"),
    ],
)
def test_only_what_goes_to_the_same_reader_can_be_joined(other: dict[str, object]) -> None:
    earlier = (waiting("<other>", "digest", **other),)
    grouped = group(notice(1), notice(2), earlier=earlier, told_today={(OFFICER, TODAY): 9})

    assert grouped.moves == []
    assert kinds(grouped) == ["digest"]


def test_one_more_notice_with_nothing_left_to_join_is_a_message_of_its_own() -> None:
    assert kinds(group(notice(1), told_today={(OFFICER, TODAY): 9})) == ["notice"]


def test_up_to_three_a_day_nothing_is_joined() -> None:
    grouped = group(
        notice(1), earlier=(waiting("<a>"), waiting("<b>")), told_today={(OFFICER, TODAY): 2}
    )

    assert kinds(grouped) == ["notice"]
    assert grouped.moves == []


@pytest.mark.parametrize(
    ("number", "expected", "marked"),
    [
        pytest.param(1, "notice", False, id="one notice is no digest"),
        pytest.param(2, "digest", True, id="two are"),
    ],
)
def test_after_a_long_gap_all_notices_of_a_recipient_are_one_digest(
    number: int, expected: str, marked: bool
) -> None:
    message = only(group(*(notice(one) for one in range(number)), catch_up=True))

    assert (message.kind, message.catch_up) == (expected, marked)


def test_message_ids_are_the_same_in_whatever_order_the_notices_come() -> None:
    notices = [notice(one) for one in range(5)]

    assert only(group(*notices)).message_id == only(group(*reversed(notices))).message_id


def test_repeated_notice_and_raised_epoch_have_messages_of_their_own() -> None:
    first = notice(1)
    ids = {
        only(group(one)).message_id
        for one in (first, notice(1, repeat_no=1), notice(1, lead_time="H"), notice(1, role="head"))
    }

    assert len(ids) == 4


# --- the findings of one agreement ---


def test_findings_of_one_agreement_are_one_message() -> None:
    grouped = group(finding(2), finding(1, "CEREMONIAL"))

    message = only(grouped)
    assert (message.kind, message.template) == ("notice", "findings")
    assert message.due_on == date(2026, 2, 2)
    assert {one.message_id for one in grouped.notices} == {message.message_id}


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([finding(2, ref="KSD/2")], id="a finding of another agreement"),
        pytest.param([notice(2)], id="what is no finding"),
        pytest.param([finding(2, "CEREMONIAL", level=1)], id="what goes up, in words of its own"),
        pytest.param([finding(2, "CEREMONIAL", copy=True)], id="a copy"),
        pytest.param([finding(2, "CEREMONIAL", recipient="b@example.go.id")], id="another reader"),
        pytest.param([finding(2, "CEREMONIAL", recipient_bureau="B-02")], id="another language"),
    ],
)
def test_finding_shares_no_message_with(others: list[NewNotice]) -> None:
    grouped = group(finding(1), *others)

    assert sorted(message.template for message in grouped.messages) != ["findings"]
    assert len(grouped.messages) == 2


def test_findings_of_no_agreement_are_a_message_each() -> None:
    grouped = group(finding(1, "A:x", ref=""), finding(2, "A:y", ref=""))

    assert [message.template for message in grouped.messages] == ["owner", "owner"]


def test_finding_joins_the_one_that_still_waits() -> None:
    earlier = (waiting("<old>", template="papers", finding_of="KSD/1", due_on=date(2026, 1, 5)),)
    grouped = group(finding(1), earlier=earlier, told_today={(OFFICER, TODAY): 1})

    message = only(grouped)
    assert (message.template, message.due_on) == ("findings", date(2026, 1, 5))
    assert grouped.moves == [("<old>", message.message_id)]


def test_finding_joins_the_findings_that_wait() -> None:
    earlier = (waiting("<list>", template="findings", finding_of="KSD/1"),)
    grouped = group(finding(1), earlier=earlier, told_today={(OFFICER, TODAY): 2})

    assert grouped.messages == []
    assert grouped.notices[0].message_id == "<list>"
    assert grouped.moves == []
    assert grouped.nearer == {"<list>": date(2026, 2, 2)}


def test_finding_does_not_join_what_waits_about_another_agreement() -> None:
    earlier = (
        waiting("<other>", template="findings", finding_of="KSD/2"),
        waiting("<expiry>", template="expiry"),
    )
    grouped = group(finding(1), earlier=earlier, told_today={(OFFICER, TODAY): 2})

    assert only(grouped).template == "owner"
    assert grouped.moves == []


def test_digest_takes_the_findings_of_one_agreement_too() -> None:
    earlier = (waiting("<list>", template="findings", finding_of="KSD/1"),)
    grouped = group(notice(1), notice(2), earlier=earlier, told_today={(OFFICER, TODAY): 2})

    message = only(grouped)
    assert (message.kind, message.template) == ("digest", "digest")
    assert grouped.moves == [("<list>", message.message_id)]


def test_findings_above_the_limit_are_a_digest_as_everything_is() -> None:
    codes = ("NO_OWNER", "CEREMONIAL", "RULE_GAP", "ADMIN_INCOMPLETE")

    assert kinds(group(*(finding(n, code) for n, code in enumerate(codes)))) == ["digest"]


def test_message_of_findings_has_the_same_id_in_whatever_order_they_come() -> None:
    notices = [finding(1), finding(2, "CEREMONIAL"), finding(3, "RULE_GAP")]

    assert only(group(*notices)).message_id == only(group(*reversed(notices))).message_id
