"""``rules.yaml``: which deadlines are told, when and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reminder.agreements import KINDS
from reminder.calendars import Span, parse_working_days
from reminder.deadlines import DeadlineKind
from reminder.notices import PARENT_ROLE
from reminder.policy.items import Fields, Item, Parse, choice
from reminder.policy.names import shown
from reminder.policy.schedules import read_schedule
from reminder.policy.tree import Table
from reminder.policy.values import parse_name, parse_text, parse_words
from reminder.rules import EscalationStep, Rule

KEYS = (
    "name",
    "deadline",
    "kinds",
    "instruments",
    "bureaus",
    "steps",
    "findings",
    "lead_times",
    "repeat",
    "template",
    "to",
    "cc",
    "escalate",
    "on_uncertain",
    "legal_basis",
    "verified_by",
)
REQUIRED = ("name", "deadline", "lead_times", "template", "to")
FILTERS = ("kinds", "instruments", "bureaus", "steps", "findings")
MOST_RULES = 1000

_NO_CONDITIONS = (
    "rules have no conditions; filter with kinds, instruments, bureaus, steps, findings"
)
_NO_CRON = "rules have no clock; write lead_times (send_window in reminder.yaml says at what hours)"
SYNONYMS = {
    "recipients": 'write "to"',
    "roles": 'write "to"',
    "days": 'write "lead_times"',
    "lead_days": 'write "lead_times"',
    "language": "remove it: each bureau has its language in the register",
    "condition": _NO_CONDITIONS,
    "when": _NO_CONDITIONS,
    "if": _NO_CONDITIONS,
    "cron": _NO_CRON,
    "schedule": _NO_CRON,
}


@dataclass(frozen=True, slots=True)
class DraftRule:
    """A rule as read, with where it stands. Where it has mistakes, parts of it are empty."""

    rule: Rule
    fields: Fields
    filters_are_whole: bool
    deadline_is_known: bool

    def filters(self, key: str) -> list[tuple[Item, str]]:
        """The values of a filter with where they stand."""
        item = self.fields.get(key)
        nodes = item.each("") if item is not None and item.length else None
        return [(one, one.scalar) for one in nodes or [] if one.scalar and not one.is_broken]

    def item(self, key: str) -> Item:
        """Where *key* stands, or the rule itself."""
        return self.fields.get(key) or self.fields.item


def read_rules(item: Item, roles: Sequence[str], horizon: Span) -> tuple[DraftRule, ...]:
    """The rules in file order."""
    rules = item.fields(("rules",), ("rules",)).get("rules")
    items = rules.each("write a list of rules") if rules is not None else None
    if rules is None or items is None:
        return ()
    if not items:
        rules.report("is empty: nobody would be told anything", "write at least one rule")
    if len(items) > MOST_RULES:
        rules.report(f"has {len(items)} rules", f"write at most {MOST_RULES}")
        return ()
    return tuple(_draft(one, roles, horizon) for one in items)


def _draft(item: Item, roles: Sequence[str], horizon: Span) -> DraftRule:
    fields = item.fields(KEYS, REQUIRED, SYNONYMS)
    kinds = [kind.value for kind in DeadlineKind]
    deadline = fields.one("deadline", choice(kinds, "deadline"), "")
    parse_role = choice(roles, "role")
    parse_above = choice((*roles, PARENT_ROLE), "role")
    to = fields.several("to", parse_role, "write at least one role, for example [officer]")
    filters = {
        "kinds": fields.several("kinds", choice(KINDS, "kind"), _filter_example("kinds")),
        **{key: fields.several(key, parse_words, _filter_example(key)) for key in FILTERS[1:]},
    }
    rule = Rule(
        name=fields.one("name", parse_name, ""),
        deadline=DeadlineKind(deadline or kinds[0]),
        schedule=read_schedule(fields, horizon),
        template=fields.one("template", _parse_template, ""),
        to=to,
        cc=_copies(fields, parse_role, to),
        escalate=_escalation(fields.get("escalate"), parse_above, to),
        on_uncertain=fields.one("on_uncertain", choice(("repeat", "hold")), "repeat"),
        legal_basis=fields.one("legal_basis", parse_text, ""),
        verified_by=fields.one("verified_by", parse_text, ""),
        **filters,
    )
    whole = not (isinstance(item.node, Table) and item.node.is_partial) and all(
        key not in fields or fields.entries[key].length == len(filters[key]) for key in FILTERS
    )
    return DraftRule(rule, fields, whole, bool(deadline))


def _filter_example(key: str) -> str:
    return f"write {key} that it is about, or remove it for all"


def _parse_template(text: str) -> str:
    try:
        return parse_name(text)
    except ValueError:
        raise ValueError(
            f"{shown(text)} is not the name of a template; "
            "write the name of a folder in templates/email, for example expiry"
        ) from None


def _copies(fields: Fields, parse_role: Parse[str], to: Sequence[str]) -> tuple[str, ...]:
    pairs = fields.pairs("cc", parse_role, "write roles, or remove it", may_be_empty=True)
    for one, role in pairs:
        if role in to:
            one.report(f'{shown(role)} is told already by "to"', "remove it here")
    return tuple(role for _, role in pairs)


def _escalation(
    item: Item | None, parse_role: Parse[str], to: Sequence[str]
) -> tuple[EscalationStep, ...]:
    levels = item.each("write levels, like [{after: 5 working days, to: [head]}]") if item else None
    found: list[EscalationStep] = []
    for one in levels or []:
        fields = one.fields(("after", "to"), ("after", "to"))
        after = fields.one("after", parse_working_days, 0)
        roles = fields.pairs("to", parse_role, "write at least one role, for example [head]")
        for role_item, role in roles:
            if role in to:
                role_item.report(
                    f'{shown(role)} is told already by "to"', "write a role further up"
                )
        if after and found and after <= found[-1].after:
            (fields.get("after") or one).report(
                f"{after} working days are not after the level before ({found[-1].after})",
                "write the levels in growing order",
            )
        found.append(EscalationStep(after, tuple(role for _, role in roles)))
    return tuple(found)
