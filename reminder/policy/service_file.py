"""``reminder.yaml``: the service itself. Keys left out have the shipped value, at every level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from reminder.agreements import LANGUAGES
from reminder.calendars import Span
from reminder.notices import ADMIN_ROLE
from reminder.policy.items import Fields, Item, choice
from reminder.policy.model import Limits, MailPolicy, Service, Storm
from reminder.policy.send_window import SendWindow
from reminder.policy.tree import Node, Table
from reminder.policy.values import (
    USUAL_COUNTRY,
    parse_address,
    parse_calendar,
    parse_clock_time,
    parse_country,
    parse_duration,
    parse_factor,
    parse_month_day,
    parse_name,
    parse_optional_address,
    parse_optional_domain,
    parse_rate,
    parse_words,
    span_up_to,
    whole_number,
)
from reminder.policy.zones import parse_zone

_MAIL_KEYS = ("reply_to", "bounce_address", "message_id_domain", "authserv_id", "calendar")
KEYS = (
    "service",
    "scan",
    "send_window",
    "horizon",
    "stale_after",
    "term_ends",
    "report_due",
    "digest_above",
    "ack_lasts",
    "limits",
    "storm",
    "digests",
    "mail",
    "roles",
)
REPORT_PERIODS = ("S1", "S2", "year", "Q1", "Q2", "Q3", "Q4")
DIGEST_RHYTHMS = ("daily", "weekly", "semester", "none")
ADMIN_RHYTHMS = ("daily", "none")
PEOPLE_RHYTHMS = ("weekly", "semester", "none")
_DIGESTS = {
    "daily": "it tells what the service did",
    "weekly": "it tells what a bureau has to do",
    "semester": "it tells how the bureaus stand",
}
ROLES = ("officer", "head", "secretary", "assistant", ADMIN_ROLE)
"""Roles that rules may name; ``roles`` in reminder.yaml adds those of the own register."""
EXAMPLE_ADMIN = "admin@biro.example.go.id"

MOST_YEARS = Span(months=120)
"""Lead times reach no further either."""
_FALLBACK = Span(months=24)


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """All that ``reminder.yaml`` says."""

    service: Service
    scan_every: timedelta
    send_window: SendWindow
    horizon: Span
    stale_after: Span
    term_ends: str
    report_due: Mapping[str, tuple[int, int]]
    digest_above: int
    ack_lasts: Span
    limits: Limits
    storm: Storm | None
    digests: Mapping[str, str]
    mail: MailPolicy
    roles: tuple[str, ...]


def merged(own: Node | None, shipped: Node | None) -> Node | None:
    """The admin's tree with what it leaves out taken from the shipped one."""
    if own is None or shipped is None:
        return own or shipped
    if not isinstance(own, Table) or not isinstance(shipped, Table):
        return own
    values = {entry.key: entry.value for entry in own.entries}
    lines = {entry.key: entry for entry in own.entries}
    for entry in shipped.entries:
        if entry.key in values:
            value = merged(values[entry.key], entry.value)
            own_entry = lines[entry.key]
            lines[entry.key] = type(own_entry)(entry.key, own_entry.line, value or entry.value)
        else:
            lines[entry.key] = entry
    return Table(own.source, own.line, tuple(lines.values()), own.is_partial)


def read_service(item: Item) -> ServiceFile:
    """The values of the file; where one is wrong, one that later checks can work with."""
    fields = item.fields(KEYS, required=KEYS[:-1])
    roles = _roles(fields)
    return ServiceFile(
        service=_service(
            _table(fields, "service", ("name", "admin", "timezone", "language", "country"))
        ),
        scan_every=_table(fields, "scan", ("every",), {"cron": 'write "every: 5 minutes"'}).one(
            "every", parse_duration, timedelta(minutes=5)
        ),
        send_window=_send_window(_table(fields, "send_window", ("from", "to", "days"))),
        horizon=fields.one("horizon", span_up_to(MOST_YEARS), _FALLBACK),
        stale_after=fields.one("stale_after", span_up_to(MOST_YEARS), _FALLBACK),
        term_ends=fields.one("term_ends", choice(("anniversary", "day_before")), "anniversary"),
        report_due=_report_due(_table(fields, "report_due", REPORT_PERIODS)),
        digest_above=fields.one("digest_above", whole_number(0, 1000), 3),
        ack_lasts=fields.one("ack_lasts", span_up_to(MOST_YEARS), _FALLBACK),
        limits=_limits(_table(fields, "limits", ("per_recipient", "per_relay"))),
        storm=_storm(fields),
        digests=_digests(fields, roles),
        mail=_mail(_table(fields, "mail", _MAIL_KEYS)),
        roles=roles,
    )


