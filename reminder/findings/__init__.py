"""Findings: defects of an agreement that the rules detect, one detector per file."""

from __future__ import annotations

from reminder.findings.base import Detector, Finding, Inspection
from reminder.findings.no_recipient import no_recipient
from reminder.findings.no_rule import no_rule
from reminder.findings.stale import stale
from reminder.findings.unknown_expiry import unknown_expiry

DETECTORS: dict[str, Detector] = {
    "UNKNOWN_EXPIRY": unknown_expiry,
    "STALE": stale,
    "NO_RULE": no_rule,
    "NO_RECIPIENT": no_recipient,
}

__all__ = ["DETECTORS", "Detector", "Finding", "Inspection"]
