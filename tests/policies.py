"""Config folders for tests: a few files in a temporary home, read over the shipped ones."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from reminder.errors import Problem
from reminder.policy import Policy, find_problems
from reminder.resources import shipped

RULE = """\
rules:
  - name: expiry
    deadline: expiry
    lead_times: [H-30]
    template: expiry
    to: [officer]
"""
"""A rules.yaml without a mistake, for tests that add one to it."""


def write_config(home: Path, **files: str) -> Path:
    """Write files by their name without ``.yaml``; the folder."""
    folder = home / "config"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return folder


def read_config(home: Path) -> tuple[list[Problem], Policy | None]:
    """What the config folder of *home* says; its templates are not looked at."""
    return find_problems(home / "config", shipped("config"), [], home=home)


def mistakes(home: Path, **files: str) -> list[str]:
    """The errors in these files, as an admin reads them."""
    write_config(home, **files)
    problems, policy = read_config(home)
    errors = [str(problem) for problem in problems if problem.level == "error"]
    assert (policy is None) == bool(errors)
    return errors


def warnings(home: Path, **files: str) -> list[str]:
    """The warnings in these files, without those that the shipped files give."""
    write_config(home, **files)
    problems, _ = read_config(home)
    return [
        str(problem)
        for problem in problems
        if problem.level == "warning" and Path(problem.file).stem in files
    ]


def policy_of(home: Path, **files: str) -> Policy:
    """The policy of these files, which have no mistake."""
    write_config(home, **files)
    problems, policy = read_config(home)
    assert policy is not None, [str(problem) for problem in problems]
    return policy