def _table(
    fields: Fields, key: str, known: tuple[str, ...], synonyms: Mapping[str, str] | None = None
) -> Fields:
    item = fields.get(key)
    if item is None:
        return Fields(fields.item, {})
    return item.fields(known, known, synonyms)


def _roles(fields: Fields) -> tuple[str, ...]:
    added = fields.several(
        "roles", parse_name, "write roles, for example [legal]", may_be_empty=True
    )
    return (*ROLES, *(role for role in added if role not in ROLES))


def _service(fields: Fields) -> Service:
    admin = fields.several("admin", parse_address, "write a list, for example [admin@biro.go.id]")
    item = fields.get("admin")
    if item is not None and EXAMPLE_ADMIN in admin:
        item.report(
            f"still has the address of the example, {EXAMPLE_ADMIN}",
            "write who is told what only an admin can mend",
            level="warning",
        )
    return Service(
        name=fields.one("name", parse_words, "Reminder"),
        admin=admin,
        timezone=fields.one("timezone", parse_zone, "UTC"),
        language=fields.one("language", choice(LANGUAGES, "language"), LANGUAGES[0]),
        country=fields.one("country", parse_country, USUAL_COUNTRY),
    )


def _send_window(fields: Fields) -> SendWindow:
    opens = fields.one("from", parse_clock_time, time.min)
    closes = fields.one("to", parse_clock_time, time.max)
    item = fields.get("to")
    if item is not None and opens >= closes:
        item.report(
            f"the window closes at {closes:%H:%M}, not after it opens at {opens:%H:%M}",
            "write a later time",
        )
    days = fields.one("days", choice(("working", "all")), "working")
    return SendWindow(opens, closes, all_days=days == "all")


def _report_due(fields: Fields) -> Mapping[str, tuple[int, int]]:
    return {
        period: fields.one(period, parse_month_day, (1, 31))
        for period in REPORT_PERIODS
        if period in fields
    }


def _limits(fields: Fields) -> Limits:
    return Limits(
        per_recipient=fields.one("per_recipient", parse_rate, None),
        per_relay=fields.one("per_relay", parse_rate, None),
    )


def _is_none(fields: Fields, key: str) -> bool:
    item = fields.get(key)
    return item is not None and item.scalar == "none"


def _storm(fields: Fields) -> Storm | None:
    if _is_none(fields, "storm"):
        return None
    storm = _table(fields, "storm", ("more_than", "times_usual"))
    return Storm(
        more_than=storm.one("more_than", whole_number(1, 1_000_000), 1),
        times_usual=storm.one("times_usual", parse_factor, 1.0),
    )


def _digests(fields: Fields, roles: tuple[str, ...]) -> Mapping[str, str]:
    if _is_none(fields, "digests"):
        return {}
    item = fields.get("digests")
    table = item.fields(roles) if item is not None else Fields(fields.item, {})
    rhythms = {role: table.one(role, choice(DIGEST_RHYTHMS), "none") for role in roles}
    for role, rhythm in rhythms.items():
        fitting = ADMIN_RHYTHMS if role == ADMIN_ROLE else PEOPLE_RHYTHMS
        if rhythm not in fitting and (own := table.get(role)) is not None:
            own.report(
                f'"{rhythm}" is no digest for {role}: {_DIGESTS[rhythm]}',
                f"write {' or '.join(fitting)}",
            )
    return {role: rhythm for role, rhythm in rhythms.items() if rhythm != "none"}


def _mail(fields: Fields) -> MailPolicy:
    return MailPolicy(
        reply_to=fields.one("reply_to", parse_optional_address, ""),
        bounce_address=fields.one("bounce_address", parse_optional_address, ""),
        message_id_domain=fields.one("message_id_domain", parse_optional_domain, ""),
        authserv_id=fields.one("authserv_id", parse_optional_domain, ""),
        calendar=fields.one("calendar", parse_calendar, True),
    )
