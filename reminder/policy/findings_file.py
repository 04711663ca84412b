"""``findings.yaml``: which detectors are on, and what a person reads about their findings."""

from __future__ import annotations

from collections.abc import Mapping

from reminder.findings import DETECTORS
from reminder.policy.items import Item, choice
from reminder.policy.model import FindingRule
from reminder.policy.steps_file import read_languages
from reminder.policy.values import parse_text, parse_yes

KEYS = ("severity", "enabled", "title", "action", "legal_basis", "verified_by")
REQUIRED = ("severity", "enabled", "title", "action")
SEVERITIES = ("info", "action", "urgent")


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
    )
