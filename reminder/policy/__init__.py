"""The policy: the admin's YAML files as checked values; the only reader of config files."""

from __future__ import annotations

from reminder.policy.loading import find_problems, load_policy
from reminder.policy.model import (
    FindingRule,
    Limits,
    MailPolicy,
    Policy,
    RateLimit,
    Service,
    Storm,
)
from reminder.policy.send_window import SendWindow

__all__ = [
    "FindingRule",
    "Limits",
    "MailPolicy",
    "Policy",
    "RateLimit",
    "SendWindow",
    "Service",
    "Storm",
    "find_problems",
    "load_policy",
]
