"""What the mails of stored notices are made from, and that it is read for all of them at once."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, select, update

from jobs.escalate import escalate
from jobs.letters import LetterMaker
from reminder.calendars import Span
from reminder.mail.letters import ESCALATION, FINDINGS, Letter, Unanswered
from reminder.mail.render import Renderer
from reminder.resources import shipped
from reminder.rules import EscalationStep
from reminder.steps import Chain, StepRule
from reminder.storage import tables
from reminder.storage.claims import MessageRow
from reminder.storage.dead_addresses import mark_dead
from reminder.storage.letters import load_letter_facts
from reminder.storage.responses import ResponseRecord, add_response
from tests.factories import (
    BUREAU,
    OFFICER,
    REF,
    make_agreement,
    make_bureau,
    make_contact,
    make_plan_item,
    make_rule,
    make_step,
)
from tests.outboxes import Outbox
from tests.stored import at, make_finding_rules, make_office, make_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reminder.policy import Policy
    from reminder.storage.engine import Database

HEAD = "kepala@biro.example.go.id"
RENDERER = Renderer([shipped("templates")])
ESCALATE = (EscalationStep(5, ("head",)), EscalationStep(10, ("secretary",)))
EXPIRY = make_rule(lead_times="H-30 H-14 H", escalate=ESCALATE)
CHAINS = {
    "renewal": Chain(
        "renewal",
        (
            StepRule("surat_kehendak", (("id", "Surat kehendak"),), takes=Span(days=14)),
            StepRule(
                "tanggapan_mitra",
                (("id", "Tanggapan mitra"),),
                ("surat_kehendak",),
                takes=Span(days=60),
            ),
        ),
    ),
    "KSDPL": Chain(
        "KSDPL",
        (
            StepRule("rencana_kerja_sama", (("id", "Rencana kerja sama"),)),
            StepRule(
                "persetujuan_dprd",
                (("id", "Persetujuan DPRD"), ("en", "Approval")),
                ("rencana_kerja_sama",),
                within_working_days=45,
                document="persetujuan DPRD",
                legal_basis="PP Nomor 28 Tahun 2018 Pasal 30 ayat (4)",
                verified_by="text read",
            ),
            StepRule(
                "verifikasi_menteri",
                (("id", "Verifikasi"),),
                ("persetujuan_dprd",),
                stalls_after=Span(months=3),
                documents=("surat_pertimbangan",),
            ),
        ),
    ),
}


def policy_with(*rules: Any, codes: tuple[str, ...] = (), **changes: Any) -> Policy:
    changes.setdefault("findings", make_finding_rules(*codes) if codes else {})
    return make_policy(*rules, chains=CHAINS, digest_above=100, **changes)


def outbox_with(database: Database, policy: Policy, *facts: Any) -> Outbox:
    outbox = Outbox(database, None, policy)
    outbox.put(*make_office(), make_contact(HEAD, role="head", name="Ani"), *facts)
    return outbox


def letters(outbox: Outbox, day: str) -> list[Letter]:
    """The letters of all messages that wait, as they would be made on that day."""
    messages = tables.messages
    names = list(MessageRow.__slots__)
    with outbox.database.read() as connection:
        rows = [
            MessageRow(*row)
            for row in connection.execute(
                select(*(messages.c[name] for name in names))
                .where(messages.c.state == "pending")
                .order_by(messages.c.due_on, messages.c.recipient)
            )
        ]
        facts = load_letter_facts(connection, [row.message_id for row in rows])
    maker = LetterMaker(outbox.policy)
    return [maker.letter(row, row.message_id, facts, date.fromisoformat(day)) for row in rows]


def the_letter(outbox: Outbox, day: str) -> Letter:
    (letter,) = letters(outbox, day)
    return letter


def text_of(letter: Letter) -> str:
    mail = RENDERER.render(letter)
    assert mail.error == ""
    return " ".join(mail.text.split())


# --- findings ---


def test_findings_of_one_agreement_are_one_mail_with_their_gaps(database: Database) -> None:
    codes = ("NO_OWNER", "CEREMONIAL")
    rules = (
        make_rule("owner", deadline="finding", findings=("NO_OWNER",), lead_times="H"),
        make_rule("ceremonial", deadline="finding", findings=("CEREMONIAL",), lead_times="H"),
    )
    agreement = make_agreement(leading_unit="", signed_on="2025-03-03", expires_on="2031-03-03")
    outbox = outbox_with(database, policy_with(*rules, codes=codes), agreement)
    outbox.scan("2026-05-01")

    letter = the_letter(outbox, "2026-05-01")
    assert letter.template == FINDINGS
    assert outbox.messages("kind", "state") == [("notice", "pending")]
    found = {notice.key: [gap.code for gap in notice.gaps] for notice in letter.notices}
    assert found == {
        "NO_OWNER": ["no_leading_unit"],
        "CEREMONIAL": ["no_plan", "no_activity", "at_risk"],
    }
    text = text_of(letter)
    assert "menunjukkan 2 temuan berikut." in text
    assert "- perangkat daerah pelaksana belum tercatat." in text


def test_finding_of_the_same_day_joins_one_that_has_not_been_rendered(database: Database) -> None:
    rules = (
        make_rule("owner", deadline="finding", findings=("NO_OWNER",), lead_times="H"),
        make_rule(
            "papers",
            deadline="finding",
            findings=("UNKNOWN_EXPIRY",),
            lead_times="H",
            template="papers",
        ),
    )
    policy = policy_with(*rules, codes=("NO_OWNER", "UNKNOWN_EXPIRY"))
    outbox = outbox_with(
        database, policy, make_agreement(leading_unit="Dinas", expires_on=None, term=None)
    )
    outbox.scan(at("2026-05-01", "06:00"))
    assert the_letter(outbox, "2026-05-01").template == "papers"
    outbox.put(make_plan_item(budget_year="2025"))
    outbox.scan(at("2026-05-01", "06:05"))

    letter = the_letter(outbox, "2026-05-01")
    assert [notice.key for notice in letter.notices] == ["UNKNOWN_EXPIRY", "NO_OWNER"]
    assert letter.template == FINDINGS
    assert outbox.messages("state", "reason") == [
        ("pending", ""), ("superseded", "joined into another message"),
    ]  # fmt: skip


def test_finding_after_the_mail_has_its_text_is_a_mail_of_its_own(database: Database) -> None:
    rules = (make_rule("all", deadline="finding", lead_times="H", template="finding"),)
    policy = policy_with(*rules, codes=("NO_OWNER", "UNKNOWN_EXPIRY"))
    agreement = make_agreement(leading_unit="Dinas", expires_on=None, term=None)
    outbox = outbox_with(database, policy, agreement)
    outbox.scan("2026-05-01")
    outbox.deliver("2026-05-01")
    outbox.put(make_plan_item(budget_year="2025"))
    outbox.scan(at("2026-05-01", "10:00"))

    assert outbox.messages("state", "template") == [("pending", "finding"), ("sent", "finding")]


# --- steps ---


def test_step_with_a_limit_counts_its_working_days(database: Database) -> None:
    step = make_rule("step", deadline="step", lead_times="HK-15 HK+1", template="step")
    outbox = outbox_with(
        database,
        policy_with(step),
        make_agreement(signed_on=None, expires_on=None, term=None),
        make_step("rencana_kerja_sama", done_on="2026-02-27"),
        make_step("persetujuan_dprd", started_on="2026-03-02"),
    )
    outbox.scan("2026-04-13")

    (notice,) = the_letter(outbox, "2026-04-13").notices
    assert (notice.step_title, notice.stage_title) == ("Persetujuan DPRD", "Rencana kerja sama")
    assert notice.countdown is not None
    assert (notice.countdown.day, notice.countdown.limit) == (30, 45)
    assert notice.documents == ("persetujuan DPRD",)
    assert (notice.legal_basis, notice.legal_basis_confirmed) == (
        "PP Nomor 28 Tahun 2018 Pasal 30 ayat (4)",
        True,
    )
    assert RENDERER.render(the_letter(outbox, "2026-04-13")).subject.startswith(
        "[HK ke-30 dari 45]"
    )


def test_step_without_a_limit_says_since_when_nothing_is_recorded(database: Database) -> None:
    step = make_rule("step", deadline="step", lead_times="H HK+1", template="step")
    outbox = outbox_with(
        database,
        policy_with(step),
        make_agreement(signed_on=None, expires_on=None, term=None),
        make_step("persetujuan_dprd", done_on="2026-02-02"),
        make_step("verifikasi_menteri"),
    )
    outbox.scan("2026-05-04")

    letter = the_letter(outbox, "2026-05-04")
    (notice,) = letter.notices
    assert notice.countdown is None
    assert str(notice.stalled_since) == "2026-02-02"
    assert "belum tercatat kemajuan pada tahapan Verifikasi" in text_of(letter)
    assert "surat pertimbangan Mendagri" in text_of(letter)


# --- the end of an agreement ---


def test_first_mail_about_the_end_says_by_when_to_begin_and_with_what(database: Database) -> None:
    outbox = outbox_with(database, policy_with(EXPIRY), make_agreement())
    outbox.scan("2026-05-01")

    (notice,) = the_letter(outbox, "2026-05-01").notices
    assert notice.step_title == "Surat kehendak"
    # 45 working days and 74 days before the end, a Sunday.
    assert notice.start_by is not None
    assert notice.start_by < date(2026, 1, 31)
    assert notice.decision is None


def test_renewal_on_its_way_names_its_own_next_step(database: Database) -> None:
    outbox = outbox_with(
        database,
        policy_with(EXPIRY),
        make_agreement(),
        make_agreement("B", replaces=REF, signed_on=None, expires_on=None, term=None),
        make_step("surat_kehendak", agreement="B", done_on="2026-04-01"),
        make_step("tanggapan_mitra", agreement="B"),
    )
    outbox.scan("2026-05-01")

    (notice,) = (one for letter in letters(outbox, "2026-05-01") for one in letter.notices
                 if one.deadline == "expiry")  # fmt: skip
    assert notice.step_title == "Tanggapan mitra"
    assert notice.start_by is None


def test_decision_changes_what_is_asked_for(database: Database) -> None:
    outbox = outbox_with(database, policy_with(EXPIRY), make_agreement())
    outbox.scan("2026-05-01")
    record(outbox, "decide", decision="renew")

    letter = the_letter(outbox, "2026-05-01")
    assert "kerja sama ini diperbarui" in text_of(letter)
    assert "yaitu Surat kehendak, dan mencatat hasilnya" in text_of(letter)


# --- escalation ---


def record(outbox: Outbox, action: str, on: str = "2026-05-01", **answer: Any) -> None:
    """Put an answer to the only deadline on record."""
    (deadline_id,) = (row[0] for row in outbox.rows(tables.deadlines, "id", "kind")
                      if row[1] == "expiry")  # fmt: skip
    response = ResponseRecord(
        at=at(on, "10:00"), on=date.fromisoformat(on), agreement=REF, deadline_id=deadline_id,
        epoch=1, action=action, actor=OFFICER, via="shell", **answer,
    )  # fmt: skip
    with outbox.database.write() as connection:
        add_response(connection, response)


def escalated(database: Database, *answers: tuple[str, str]) -> Outbox:
    """Told on Friday 1 and on Monday 18 May; the head on the fifth working day."""
    outbox = outbox_with(database, policy_with(EXPIRY), make_agreement())
    outbox.scan("2026-05-01")
    outbox.deliver("2026-05-01")
    for action, day in answers:
        record(outbox, action, day)
    escalate(outbox.context(at("2026-05-08")))
    return outbox


def test_escalated_mail_lists_what_was_sent_before_and_to_whom(database: Database) -> None:
    outbox = escalated(database)
    outbox.put(make_contact("sekretaris@biro.example.go.id", role="secretary"))
    letter = the_letter(outbox, "2026-05-08")

    assert (letter.template, letter.recipient) == (ESCALATION, HEAD)
    (notice,) = letter.notices
    assert notice.earlier == (Unanswered(date(2026, 5, 1), "Siti Rahma", "officer"),)
    assert (notice.escalates_to, notice.escalates_on) == ("secretary", date(2026, 5, 15))
    text = text_of(letter)
    assert "- pemberitahuan hari Jumat, 1 Mei 2026 kepada Siti Rahma" in text
    assert "Mohon arahan Bapak/Ibu untuk penyelesaiannya paling lambat hari Jumat, 15 Mei" in text
    assert OFFICER not in text


def test_mail_of_the_next_lead_time_goes_up_too_in_the_words_of_its_rule(
    database: Database,
) -> None:
    outbox = escalated(database)
    outbox.deliver("2026-05-08")
    outbox.scan("2026-05-15")  # H-14 falls on a Sunday

    both = {letter.recipient: letter for letter in letters(outbox, "2026-05-15")}
    assert sorted(both) == [HEAD, OFFICER]
    assert both[HEAD].template == "expiry"
    assert both[HEAD].notices[0].level == 1
    assert "belum ditanggapi, yaitu" not in text_of(both[HEAD])


def test_first_mail_says_who_is_told_next_and_when(database: Database) -> None:
    outbox = outbox_with(database, policy_with(EXPIRY), make_agreement())
    outbox.scan("2026-05-01")

    (notice,) = the_letter(outbox, "2026-05-01").notices
    assert (notice.escalates_to, notice.escalates_on) == ("head", date(2026, 5, 8))
    # Made on Friday, it may leave on Monday: the working days count from then.
    (later,) = the_letter(outbox, "2026-05-04").notices
    assert later.escalates_on == date(2026, 5, 11)


def test_mail_names_who_will_be_told_where_nobody_holds_the_role(database: Database) -> None:
    outbox = escalated(database)
    outbox.put(
        make_bureau("B-00", name="Sekretariat Daerah"),
        make_contact("asisten@setda.example.go.id", bureau="B-00", role="head", name="Ani Lestari"),
    )
    alone = the_letter(outbox, "2026-05-08")
    assert alone.notices[0].escalates_to == "admin"
    assert "belum ditanggapi, pengelola layanan turut diberi tahu." in text_of(alone)
    with outbox.database.write() as connection:
        connection.execute(
            update(tables.bureaus).where(tables.bureaus.c.code == BUREAU).values(parent="B-00")
        )

    letter = the_letter(outbox, "2026-05-08")
    (notice,) = letter.notices
    assert (notice.escalates_to, notice.escalates_at) == ("head", "Sekretariat Daerah")
    assert notice.escalates_on == date(2026, 5, 15)
    text = text_of(letter)
    assert "Pimpinan Sekretariat Daerah (unit induk) turut diberi tahu." in text
    assert "Ani Lestari" not in text
    assert "setda.example.go.id" not in text

    with outbox.database.write() as connection:
        mark_dead(connection, "Asisten@setda.example.go.id", "5.1.1", at("2026-05-08"))
    assert the_letter(outbox, "2026-05-08").notices[0].escalates_to == "admin"


def test_who_is_told_next_is_who_the_escalation_then_tells(database: Database) -> None:
    outbox = outbox_with(database, policy_with(EXPIRY))
    outbox.put(
        make_bureau("B-00", name="Sekretariat Daerah"),
        make_bureau("B-02", name="Bagian Kerja Sama", parent="B-00"),
        make_contact("petugas@bagian.example.go.id", bureau="B-02"),
        make_contact("kepala@setda.example.go.id", bureau="B-00", role="head"),
        make_agreement(bureau="B-02"),
    )
    outbox.scan("2026-05-01")
    (notice,) = the_letter(outbox, "2026-05-01").notices
    assert (notice.escalates_to, notice.escalates_at) == ("head", "Sekretariat Daerah")

    outbox.deliver("2026-05-01")
    assert notice.escalates_on is not None
    escalate(outbox.context(at(notice.escalates_on.isoformat())))
    assert the_letter(outbox, "2026-05-08").recipient == "kepala@setda.example.go.id"


def test_unanswered_notices_are_those_since_the_last_answer(database: Database) -> None:
    outbox = escalated(database)
    record(outbox, "acknowledge", "2026-05-07")

    (notice,) = the_letter(outbox, "2026-05-08").notices
    assert notice.earlier == ()


# --- one look for all ---


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_number_of_queries_does_not_grow_with_the_mails(database: Database) -> None:
    outbox = outbox_with(database, policy_with(EXPIRY))
    outbox.put(*(make_agreement(f"A-{number}") for number in range(3)))
    outbox.scan("2026-05-01")
    with counted_statements(database) as few:
        assert len(letters(outbox, "2026-05-01")) == 3
    outbox.put(*(make_agreement(f"B-{number}") for number in range(20)))
    outbox.scan("2026-05-01")
    with counted_statements(database) as many:
        assert len(letters(outbox, "2026-05-01")) == 23
    assert len(many) == len(few)
