"""Findings: defects of an agreement that the rules detect, one detector per file."""

from __future__ import annotations

from reminder.findings.base import (
    Detector,
    Finding,
    Inspection,
    Threshold,
    Thresholds,
)
from reminder.findings.no_recipient import no_recipient
from reminder.findings.no_rule import no_rule
from reminder.findings.stale import stale
from reminder.findings.unknown_expiry import unknown_expiry

DETECTORS: dict[str, Detector] = {
    "UNKNOWN_EXPIRY": Detector(unknown_expiry),
    "STALE": Detector(stale),
    "NO_RULE": Detector(no_rule),
    "NO_RECIPIENT": Detector(no_recipient),
}

__all__ = ["DETECTORS", "Detector", "Finding", "Inspection", "Threshold", "Thresholds"]
