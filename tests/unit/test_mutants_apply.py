"""The mutants of ``make proof`` still fit the program: so nobody blunts that proof unnoticed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Change, DoesNotApply, Mutant

PROJECT = Path(__file__).parents[2]
OF_THE_ISSUE = [f"M{number}" for number in (*range(1, 14), *range(16, 21))]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_changes_the_program_as_it_is_and_its_tests_exist(mutant: Mutant) -> None:
    for file, source in mutant.sources(PROJECT).items():
        assert file.startswith(("reminder/", "jobs/"))
        assert source != (PROJECT / file).read_text()
        compile(source, file, "exec")
    assert [file for file in mutant.tests if not (PROJECT / file).is_file()] == []


def test_every_mutant_of_the_issue_is_there_and_names_are_told_apart() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[MN]\d+[b-z]?", name) for name in names)
    assert [name for name in OF_THE_ISSUE if name not in names] == []


def test_text_that_is_not_there_as_often_as_declared_does_not_apply() -> None:
    change = Change("jobs/x.py", "old", "new", times=2)
    assert change.applied_to("old, old") == "new, new"
    for source in ("", "old", "old, old, old"):
        with pytest.raises(DoesNotApply, match=r"^jobs/x\.py: has \d times instead of 2: 'old'"):
            change.applied_to(source)
