"""The config folder as one policy: every file read, every mistake found in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from reminder.errors import PolicyError, Problem
from reminder.policy.findings_file import read_findings
from reminder.policy.folder import ConfigFolder
from reminder.policy.holidays_file import read_holidays
from reminder.policy.items import Item
from reminder.policy.model import Policy
from reminder.policy.rule_checks import (
    check_filters,
    check_names,
    check_shadows,
    check_templates,
)
from reminder.policy.rules_file import read_rules
from reminder.policy.service_file import merged, read_service
from reminder.policy.steps_file import read_chains
from reminder.policy.unverified import warn_of_unverified
from reminder.policy.values import USUAL_COUNTRY
from reminder.policy.version import version_of

T = TypeVar("T")


def load_policy(
    config_dir: Path | None,
    shipped_dir: Path,
    template_dirs: Sequence[Path],
    *,
    home: Path | None = None,
) -> Policy:
    """The policy of *config_dir* over the shipped one; PolicyError names every mistake."""
    problems, policy = find_problems(config_dir, shipped_dir, template_dirs, home=home)
    if policy is None:
        raise PolicyError([problem for problem in problems if problem.level == "error"])
    return policy


def find_problems(
    config_dir: Path | None,
    shipped_dir: Path,
    template_dirs: Sequence[Path],
    *,
    home: Path | None = None,
) -> tuple[list[Problem], Policy | None]:
    """Every mistake and warning, by file and line; and the policy where there is no mistake.

    A *config_dir* that is missing or empty leaves the shipped files as they are. Files are
    named as seen from *home* or from the working directory. Without *template_dirs* the
    templates that rules name are not looked at.
    """
    folder = ConfigFolder(config_dir, shipped_dir, home)
    policy = _read(folder, template_dirs)
    problems = folder.problems()
    return problems, None if any(problem.level == "error" for problem in problems) else policy


def _read(folder: ConfigFolder, template_dirs: Sequence[Path]) -> Policy | None:
    tree = merged(folder.own_tree("reminder.yaml"), folder.shipped_tree("reminder.yaml"))
    service = read_service(Item.root(tree)) if tree is not None else None
    chains = folder.read("steps.yaml", _warning(read_chains))
    findings = folder.read("findings.yaml", _warning(read_findings))
    country = service.service.country if service is not None else USUAL_COUNTRY
    holidays = folder.read("holidays.yaml", lambda item: read_holidays(item, country))
    if service is None:  # only where the service's own files are broken
        return None
    drafts = folder.read(
        "rules.yaml", _warning(lambda item: read_rules(item, service.roles, service.horizon))
    )
    known_chains = chains if folder.is_whole("steps.yaml") else None
    check_names(drafts or ())
    check_templates(drafts or (), template_dirs)
    check_filters(drafts or (), known_chains, findings)
    check_shadows(drafts or (), known_chains)
    if drafts is None or chains is None or findings is None or holidays is None:
        return None
    rules = tuple(draft.rule for draft in drafts)
    return Policy(
        service=service.service,
        scan_every=service.scan_every,
        send_window=service.send_window,
        horizon=service.horizon,
        stale_after=service.stale_after,
        term_ends=service.term_ends,
        report_due=service.report_due,
        digest_above=service.digest_above,
        ack_lasts=service.ack_lasts,
        limits=service.limits,
        storm=service.storm,
        digests=service.digests,
        mail=service.mail,
        rules=rules,
        chains=chains,
        findings=findings,
        holidays=holidays,
        version=version_of(service, rules, chains, findings, holidays),
    )


def _warning(reader: Callable[[Item], T]) -> Callable[[Item], T]:
    def read(item: Item) -> T:
        warn_of_unverified(item)
        return reader(item)

    return read
