"""The matrix of faults is complete, and says what it leaves out."""

from __future__ import annotations

import pytest

from tests.faults.matrix import DOCUMENT, FAULTS, all_tests, document, named_tests

HIGHEST = 52


def test_every_fault_of_the_matrix_is_listed() -> None:
    assert set(FAULTS) == set(range(1, HIGHEST + 1))


@pytest.mark.parametrize("number", FAULTS, ids=lambda number: f"F-{number:02}")
def test_a_fault_has_a_test_or_a_reason(number: int) -> None:
    fault = FAULTS[number]
    assert named_tests().get(number) or fault.also_in or fault.untested, (
        f"write test_f{number:02}_..., or say in tests/faults/matrix.py why it cannot be tested"
    )


def test_no_test_is_named_after_a_fault_that_there_is_not() -> None:
    assert set(named_tests()) <= set(FAULTS)


def test_tests_that_the_matrix_names_exist() -> None:
    named = {test for fault in FAULTS.values() for test in fault.also_in}
    assert named - all_tests() == set()


def test_what_is_not_tested_can_be_read_by_everybody() -> None:
    assert DOCUMENT.read_text() == document(), (
        "write it anew: python -m tests.faults.matrix > docs/faults.md"
    )
