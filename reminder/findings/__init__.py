"""Findings: defects of an agreement that the rules detect, one detector per file."""

from __future__ import annotations

from reminder.findings import (
    admin_incomplete,
    ceremonial,
    dormant_contact,
    follow_up_incomplete,
    legacy_basis,
    loi_stale,
    no_owner,
    partner_silent,
    rule_gap,
    we_are_silent,
)
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
    dormant_contact.CODE: Detector(
        dormant_contact.dormant_contact, dormant_contact.THRESHOLDS, dormant_contact.GAPS
    ),
    partner_silent.CODE: Detector(
        partner_silent.partner_silent, partner_silent.THRESHOLDS, partner_silent.GAPS
    ),
    we_are_silent.CODE: Detector(
        we_are_silent.we_are_silent, we_are_silent.THRESHOLDS, we_are_silent.GAPS
    ),
    no_owner.CODE: Detector(
        no_owner.no_owner, no_owner.THRESHOLDS, no_owner.GAPS, counts_notices=True
    ),
    rule_gap.CODE: Detector(rule_gap.rule_gap, gaps=rule_gap.GAPS),
    legacy_basis.CODE: Detector(legacy_basis.legacy_basis, gaps=legacy_basis.GAPS),
    admin_incomplete.CODE: Detector(
        admin_incomplete.admin_incomplete, admin_incomplete.THRESHOLDS, admin_incomplete.GAPS
    ),
    follow_up_incomplete.CODE: Detector(
        follow_up_incomplete.follow_up_incomplete,
        follow_up_incomplete.THRESHOLDS,
        follow_up_incomplete.GAPS,
    ),
    ceremonial.CODE: Detector(ceremonial.ceremonial, ceremonial.THRESHOLDS, ceremonial.GAPS),
    loi_stale.CODE: Detector(loi_stale.loi_stale, loi_stale.THRESHOLDS, loi_stale.GAPS),
}

__all__ = ["DETECTORS", "Detector", "Finding", "Inspection", "Threshold", "Thresholds"]
