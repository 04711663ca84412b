"""``findings.yaml``: which detectors are on, and what a person reads about their findings."""

from __future__ import annotations

from collections.abc import Mapping

from reminder.calendars import Span
from reminder.findings import DETECTORS, Thresholds
from reminder.findings.base import SEVERITIES
from reminder.policy.items import Item, choice
from reminder.policy.model import FindingRule
from reminder.policy.names import shown
from reminder.policy.steps_file import read_languages
from reminder.policy.values import parse_text, parse_yes

KEYS = ("severity", "enabled", "title", "action", "legal_basis", "verified_by", "thresholds")
REQUIRED = ("severity", "enabled", "title", "action")


def read_findings(item: Item) -> Mapping[str, FindingRule]:
    """The findings by code; one left out is off."""
    findings = item.fields(("findings",), ("findings",)).get("findings")
    if findings is None:
        return {}
    codes = findings.fields(tuple(DETECTORS))
    missing = [code for code in DETECTORS if code not in codes]
    if missing and not findings.is_broken:
        findings.report(
            f"leaves out {', '.join(missing)}: what these would find is shown nowhere",
            'copy them from the shipped file, with "enabled: no" where that is meant',
            level="warning",
        )
    return {code: _finding(code, found) for code in DETECTORS if (found := codes.get(code))}


def _finding(code: str, item: Item) -> FindingRule:
    fields = item.fields(KEYS, REQUIRED)
    return FindingRule(
        code=code,
        severity=fields.one("severity", choice(SEVERITIES, "severity"), SEVERITIES[0]),
        enabled=fields.one("enabled", parse_yes, True),
        title=read_languages(fields, "title"),
        action=read_languages(fields, "action"),
        legal_basis=fields.one("legal_basis", parse_text, ""),
        verified_by=fields.one("verified_by", parse_text, ""),
        thresholds=_thresholds(DETECTORS[code].thresholds, fields.get("thresholds")),
    )


def _thresholds(defaults: Thresholds, item: Item | None) -> Thresholds:
    """Those that the file gives, the detector's own for the rest.

    Each stays what the detector's own is: a length of calendar time, or a whole number.
    """
    if item is None:
        return defaults
    if not defaults:
        item.report("this finding has no thresholds: it is there or it is not", "remove it")
        return defaults
    fields = item.fields(tuple(defaults))
    return {
        name: fields.one(name, _parse_span if isinstance(value, Span) else _parse_number, value)
        for name, value in defaults.items()
    }


def _parse_span(text: str) -> Span:
    try:
        return Span.parse(text)
    except ValueError as error:
        raise ValueError(f'{error}; write for example "180 days" or "12 months"') from None


def _parse_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise ValueError(f"{shown(text)} is not a whole number from 1 to 9999; write for example 3")
    return int(text)
