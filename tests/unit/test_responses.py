"""Responses: how a deadline is named, how long it may be put off, what cannot be called done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reminder.errors import ResponseRefused
from reminder.policy import FindingRule
from reminder.responses import Named, Via, check_snooze, refuse_done, refuse_unknown

TODAY = date(2026, 3, 2)
DUE = date(2026, 5, 31)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("expiry", ("expiry", "")),
        ("report:2026-S1", ("report", "2026-S1")),
        ("notice-by", ("notice_by", "")),
        ("Follow-Up:RTL:7", ("follow_up", "RTL:7")),
        (" finding:FOLLOW_UP_INCOMPLETE:RTL-7 ", ("finding", "FOLLOW_UP_INCOMPLETE:RTL-7")),
    ],
)
def test_deadline_is_named_as_why_shows_it(written: str, expected: tuple[str, str]) -> None:
    assert Named("KSD-1", written).key() == expected


def test_dash_stands_for_no_agreement() -> None:
    assert (Named("-", "follow_up:RTL-1").agreement, Named("A-1", "expiry").agreement) == (
        "",
        "A-1",
    )


@pytest.mark.parametrize(
    ("ref", "known", "expected"),
    [
        pytest.param("KSD-1", ["expiry", "report:2026-S1"],
                     'Agreement KSD-1 has no deadline "expriy"; did you mean expiry? Open are '
                     "expiry, report:2026-S1.", id="a typo"),
        pytest.param("KSD-1", [], 'Agreement KSD-1 has no deadline "expriy"; None is open.',
                     id="nothing is open"),
        pytest.param("-", ["follow_up:RTL-1"],
                     'What belongs to no agreement has no deadline "expriy"; Open are '
                     "follow_up:RTL-1.", id="no agreement"),
    ],
)  # fmt: skip
def test_wrong_name_is_told_with_the_names_there_are(
    ref: str, known: list[str], expected: str
) -> None:
    assert str(refuse_unknown(Named(ref, "expriy"), known)) == expected


@pytest.mark.parametrize(
    ("days", "via", "earlier"),
    [
        (1, Via.SHELL, 0),
        (365, Via.SHELL, 9),
        (14, Via.WEB, 0),
        (14, Via.MAIL, 2),
    ],
)
def test_matter_may_be_put_off(days: int, via: Via, earlier: int) -> None:
    check_snooze(TODAY + timedelta(days=days), TODAY, DUE, earlier, via)


@pytest.mark.parametrize(
    ("days", "via", "earlier", "words"),
    [
        pytest.param(0, Via.SHELL, 0, "2026-03-02 is not after today (2026-03-02)", id="today"),
        pytest.param(-3, Via.WEB, 0, "is not after today", id="a day gone by"),
        pytest.param(366, Via.SHELL, 0, "name a day up to 2027-03-02. For good", id="for good"),
        pytest.param(15, Via.WEB, 0, "(14 days at a time); name a day up to 2026-03-16", id="long"),
        pytest.param(
            5, Via.MAIL, 3, "put off 3 times already, and 3 times is the most", id="often"
        ),
    ],
)
def test_matter_may_not_be_put_off(days: int, via: Via, earlier: int, words: str) -> None:
    with pytest.raises(ResponseRefused) as refused:
        check_snooze(TODAY + timedelta(days=days), TODAY, DUE, earlier, via)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("due", "until", "words"),
    [
        ("2026-03-06", "2026-03-09", "(it is due on 2026-03-06); name a day up to 2026-03-06"),
        ("2026-03-02", "2026-03-03", "It is due on 2026-03-02, so it can no longer be put off"),
        ("2026-01-31", "2026-03-03", "It is due on 2026-01-31, so it can no longer be put off"),
    ],
)
def test_recipient_cannot_put_off_beyond_the_due_date(due: str, until: str, words: str) -> None:
    days = date.fromisoformat(until), TODAY, date.fromisoformat(due)
    with pytest.raises(ResponseRefused) as refused:
        check_snooze(*days, 0, Via.WEB)
    assert words in str(refused.value)
    check_snooze(*days, 0, Via.SHELL)


FINDING = FindingRule(
    "CEREMONIAL", "action", True, {}, {"en": "Please plan one activity."}, thresholds={}
)


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [
        ("expiry", "", "reminder decide KSD-1 end"),
        ("notice_by", "", "reminder activity KSD-1 --on D --type letter_out"),
        ("finding", "CEREMONIAL", "no longer shows it. Please plan one activity."),
        ("finding", "OTHER:x", "no longer shows it. See reminder why KSD-1."),
    ],
)
def test_what_cannot_be_called_done_says_what_ends_it(kind: str, key: str, words: str) -> None:
    refused = refuse_done(kind, key, "KSD-1", {"CEREMONIAL": FINDING})
    assert refused is not None
    assert words in str(refused)


@pytest.mark.parametrize("kind", ["report", "step", "follow_up"])
def test_reports_steps_and_follow_ups_can(kind: str) -> None:
    assert refuse_done(kind, "x", "KSD-1", {}) is None
