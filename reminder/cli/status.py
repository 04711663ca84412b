"""``status``: whether all is well, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.cli.health import Health, read_health, shown, span
from reminder.cli.log import STATES
from reminder.findings.base import SEVERITIES

if TYPE_CHECKING:
    from reminder.figures import SemesterReports
    from reminder.storage.status import StoredStatus


def document(health: Health) -> dict[str, object]:
    """The shape of DESIGN.md section 11, and more."""
    stored, standstill = health.stored, health.standstill
    return {
        "healthy": not health.problems,
        "problems": health.problems,
        "daemon_running": health.daemon is not None,
        "open_deadlines": stored.open_deadlines,
        "due_unsent": stored.due_unsent,
        "oldest_due_unsent_seconds": int(health.oldest_due_unsent.total_seconds()),
        "messages": {state: stored.messages.get(state, 0) for state in STATES},
        "last_scan_at": stored.last_scan_at,
        "held": stored.messages.get("held", 0),
        "held_for": {reason or "other": number for reason, number in stored.held_for.items()},
        "next_repeat_at": stored.next_repeat_at,
        "refused_untold": stored.untold,
        "redirected": bool(health.redirect_to),
        "next_due_on": stored.next_due_on,
        "findings": stored.findings,
        "severities": {name: stored.severities.get(name, 0) for name in reversed(SEVERITIES)},
        "clock_trouble": standstill.clock_trouble or None,
        "disk_trouble": standstill.disk_trouble or None,
        "relays": [
            {
                "relay": one.relay,
                "faults": one.faults,
                "since": one.since,
                "closed_until": one.next_try_at,
                "text": one.text,
            }
            for one in stored.closed_relays
        ],
        "sent_before_as": health.sent_before_as or None,
        "half_restored": health.half_restored or None,
        "storm": health.noted("storm"),
        "balance": health.noted("balance"),
        "chain": health.noted("seal_head"),
        "restored": health.noted("restored"),
        "put_off": [
            {
                "agreement": one.agreement,
                "until": one.until,
                "failures": one.failures,
                "error": one.error,
            }
            for one in stored.put_offs
        ],
        "reports": _reports(health.reports),
        "holiday_data": {str(year): known for year, known in health.holidays.items()},
    }


def as_text(health: Health) -> Iterator[str]:
    """The same for a person."""
    stored = health.stored
    yield "healthy" if not health.problems else "NOT healthy"
    for problem in health.problems:
        yield f"  - {problem}"
    yield ""
    daemon = "not running" if health.daemon is None else f"running (process {health.daemon or '?'})"
    last = stored.last_scan_at
    late = f", the oldest for {span(health.oldest_due_unsent)}" if stored.due_unsent else ""
    yield f"daemon           {daemon}"
    yield f"last scan        {shown(last) if last else 'never'}"
    yield f"open deadlines   {stored.open_deadlines}"
    yield f"next mail day    {_next_day(stored.next_due_on, health.now.date())}"
    yield f"due and unsent   {stored.due_unsent}{late}"
    yield f"messages         {_counts(stored.messages)}"
    if health.redirect_to:
        yield f"redirected       all mail goes to {health.redirect_to} (REMINDER_REDIRECT_TO)"
    yield f"open findings    {_findings(stored)}"
    if health.reports is not None:
        total = asdict(health.reports.total)
        yield f"reports          {health.reports.semester}: {_counts(_spaced(total))}"
    yield from _records(health)
    missing = [str(year) for year, known in health.holidays.items() if not known]
    known = ", ".join(str(year) for year, is_known in health.holidays.items() if is_known)
    gap = f"; MISSING for {', '.join(missing)}, add them to holidays.yaml" if missing else ""
    yield f"holiday data     {known or 'none'}{gap}"
    for one in stored.put_offs:
        yield f"put off          {one.agreement} until {shown(one.until)}: {one.error}"


def _records(health: Health) -> Iterator[str]:
    """What the service notes of its own work: the balance, the chain of seals, a restoration."""
    balance = health.noted("balance")
    if balance is not None:
        counts = ", ".join(f"{name} {count}" for name, count in balance.items() if name != "on")
        yield f"balance          {balance.get('on')}: {counts}"
    chain = health.noted("seal_head")
    if chain is not None:
        yield f"sealed events    {chain.get('number')}, the head is {chain.get('hash')}"
    restored = health.noted("restored")
    if restored is not None:
        yield (
            f"restored         at {restored.get('at')} from the backup of "
            f"{restored.get('backup_at')}; no scan has been made since"
        )


def _next_day(day: date | None, today: date) -> str:
    """A day that has passed is one that the next scan makes up for."""
    if day is None:
        return "none"
    return f"{day}" if day > today else "now, with the next scan"


def _findings(stored: StoredStatus) -> str:
    """By code, and behind it how grave they are."""
    grave = {
        name: stored.severities[name] for name in reversed(SEVERITIES) if name in stored.severities
    }
    return _counts(stored.findings) + (f" ({_counts(grave)})" if grave else "")


def _reports(reports: SemesterReports | None) -> dict[str, object] | None:
    """The last semester's: in time, late and missing, in all and by bureau."""
    if reports is None:
        return None
    by_bureau = {bureau: asdict(figures) for bureau, figures in reports.by_bureau.items()}
    return {"semester": reports.semester, **asdict(reports.total), "by_bureau": by_bureau}


def _spaced(counts: dict[str, int]) -> dict[str, int]:
    return {name.replace("_", " "): number for name, number in counts.items()}


def _counts(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items()) or "none"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def status(app: App, as_json: bool) -> None:
    """Show whether all is well, what is open and what waits."""
    health = read_health(app)
    if as_json:
        print_json(document(health))
    else:
        click.echo("\n".join(as_text(health)))
