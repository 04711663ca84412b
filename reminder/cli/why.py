"""``reminder why REF``: what is due, what was sent, what was not and why, what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json

if TYPE_CHECKING:
    from reminder.explanation import DeadlineStory, Explanation
    from reminder.going_up import GoingUp
    from reminder.stages import OpenStep
    from reminder.storage.hand_overs import HandOver
    from reminder.storage.history import NoticeRecord, SkipRecord, SuccessionRecord
    from reminder.storage.responses import ResponseRecord


@click.command()
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def why(app: App, ref: str, as_json: bool) -> None:
    """Explain agreement REF: every deadline, how its date was derived, and its mails."""
    from jobs.explaining import explain_agreement
    from reminder import explanation

    found = explain_agreement(app.job_context(), ref)
    if as_json:
        print_json(explanation.as_json(found))
        return
    click.echo("\n".join(lines_of(found)))


def lines_of(found: Explanation) -> Iterator[str]:
    """The explanation in words that an admin understands, line by line."""
    agreement = found.agreement
    what = " ".join(part for part in (agreement.kind, agreement.instrument) if part)
    yield f"{agreement.ref}: {agreement.title}"
    partner = ", ".join(part for part in (agreement.partner, agreement.country) if part)
    yield f"  {what}" + (f", with {partner}" if partner else "")
    yield f"  responsible: {found.bureau_name} ({agreement.bureau}), days in {found.timezone}"
    if agreement.status:
        yield f"  status: {agreement.status.value}"
    yield f"  in this register since {agreement.entered_on}"
    yield from _way(found)
    if found.renewals:
        yield f"  to be replaced by {', '.join(found.renewals)}, not signed yet: reminders go on"
    if found.put_off:
        yield f"  PUT OFF for an hour because of an error: {found.put_off}"
    if not found.deadlines:
        yield ""
        yield "  Nothing is due: the register gives no date, no report cycle and no step."
    for story in found.deadlines:
        yield ""
        yield from _story(story)


def _way(found: Explanation) -> Iterator[str]:
    """How far it has come in its chain of steps, what comes next, and by when to renew it."""
    if found.stage is not None:
        rule = found.stage.rule
        yield f"  stage: {rule.code} ({rule.title_in('en')}), done on {found.stage.done_on}"
    if found.next_step is not None:
        yield f"  next step: {_next_step(found.next_step, found.agreement.ref)}"
    if found.start_by is not None:
        yield (
            f"  a renewal must begin by {found.start_by} to be signed before the end, going by "
            "what its steps usually take (steps.yaml)"
        )


def _next_step(step: OpenStep, ref: str) -> str:
    whose = f" of {step.ref}" if step.ref and step.ref != ref else ""
    parts = [f"{step.rule.code} ({step.rule.title_in('en')}){whose}"]
    if step.waits_for:
        parts.append(f"waits for {', '.join(rule.code for rule in step.waits_for)}")
    elif step.since is not None:
        parts.append(f"{'begun on' if step.is_started else 'possible since'} {step.since}")
    if step.working_day is not None:
        parts.append(f"working day {step.working_day} of {step.rule.within_working_days}")
    if step.documents:
        parts.append(f"document: {', '.join(step.documents)}")
    return ", ".join(parts)


def _story(story: DeadlineStory) -> Iterator[str]:
    name = story.kind + (f" {story.key}" if story.key else "")
    due = story.due_text or story.due_on.isoformat()
    if story.due_text:
        due += f" (told ahead of {story.due_on}, late after {story.due_last_on})"
    verb = "counts from" if story.kind == "finding" else "due"
    yield f"{name}: {verb} {due}, {_status(story)}"
    yield f"  the date: {story.derived_from}"
    if story.rule:
        change = f", epoch {story.epoch}: the date has changed before" if story.epoch > 1 else ""
        yield f"  the rule: {story.rule}{change}"
    lines = [
        *((notice.made_on, 0, line) for notice in story.notices for line in _notice(notice, story)),
        *((skip.on, 1, _skip(skip)) for skip in story.skips),
        *((response.on, 2, _response(response)) for response in story.responses),
        *(line for one in story.hand_overs for line in _hand_over(one, story)),
    ]
    for _on, _order, line in sorted(lines, key=lambda item: item[:2]):
        yield f"  {line}"
    yield from _going_up(story.going_up)
    yield f"  {_next(story)}"


def _status(story: DeadlineStory) -> str:
    if story.silent_reason and story.status == "open":
        return f"open but not told: {_SILENT[story.silent_reason]} ({story.status_reason})"
    return story.status + (f": {story.status_reason}" if story.status_reason else "")


_SILENT = {
    "snoozed": "somebody had put the matter off",
    "acknowledged": "somebody had answered",
    "stale": "it was long past when it entered the register",
    "waiting": "a step that comes first is not done",
    "opted_out": "the register excuses it",
    "no_rule": "no rule of the policy mails it; it shows here and in status",
}

_STATES = {
    "pending": "waits to be sent",
    "claimed": "is being sent",
    "sending": "is being sent",
    "deferred": "was put off by the mail server and will be tried again",
    "uncertain": "may or may not have been taken by the mail server",
    "held": "is held for a person",
    "failed": "was refused for good",
    "bounced": "came back after it was sent",
    "suppressed": "was kept from leaving",
    "superseded": "was not sent",
}


def _notice(notice: NoticeRecord, story: DeadlineStory) -> Iterator[str]:
    whom = f"{notice.recipient} as {notice.role}" + (" (copy)" if notice.copy else "")
    whom += f" (level {notice.level})" if notice.level else ""
    digest = ", in a digest" if notice.kind == "digest" else ""
    when = f"{notice.made_on} {notice.lead_time}"
    if notice.stop_reason and notice.state == "superseded":
        yield f"{when} to {whom}: stopped before it left ({_stopped(notice.stop_reason)})"
    elif notice.state == "sent" and notice.sent_at is not None:
        # A person's word is named: what a relay answers needs no reason.
        word = f" ({notice.reason})" if notice.reason else ""
        if notice.possible_duplicate:
            word += ", perhaps for the second time: no answer came to the first"
        yield f"{when} to {whom}: sent at {notice.sent_at:%Y-%m-%d %H:%M} UTC{digest}{word}"
    else:
        reason = f": {notice.reason}" if notice.reason else ""
        state = _STATES[notice.state]
        if notice.state == "failed" and not notice.reason[:1].isdigit():
            state = "was given up"  # no refusal, but tries that came to nothing
        yield f"{when} to {whom}: {state}{reason}{digest}"
    done = story.succession_of(notice)
    if done is not None:
        yield f"    {_succession(done)}"
    if notice.epoch != story.epoch:
        yield f"    for the earlier date {notice.due_text or notice.due_on}"
    if notice.fallback:
        yield f"    fallback: {notice.fallback}"
    if notice.successor_of:
        yield f"    follows {notice.successor_of}, who left"


def _succession(done: SuccessionRecord) -> str:
    whom = ", ".join(done.told)
    at = f"{done.at:%Y-%m-%d %H:%M} UTC"
    return {
        "told": f"told instead at {at}: {whom}, next in line for {done.role}",
        "told_already": f"nobody else was told: {whom}, next in line, has the same notice",
        "nobody_left": "nobody else was told: the mail to everybody in line failed",
        "overtaken": "nobody else was told of it: a more urgent notice was made by then",
    }.get(done.outcome, f"nobody else was told: {_SILENT.get(done.outcome, done.outcome)}")


def _stopped(reason: str) -> str:
    return {
        "superseded": "superseded by a more urgent notice",
        "met": "what was due is done",
        "void": "the deadline no longer holds",
        "redated": "the due date changed",
        "snoozed": "somebody put the matter off",
        "acknowledged": "somebody answered, so nobody further up is told",
        "handed_over": "somebody else is the owner now",
        "lost": "its message was gone from the database; it was made again",
    }.get(reason, reason)


def _skip(skip: SkipRecord) -> str:
    texts = {
        "superseded": "superseded, a more urgent lead time came first",
        "stale": "not sent, the deadline was long past when it entered the register",
        "waiting": "not sent",
        "opted_out": "not sent",
        "no_recipient": "not sent",
        "snoozed": "not sent, somebody had put the matter off",
        "acknowledged": "nobody further up is told, since somebody answered",
        "no_superior": "nobody further up is told",
        "same_recipient": f"no second mail to {skip.recipient}",
    }
    detail = f" ({skip.detail})" if skip.detail else ""
    return f"{skip.on} {skip.lead_time}: {texts.get(skip.reason, skip.reason)}{detail}"


def _response(response: ResponseRecord) -> str:
    what = {
        "acknowledge": f"acknowledged until {response.until}",
        "snooze": f"put off until {response.until}",
        "done": "called done",
        "offer": f"offered to {response.to}",
        "handover": "handed over",
        "undo": "taken back",
        "decide": f"decided to {response.decision}",
    }.get(response.action, response.action)
    evidence = f", evidence: {response.evidence}" if response.evidence else ""
    note = f" ({response.note})" if response.note else ""
    said = f"{response.on} {what} by {response.actor} ({response.via}){evidence}{note}"
    at = response.taken_back_at
    return f"{said}; taken back at {at:%Y-%m-%d %H:%M} UTC" if at is not None else said


def _hand_over(one: HandOver, story: DeadlineStory) -> Iterator[tuple[date, int, str]]:
    """What came of an offer, save what is an answer of its own: that it was accepted or undone."""
    on, at = one.changed_at.date(), f"{one.changed_at:%Y-%m-%d %H:%M} UTC"
    is_void = one.epoch != story.epoch or story.status != "open"
    said = {
        "declined": f"declined by {one.to} at {at}: the owner stays who it was",
        "withdrawn": f"no longer offered to {one.to} since {at}: somebody was asked, or named, "
        "after that",
        "offered": f"waits for {one.to} to accept, until {one.until:%Y-%m-%d %H:%M} UTC; else the "
        "owner stays who it is",
    }
    if one.state == "offered" and is_void:
        yield on, 3, f"    {one.to} can no longer accept: the date changed, or it is closed"
    elif one.state in said:
        yield on, 3, f"    {said[one.state]}"


def _going_up(found: GoingUp | None) -> Iterator[str]:
    """What people answered that still holds, and who is told next if they do not."""
    if found is None:
        return
    if found.snoozed_until is not None:
        yield f"  put off: nothing is told before {found.snoozed_until}"
    if found.acknowledged_until is not None:
        yield f"  acknowledged: nobody further up is told before {found.acknowledged_until}"
    following = found.next
    if following is not None:
        whom = ", ".join(
            f"{email} as {role}" + (f" ({fallback})" if fallback else "")
            for email, role, fallback in following.recipients
        )
        when = f"on {following.on}"
        if following.waits_for_mail:
            when = "once the mail before it has left"
        yield (
            f"  unless somebody answers: level {following.level} of {found.levels} {when} to "
            f"{whom or 'nobody: no one is left in line'}"
        )


def _next(story: DeadlineStory) -> str:
    if story.next is None:
        return "next: nothing more" if story.status != "later" else "next: not before the horizon"
    whom = ", ".join(
        f"{email} as {role}" + (f" ({fallback})" if fallback else "")
        for email, role, fallback in story.next.recipients
    )
    return f"next: {story.next.lead_time} on {story.next.send_on} to {whom}"
