"""The version of a policy: changes when, and only when, its plan may change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version

from reminder.policy.holiday_calendar import HolidayYear
from reminder.policy.model import FindingRule
from reminder.policy.service_file import ServiceFile
from reminder.rules import Rule
from reminder.steps import Chain

WORDING = frozenset(
    {
        "legal_basis",
        "verified_by",
        "title",
        "action",
        "source",
        "document",
        # Only tells by when to begin a renewal; no deadline hangs on it.
        "takes",
    }
)
"""What a mail says, not when it goes out: changing it must not plan everything anew. How grave
a finding is counts, for it is stored with each."""
_OF_STEPS = WORDING - {"legal_basis", "verified_by", "document"}
"""Of the chains these decide what a finding says, and that is stored with it."""


def version_of(
    service: ServiceFile,
    rules: tuple[Rule, ...],
    chains: Mapping[str, Chain],
    findings: Mapping[str, FindingRule],
    holidays: Mapping[int, HolidayYear],
) -> str:
    """A SHA-256 in hex of what decides which deadlines exist and who is told when."""
    parts = (
        service.service.timezone,
        service.service.country,
        service.horizon,
        service.stale_after,
        service.term_ends,
        service.report_due,
        service.ack_lasts,
        rules,
        findings,
        holidays,
        _library_version(),
    )
    plain = [_plain(parts), _plain(chains, _OF_STEPS)]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def _library_version() -> str:
    """Another version of the holidays library may know other days."""
    try:
        return version("holidays")
    except PackageNotFoundError:
        return ""


def _plain(value: object, wording: Set[str] = WORDING) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if field.name not in wording]
        return {name: _plain(getattr(value, name), wording) for name in names}
    if isinstance(value, Mapping):
        return sorted([str(key), _plain(part, wording)] for key, part in value.items())
    if isinstance(value, frozenset):
        return sorted(str(part) for part in value)
    if isinstance(value, (tuple, list)):
        return [_plain(part, wording) for part in value]
    return str(value)
