"""All mutants. M1 to M20 are those of reliability 7.3, with variants M1b, M1c; N1 on are more."""

from __future__ import annotations

from tests.mutants import (
    after_death,
    answers,
    days,
    guards,
    intent,
    journal,
    links,
    pacing,
    records,
    steps,
    succession,
    verdicts,
    words,
)
from tests.mutants.mutant import Mutant


def _number(mutant: Mutant) -> tuple[str, int, str]:
    digits = "".join(filter(str.isdigit, mutant.name))
    return mutant.name[0], int(digits), mutant.name


MUTANTS: tuple[Mutant, ...] = tuple(
    sorted(
        (
            *after_death.MUTANTS,
            *answers.MUTANTS,
            *days.MUTANTS,
            *guards.MUTANTS,
            *intent.MUTANTS,
            *journal.MUTANTS,
            *links.MUTANTS,
            *pacing.MUTANTS,
            *records.MUTANTS,
            *steps.MUTANTS,
            *succession.MUTANTS,
            *verdicts.MUTANTS,
            *words.MUTANTS,
        ),
        key=_number,
    )
)
