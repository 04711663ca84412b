"""Responding: what somebody answers about a deadline, put on record with all its effects.

The same for the shell, the web and replies by mail. Each answer is one transaction: a row in
``responses``, an event, and what follows from it. Given again, it says so and changes nothing.
What cannot be answered so raises a ReminderError that says what to do.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from jobs.answering import Responded, answering
from reminder.agreements import Decision
from reminder.calendars import PartialDate
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.errors import ResponseRefused
from reminder.responses import (
    Action,
    Person,
    Refusal,
    UnknownDeadline,
    Via,
    Which,
    check_snooze,
    refuse_done,
)
from reminder.skips import SkipReason
from reminder.storage.answered import AnsweredDeadline, change_deadlines
from reminder.storage.dossiers import load_dossier
from reminder.storage.escalations import take_back_level
from reminder.storage.stopping import stop_notices

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext


def acknowledge(
    context: JobContext, which: Which, who: Person, along: Connection | None = None
) -> Responded:
    """Seen, and ours: nobody further up is told until that lapses; reminders go on.

    *along* is a transaction of the caller's that it is to be part of.
    """
    with answering(context, which, who, along=along) as answer:
        if (earlier := answer.by_link(Action.ACKNOWLEDGE)) is not None:
            return answer.repeated(earlier, f"it was acknowledged by this link on {earlier.on}")
        answer.require_open("acknowledged")
        until = answer.deadline.acknowledged_until
        if until is not None and answer.today < until:
            earlier = answer.last(Action.ACKNOWLEDGE, Action.DECIDE)
            return answer.repeated(earlier, f"it is acknowledged until {until}")
        until = context.policy.ack_lasts.after(answer.today)
        record = answer.keep(Action.ACKNOWLEDGE, until=until)
        answer.acknowledge(until)
        return answer.responded(record, answer.going_up(), answer.next_notice())


def snooze(
    context: JobContext, which: Which, who: Person, until: date, along: Connection | None = None
) -> Responded:
    """Not now: nothing is told before that day, on which it is told once more.

    *along* is a transaction of the caller's that it is to be part of.
    """
    with answering(context, which, who, along=along) as answer:
        if (by_link := answer.by_link(Action.SNOOZE)) is not None:
            text = f"it was put off by this link on {by_link.on}, until {by_link.until}"
            return answer.repeated(by_link, text)
        answer.require_open("put off")
        deadline = answer.deadline
        if deadline.silent_reason == SkipReason.STALE:
            raise ResponseRefused(
                f"{deadline.name} was long past when it was entered, so nobody is told of it and "
                "there is nothing to put off.",
                Refusal.SILENT,
            )
        if deadline.snoozed_until == until and answer.today < until:
            return answer.repeated(answer.last(Action.SNOOZE), f"it is put off until {until}")
        earlier = [one for one in answer.responses() if one.action == Action.SNOOZE]
        check_snooze(until, answer.today, deadline.due_on, len(earlier), who.via)
        record = answer.keep(Action.SNOOZE, until=until)
        ids = [deadline.id]
        stop_notices(answer.connection, ids, SkipReason.SNOOZED, answer.now)
        take_back_level(answer.connection, [deadline.id], answer.today)
        next_on = until if deadline.rule else None
        change_deadlines(answer.connection, ids, snoozed_until=until, next_on=next_on, again_for="")
        again = "if it is still open then, it is told once more"
        if not deadline.rule:
            again = "no rule of the policy mails it"
        return answer.responded(record, f"nothing is told before {until}; {again}")


def done(
    context: JobContext, which: Which, who: Person, on: str = "", evidence: str = ""
) -> Responded:
    """A step, a follow-up or a report is done: recorded as the fact that it is.

    *on* is a day as a person writes it; empty means today, save for a report, which counts
    with a day and evidence only.
    """
    from jobs.facts import record_in
    from jobs.undo import tell_done, undo_data

    with answering(context, which, who, with_facts=True) as answer:
        deadline = answer.deadline
        if (by_link := answer.by_link(Action.DONE)) is not None:
            return answer.repeated(by_link, f"it was called done by this link on {by_link.on}")
        refused = refuse_done(
            deadline.kind, deadline.key, deadline.agreement, context.policy.findings
        )
        if refused is not None:
            raise refused
        if deadline.status == DeadlineStatus.MET:
            why = f"it is {deadline.status_reason}"
            if deadline.kind == DeadlineKind.REPORT:
                why += "; to correct its day or evidence, record it once more with reminder report"
            return answer.repeated(answer.last(Action.DONE), why)
        answer.require_open("called done")
        table, cells, column = _as_fact(deadline, on, evidence, answer.today)
        fact = record_in(
            context,
            answer.connection,
            table,
            cells,
            must_exist=table == "follow_ups",
            actor=who.by,
        )
        day = PartialDate.parse(fact.difference.row[column] or "")
        if day.first > answer.today:
            raise ResponseRefused(
                f"{day} is still to come; say so once it is done.", Refusal.STILL_TO_COME
            )
        undo = undo_data(who, fact.difference, table)
        record = answer.keep(Action.DONE, evidence=evidence, done_on=str(day), undo=undo)
        answer.read_again()
        if who.via is not Via.SHELL:
            tell_done(answer, record, day)
        failed = [f"it cannot be planned now: {error}" for error in fact.failed.values()]
        return answer.responded(record, fact.doubt, answer.standing(), *failed)


def _as_fact(
    deadline: AnsweredDeadline, on: str, evidence: str, today: date
) -> tuple[str, dict[str, str], str]:
    """The table, the cells and the column of the day by which the register knows of it."""
    if deadline.kind == DeadlineKind.REPORT:
        if not (on.strip() and evidence.strip()):
            raise ResponseRefused(
                "A report counts only with the day on which it was handed in and evidence of it; "
                "give both (--on D --evidence T).",
                Refusal.NEEDS_EVIDENCE,
            )
        cells = {"agreement": deadline.agreement, "period": deadline.key}
        return "reports", cells | {"submitted_on": on, "evidence": evidence}, "submitted_on"
    day = on.strip() or today.isoformat()
    if deadline.kind == DeadlineKind.FOLLOW_UP:
        return "follow_ups", {"id": deadline.key, "done_on": day}, "done_on"
    cells = {"agreement": deadline.agreement, "step": deadline.key, "done_on": day}
    if evidence.strip():
        cells["document"] = evidence
    return "steps", cells, "done_on"


def decide(context: JobContext, which: Which, who: Person, decision: Decision) -> Responded:
    """What becomes of an agreement whose end comes near; counts as an acknowledgement too."""
    try:
        return _decide(context, which, who, decision)
    except UnknownDeadline:
        raise ResponseRefused(
            "The register gives no end of that agreement within the horizon "
            f"({context.policy.horizon} ahead): record when it ends (expires_on, or signed_on and "
            "term), or decide once its end is near; see reminder why."
        ) from None


def _decide(context: JobContext, which: Which, who: Person, decision: Decision) -> Responded:
    from jobs.receipts import tell_decided
    from jobs.renewal import carry_out

    with answering(context, which, who, with_facts=True) as answer:
        deadline = answer.deadline
        if (by_link := answer.by_link(Action.DECIDE)) is not None:
            text = f"{by_link.decision} was decided by this link on {by_link.on}"
            return answer.repeated(by_link, text)
        if deadline.kind != DeadlineKind.EXPIRY:
            raise ResponseRefused(
                f"{deadline.name} asks for no decision; what can be decided is what becomes of the "
                "agreement when it ends: its expiry",
                Refusal.NO_DECISION,
            )
        before = load_dossier(answer.connection, deadline.agreement).decided
        # An import may have taken "not_renewing" back: then the end is decided anew.
        is_undone = decision is Decision.END and deadline.is_open
        if before is not None and before.decision is decision and not is_undone:
            text = f"{before.by or 'somebody'} decided so on {before.on}"
            return answer.repeated(answer.last(Action.DECIDE), text)
        if before is None:
            answer.require_open("decided")
        until = context.policy.ack_lasts.after(answer.today)
        record = answer.keep(Action.DECIDE, decision=decision.value, until=until)
        answer.acknowledge(until)
        lines = carry_out(
            context, answer.connection, deadline.agreement, decision, answer.today, who.by
        )
        answer.read_again()
        if who.via is not Via.SHELL:
            tell_decided(answer, record, decision)
        follows = answer.standing() if not answer.deadline.is_open else answer.going_up()
        return answer.responded(record, *lines, follows)
