"""A task offered to somebody else: who stays responsible, who is told, and what never takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from jobs.explaining import explain_agreement
from jobs.handover import hand_over
from jobs.offers import accept, decline, offer_hand_over
from jobs.undo import undo
from reminder.cli.why import lines_of
from reminder.crash_points import CrashPoint
from reminder.errors import ResponseRefused
from reminder.explanation import as_json
from reminder.responses import Linked, Person, Refusal, Via
from reminder.storage import tables
from tests.factories import make_contact, make_follow_up
from tests.killed import killed_at
from tests.offered import NEW, OTHER, grant_of, holder, mails, make_site, now, offer
from tests.unanswered import HEAD, OFFICER, WHO, Office, expiry

if TYPE_CHECKING:
    from reminder.storage.engine import Database

LATER = "2026-03-13"


def hand_overs(office: Office, *names: str) -> list[tuple[Any, ...]]:
    return office.rows(tables.hand_overs, *(names or ("state", "asked_by", "to")))


def actions(office: Office) -> list[tuple[Any, ...]]:
    return office.rows(tables.responses, "action", "actor", "to", "via")


def events(office: Office) -> list[dict[str, Any]]:
    rows = office.rows(tables.events, "kind", "actor", "data")
    return [{"actor": actor} | json.loads(data) for kind, actor, data in rows if kind == "response"]


def number(office: Office) -> int:
    """Of the last hand-over."""
    return int(office.rows(tables.hand_overs, "id")[-1][0])


def taker(office: Office) -> Person:
    """Who has the link to accept the last hand-over."""
    return holder(office, NEW, "accept", subject=str(number(office)))


def test_offer_changes_nothing_but_that_somebody_is_asked(database: Database) -> None:
    office = make_site(database)
    names = ("officer", "acknowledged_until", "snoozed_until", "level", "next_on", "escalate_on")
    before = (office.deadline(*names), office.told())
    offered = offer(office, NEW.upper())
    assert (office.deadline(*names), office.told()) == before
    assert offered.is_new
    assert (offered.offer.to, offered.to_name, offered.record.action) == (NEW, "Tono", "offer")
    assert hand_overs(office) == [("offered", OFFICER, NEW)]
    assert actions(office) == [("offer", OFFICER, NEW, "web")]
    (event,) = events(office)
    assert (event["actor"], event["action"], event["to"]) == (OFFICER, "offer", NEW)
    assert offered.offer.until - now() == timedelta(days=14)


def test_offer_is_told_to_who_is_asked_to_the_owner_and_to_the_head(database: Database) -> None:
    office = make_site(database)
    offer(office)
    assert mails(office) == [("hand_over", NEW), ("receipt", HEAD), ("receipt", OFFICER)]
    [asked, told, _same] = mails(office, "text")
    for said in asked + told:
        line = " ".join(said.split())
        assert "Siti Rahma (penanggung jawab kerja sama)" in line
        assert "cuti besar" in line
        assert OFFICER not in line.partition("-----")[0], "an address is nobody else's business"
    assert "reminder-link:@" + grant_of(office, NEW, "accept") in asked[0]
    assert "reminder-link" not in told[0]


def test_old_owner_stays_responsible_until_it_is_accepted(database: Database) -> None:
    office = make_site(database)
    offer(office)
    # Nobody answers: it goes up as it would have without the offer, and the head is told of
    # what was sent to the officer and not answered.
    office.live("2026-04-10", "2026-03-13")
    told = [(day, level, who) for day, _code, level, who in office.told()]
    assert told[1] == ("03-26", 1, HEAD)
    assert ("04-10", 0, OFFICER) in told
    assert NEW not in {who for _day, _level, who in told}
    (text,) = [
        text
        for template, recipient, text in _sent(office, "template", "recipient", "text")
        if (template, recipient) == ("escalation", HEAD)
    ]
    assert "12 Maret 2026" in " ".join(text.split())


def _sent(office: Office, *names: str) -> list[tuple[Any, ...]]:
    of = dict(office.rows(tables.contents, "message_id", "text"))
    rows = office.rows(tables.messages, "message_id", "template", "recipient")
    return [(template, who, of[id_]) for id_, template, who in rows if id_ in of]


def test_accepted_hand_over_takes_effect_with_all_that_follows(database: Database) -> None:
    office = make_site(database)
    offer(office)
    old_link = grant_of(office, OFFICER)
    settled = accept(office.context(now(LATER)), number(office), taker(office))
    assert settled.is_new
    assert office.deadline("officer") == NEW
    assert hand_overs(office, "state", "officer_before") == [("accepted", "")]
    assert actions(office)[1:] == [("handover", NEW, NEW, "web")]
    assert [event["action"] for event in events(office)] == ["offer", "handover"]
    revoked = dict(office.rows(tables.action_grants, "id", "revoked_at"))
    assert revoked[old_link] == now(LATER), "the old owner can answer for nobody any more"
    office.day("2026-03-16")
    assert office.told()[-1][3] == NEW, "the new owner is told at once"


def test_acceptance_is_told_to_both_and_the_head_with_an_undo_for_all_but_the_new_owner(
    database: Database,
) -> None:
    office = make_site(database)
    offer(office)
    accept(office.context(now(LATER)), number(office), taker(office))
    rows = mails(office, "recipient", "text")[3:]
    assert [recipient for recipient, _text in rows] == [NEW, HEAD, OFFICER]
    linked = [recipient for recipient, text in rows if "reminder-link:@" in text]
    assert linked == [HEAD, OFFICER]
    (until,) = {
        expires
        for purpose, expires in office.rows(tables.action_grants, "purpose", "expires_at")
        if purpose == "undo"
    }
    assert until == now(LATER) + timedelta(hours=72)
    assert hand_overs(office, "undo_until") == [(until,)]


def test_undo_lasts_as_long_after_a_long_holiday(database: Database) -> None:
    office = make_site(database)
    offer(office)
    # Late on the eve of the days off: the mails leave on Wednesday 25 March at eight.
    accept(office.context(now("2026-03-17", "17:00")), number(office), taker(office))
    opens = now("2026-03-25", "08:00")
    assert hand_overs(office, "undo_until") == [(opens + timedelta(hours=72),)]


def test_declined_offer_leaves_the_owner_and_is_told_with_its_reason(database: Database) -> None:
    office = make_site(database)
    offer(office)
    settled = decline(office.context(now(LATER)), number(office), taker(office), "tugas belajar")
    assert settled.is_new
    assert office.deadline("officer") is None
    assert hand_overs(office) == [("declined", OFFICER, NEW)]
    rows = mails(office, "recipient", "text")[3:]
    assert [recipient for recipient, _text in rows] == [HEAD, OFFICER]
    assert all("tugas belajar" in text for _recipient, text in rows)
    assert [event["action"] for event in events(office)] == ["offer", "decline"]
    again = decline(office.context(now(LATER)), number(office), taker(office), "lain")
    assert not again.is_new
    with pytest.raises(ResponseRefused, match="is declined"):
        accept(office.context(now(LATER)), number(office), taker(office))
    assert len(mails(office)) == 5


def test_acceptance_given_again_changes_nothing(database: Database) -> None:
    office = make_site(database)
    offer(office)
    accept(office.context(now(LATER)), number(office), taker(office))
    before = office.everything()
    again = accept(office.context(now("2026-03-16")), number(office), taker(office))
    assert not again.is_new
    with pytest.raises(ResponseRefused) as refused:
        decline(office.context(now(LATER)), number(office), taker(office))
    assert (refused.value.why, refused.value.values) == (Refusal.OFFER_OVER, {"state": "accepted"})
    assert office.everything() == before


def test_many_acceptances_at_once_are_one(database: Database) -> None:
    office = make_site(database)
    offer(office)
    context, who, which = office.context(now(LATER)), taker(office), number(office)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: accept(context, which, who).is_new, range(8)))
    assert sorted(found) == [False] * 7 + [True]
    assert len(actions(office)) == len(events(office)) == 2
    assert len(mails(office)) == 6


def test_acceptance_beside_a_refusal_is_one_of_both(database: Database) -> None:
    office = make_site(database)
    offer(office)
    context, who, which = office.context(now(LATER)), taker(office), number(office)

    def answer(how: Callable[..., object]) -> str:
        try:
            how(context, which, who)
        except ResponseRefused as refused:
            return refused.why
        return "taken"

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(answer, (accept, decline)))
    assert sorted(found) == [Refusal.OFFER_OVER.value, "taken"]
    assert len(events(office)) == 2


def test_answers_about_follow_ups_of_no_agreement_do_not_wait_in_a_circle(
    database: Database,
) -> None:
    office = make_site(database)
    keys = [f"RTL-{count}" for count in range(1, 5)]
    office.put(
        *(make_follow_up(key, agreement=None, bureau="B-01", due_on="2026-03-16") for key in keys)
    )
    office.day(LATER)
    rows = office.rows(tables.deadlines, "key", "id", "epoch")
    which = [Linked(id_, epoch) for key, id_, epoch in rows if key in keys]
    for one in which[:3]:
        offer(office, which=one, who=Person(OFFICER, Via.WEB), at=now(LATER))
    numbers = [id_ for (id_,) in office.rows(tables.hand_overs, "id")]
    context, who = office.context(now(LATER)), Person(NEW, Via.WEB)

    def answer(how: Callable[[], object]) -> str:
        try:
            how()
        except ResponseRefused as refused:
            return refused.why
        return "taken"

    answers: list[Callable[[], object]] = [
        partial(how, context, which_one, who) for which_one in numbers for how in (accept, decline)
    ]
    asking = Person(OFFICER, Via.WEB)
    answers += [partial(offer_hand_over, context, which[3], asking, to) for to in (NEW, OTHER)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(answer, answers))
    assert sorted(found[:6]) == [Refusal.OFFER_OVER.value] * 3 + ["taken"] * 3
    assert found[6:] == ["taken"] * 2
    states = sorted(state for (state,) in office.rows(tables.hand_overs, "state"))
    assert [states.count(state) for state in ("offered", "withdrawn")] == [1, 1]


def test_second_offer_of_the_same_agreement_withdraws_the_first(database: Database) -> None:
    office = make_site(database)
    offer(office)
    first, who = number(office), taker(office)
    offer(office, OTHER, who=Person(HEAD, Via.WEB))
    assert hand_overs(office) == [("withdrawn", OFFICER, NEW), ("offered", HEAD, OTHER)]
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now(LATER)), first, who)
    assert refused.value.values == {"state": "withdrawn"}
    assert office.deadline("officer") is None


def test_hand_over_at_the_shell_ends_an_open_offer(database: Database) -> None:
    office = make_site(database)
    offer(office)
    who = taker(office)
    responded = hand_over(office.context(now()), expiry(), WHO, OTHER)
    assert "somebody was asked to be the owner, and is asked no more" in responded.effects
    assert hand_overs(office)[0][0] == "withdrawn"
    with pytest.raises(ResponseRefused):
        accept(office.context(now(LATER)), number(office), who)
    assert office.deadline("officer") == OTHER


def test_same_link_asks_once(database: Database) -> None:
    office = make_site(database)
    first = offer(office)
    before = office.everything()
    again = offer(office, OTHER, at=now(LATER))
    assert (again.is_new, again.record, again.offer.to) == (False, first.record, NEW)
    assert office.everything() == before


def declined(office: Office) -> None:
    decline(office.context(now(LATER)), number(office), taker(office))


def withdrawn(office: Office) -> None:
    offer(office, OTHER, who=Person(HEAD, Via.WEB), at=now(LATER))


def lapsed(_office: Office) -> None:
    """Nobody answers."""


@pytest.mark.parametrize(
    ("ended", "states"),
    [
        pytest.param(declined, ["declined", "offered"], id="declined"),
        pytest.param(withdrawn, ["withdrawn", "withdrawn", "offered"], id="withdrawn"),
        pytest.param(lapsed, ["withdrawn", "offered"], id="lapsed"),
    ],
)
def test_same_link_asks_again_once_what_it_offered_is_over(
    database: Database, ended: Callable[[Office], None], states: list[str]
) -> None:
    office = make_site(database)
    first = offer(office)
    ended(office)
    day = now("2026-03-26", "10:01")
    again = offer(office, at=day)
    assert again.is_new
    assert again.record.id != first.record.id
    assert (again.offer.to, again.offer.state) == (NEW, "offered")
    assert [state for (state,) in hand_overs(office, "state")] == states
    before = office.everything()
    repeated = offer(office, OTHER, at=day + timedelta(hours=1))
    assert (repeated.is_new, repeated.record, repeated.offer) == (
        False, again.record, again.offer,
    )  # fmt: skip
    assert office.everything() == before
    assert "taken back" not in told_by_why(office, "2026-03-26")
    found = as_json(explain_agreement(office.context(day), "A-0"))
    deadlines: Any = found["deadlines"]
    answers = [one for each in deadlines for one in each["responses"]]
    assert [one["offer"] for one in answers] == states
    assert {one["undone_at"] for one in answers} == {None}
    assert accept(office.context(day), again.offer.id, taker(office)).is_new


def test_same_link_asks_again_once_the_change_was_undone(database: Database) -> None:
    office = make_site(database)
    # By a link that is not ended with the old owner's.
    who = holder(office, OFFICER)
    first = offer(office, who=who)
    accept(office.context(now(LATER)), number(office), taker(office))
    undo(office.context(now(LATER)), answer_of(office), holder(office, HEAD, "undo"))
    office.run("UPDATE action_grants SET revoked_at = NULL WHERE purpose = 'act'")
    again = offer(office, who=who, at=now("2026-03-16"))
    assert again.is_new
    assert again.offer.id != first.offer.id
    assert hand_overs(office, "state") == [("undone",), ("offered",)]


@pytest.mark.parametrize(
    ("to", "why"),
    [
        pytest.param("attacker@gmail.com", Refusal.NOT_TO_THEM, id="nobody in the directory"),
        pytest.param("biro@biro.example.go.id", Refusal.NOT_TO_THEM, id="an address of a group"),
        pytest.param("pergi@biro.example.go.id", Refusal.NOT_TO_THEM, id="somebody who left"),
        pytest.param(OFFICER.upper(), Refusal.OWNER_ALREADY, id="the owner, and oneself"),
    ],
)
def test_nobody_else_can_be_asked(database: Database, to: str, why: Refusal) -> None:
    office = make_site(database)
    office.put(make_contact("pergi@biro.example.go.id", active_to=now("2026-03-01").date()))
    before = office.everything()
    with pytest.raises(ResponseRefused) as refused:
        offer(office, to)
    assert refused.value.why == why
    assert office.everything() == before


def test_nobody_asks_themselves(database: Database) -> None:
    office = make_site(database)
    with pytest.raises(ResponseRefused) as refused:
        offer(office, HEAD, who=Person(HEAD, Via.WEB))
    assert refused.value.why == Refusal.TO_ONESELF


def test_previous_owner_can_be_asked_like_anybody_else(database: Database) -> None:
    office = make_site(database)
    hand_over(office.context(now()), expiry(), WHO, NEW)
    offered = offer(office, OFFICER, who=Person(NEW, Via.WEB))
    assert (offered.offer.to, offered.offer.officer_before) == (OFFICER, NEW)


def test_nobody_is_asked_whom_no_mail_reaches(database: Database) -> None:
    office = make_site(database)
    office.run(
        "INSERT INTO dead_addresses (email, at) VALUES (:email, :at)", email=NEW, at="2026-03-01"
    )
    with pytest.raises(ResponseRefused) as refused:
        offer(office)
    assert refused.value.why == Refusal.NOT_TO_THEM


def test_offer_is_void_once_the_date_has_changed(database: Database) -> None:
    office = make_site(database)
    offer(office)
    who = taker(office)
    office.run("UPDATE agreements SET expires_on = '2027-06-10', replan_on = '2000-01-01'")
    office.scan(LATER)
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now(LATER)), number(office), who)
    assert refused.value.why == Refusal.REDATED
    assert office.deadline("officer") is None


def test_offer_is_void_once_the_matter_is_closed(database: Database) -> None:
    office = make_site(database)
    offer(office)
    who = taker(office)
    office.run("UPDATE agreements SET status = 'terminated', replan_on = '2000-01-01'")
    office.scan(LATER)
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now(LATER)), number(office), who)
    assert refused.value.values == {"state": "closed"}


def test_offer_is_void_once_an_import_names_another_owner(database: Database) -> None:
    office = make_site(database)
    offer(office)
    who = taker(office)
    office.run(f"UPDATE agreements SET officer = '{OTHER}', replan_on = '2000-01-01'")
    office.scan(LATER)
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now(LATER)), number(office), who)
    assert refused.value.values == {"state": "overtaken"}


def test_offer_is_void_once_the_register_names_another_owner_whom_no_scan_has_seen(
    database: Database,
) -> None:
    office = make_site(database)
    offer(office)
    who = taker(office)
    office.run(f"UPDATE agreements SET officer = '{OTHER}'")
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now(LATER)), number(office), who)
    assert refused.value.values == {"state": "overtaken"}
    assert office.rows(tables.agreements, "officer") == [(OTHER,)]


@pytest.mark.parametrize(
    ("statement", "is_taken"),
    [
        pytest.param("follow_ups SET text = 'x'", True, id="as it was"),
        pytest.param(f"follow_ups SET officer = '{HEAD}'", False, id="an owner of its own"),
        pytest.param(f"agreements SET officer = '{HEAD}'", False, id="the agreement's owner"),
    ],
)
def test_owner_of_a_follow_up_is_its_own_or_the_agreements(
    database: Database, statement: str, is_taken: bool
) -> None:
    office = make_site(database)
    office.put(make_follow_up("RTL-1", agreement="A-0", due_on="2026-03-16"))
    hand_over(office.context(now()), expiry(), WHO, OFFICER)
    office.day(LATER)
    asked = offer(office, OTHER, which=office.linked(kind="follow_up"), who=Person(HEAD, Via.WEB))
    assert asked.offer.officer_before == OFFICER
    office.run(f"UPDATE {statement}")
    who, context = holder(office, OTHER, "accept"), office.context(now(LATER))
    if is_taken:
        assert accept(context, asked.offer.id, who).is_new
        return
    with pytest.raises(ResponseRefused) as refused:
        accept(context, asked.offer.id, who)
    assert refused.value.values == {"state": "overtaken"}


def test_offer_lapses_with_its_link(database: Database) -> None:
    office = make_site(database)
    offer(office)
    who = Person(NEW, Via.WEB)
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now("2026-03-26", "10:01")), number(office), who)
    assert refused.value.values == {"state": "lapsed"}
    (expires_at,) = [
        at
        for purpose, at in office.rows(tables.action_grants, "purpose", "expires_at")
        if purpose == "accept"
    ]
    assert expires_at == now("2026-03-26")


def test_whoever_left_before_answering_cannot_accept(database: Database) -> None:
    office = make_site(database)
    offer(office)
    who = taker(office)
    office.run(f"UPDATE contacts SET active_to = '2026-03-12' WHERE email = '{NEW}'")
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now(LATER)), number(office), who)
    assert refused.value.why == Refusal.NOT_TO_THEM
    assert hand_overs(office)[0][0] == "offered"


def test_follow_up_is_offered_by_itself(database: Database) -> None:
    office = make_site(database)
    office.put(make_follow_up("RTL-1", agreement="A-0", due_on="2026-03-16"))
    office.day("2026-03-13")
    which = office.linked(kind="follow_up")
    offer(office)
    offer(office, OTHER, which=which, who=Person(OFFICER, Via.WEB), at=now(LATER))
    assert [row[0] for row in hand_overs(office)] == ["offered", "offered"], "not the same owner"
    accept(office.context(now(LATER)), number(office), holder(office, OTHER, "accept"))
    assert office.deadline("officer", kind="follow_up") == OTHER
    assert office.deadline("officer") is None
    assert "tindak lanjut rapat" in " ".join(mails(office, "text")[-1][0].split())


def test_bureau_without_a_head_has_its_service_admin_told(database: Database) -> None:
    office = make_site(database)
    office.run(f"DELETE FROM contacts WHERE email = '{HEAD}'")
    offer(office)
    assert ("receipt", "admin@biro.example.go.id") in mails(office)


@pytest.mark.parametrize(
    ("point", "is_kept"),
    [(CrashPoint.BEFORE_RESPONSE_COMMIT, False), (CrashPoint.AFTER_RESPONSE_COMMIT, True)],
)
def test_end_at_either_side_of_the_commit_leaves_all_of_an_acceptance_or_nothing(
    database: Database, point: CrashPoint, is_kept: bool
) -> None:
    office = make_site(database)
    offer(office)
    which, who, before = number(office), taker(office), office.everything()
    with killed_at(point):
        accept(office.context(now(LATER)), which, who)
    assert (office.everything() != before) is is_kept
    assert accept(office.context(now(LATER)), which, who).is_new is not is_kept
    assert office.deadline("officer") == NEW
    assert len(actions(office)) == len(events(office)) == 2
    assert len(mails(office)) == 6


def test_unknown_hand_over_is_refused(database: Database) -> None:
    office = make_site(database)
    with pytest.raises(ResponseRefused) as refused:
        accept(office.context(now()), 4711, Person(NEW, Via.WEB))
    assert refused.value.why == Refusal.GONE
    with pytest.raises(ResponseRefused) as refused:
        offer(office, which=Linked(4711, 1))
    assert refused.value.why == Refusal.GONE


def test_what_is_told_has_a_short_subject(database: Database) -> None:
    office = make_site(database)
    office.run("UPDATE agreements SET title = :title", title="Kerja Sama " + "Panjang Sekali " * 30)
    offer(office)
    accept(office.context(now(LATER)), number(office), taker(office))
    assert all(len(subject) <= 90 for (subject,) in mails(office, "subject"))


def told_by_why(office: Office, day: str = LATER) -> str:
    """What ``why`` says of the agreement."""
    found = explain_agreement(office.context(now(day)), "A-0")
    return "\n".join(line.strip() for line in lines_of(found))


def test_why_tells_of_an_offer_and_of_what_came_of_it(database: Database) -> None:
    office = make_site(database)
    offer(office)
    said = told_by_why(office)
    assert f"2026-03-12 offered to {NEW} by {OFFICER} (web) (cuti besar)" in said
    assert f"waits for {NEW} to accept, until 2026-03-26 03:00 UTC" in said
    decline(office.context(now(LATER)), number(office), taker(office))
    assert f"declined by {NEW} at 2026-03-13 03:00 UTC" in told_by_why(office)
    offer(office, OTHER, who=Person(HEAD, Via.WEB))
    offer(office, who=Person("sekretaris@biro.example.go.id", Via.WEB))
    assert f"no longer offered to {OTHER}" in told_by_why(office)
    accept(office.context(now("2026-03-16")), number(office), taker(office))
    said = told_by_why(office, "2026-03-16")
    assert f"handed over by {NEW} (web) (from the officers of B-01 to {NEW})" in said
    assert "waits for" not in said
    undo(office.context(now("2026-03-17")), answer_of(office), holder(office, HEAD, "undo"))
    said = told_by_why(office, "2026-03-17")
    assert f"to {NEW}); taken back at 2026-03-17 03:00 UTC" in said


def answer_of(office: Office) -> int:
    rows = office.rows(tables.responses, "id", "action")
    return int(next(id_ for id_, action in rows if action == "handover"))


def test_why_for_scripts_says_how_an_offer_stands(database: Database) -> None:
    office = make_site(database)
    offer(office)
    found = as_json(explain_agreement(office.context(now(LATER)), "A-0"))
    deadlines: Any = found["deadlines"]
    ((answer,),) = [one["responses"] for one in deadlines if one["deadline"] == "expiry"]
    assert (answer["action"], answer["to"], answer["offer"]) == ("offer", NEW, "offered")
    assert answer["accept_until"] == "2026-03-26T03:00:00+00:00"
    assert "undo" not in answer
    json.dumps(found, default=str)
