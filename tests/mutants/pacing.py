"""Mutants of the pace: limits that only delay, and the breaker of a relay that is down."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

CLAIMING = "jobs/claiming.py"
BREAKER = "reminder/breaker.py"
LIMITS = "tests/integration/test_limits.py"
DELIVER = "tests/integration/test_deliver.py"

MUTANTS = (
    Mutant(
        "M7",
        "a message over its recipient's limit is recorded as sent",
        (
            Change(
                "reminder/storage/leases.py",
                "values(state=RESTING, claims=_UNCLAIMED, next_try_at=next_try_at, **NO_LEASE)",
                'values(state="sent", sent_at=next_try_at, next_try_at=None, **NO_LEASE)',
            ),
        ),
        (LIMITS,),
    ),
    Mutant(
        "M7b",
        "a message over its recipient's limit is sent",
        (Change(CLAIMING, "                if slot > now:\n", "                if slot < now:\n"),),
        (LIMITS,),
    ),
    Mutant(
        "M7c",
        "the relay's limit is not kept",
        (
            Change(
                CLAIMING,
                "max(0, limit.count - handed_since(connection, now - limit.per))",
                "limit.count",
            ),
        ),
        (LIMITS,),
    ),
    Mutant(
        "M7d",
        "the relay's limit is for each batch and not for all mails of its time",
        (Change("reminder/storage/relays.py", "    return tried + under_way\n", "    return 0\n"),),
        (LIMITS,),
    ),
    Mutant(
        "N5",
        "the breaker never opens",
        (Change(BREAKER, "return self.faults >= OPENS_AT", "return self.faults < 0"),),
        ("tests/unit/test_breaker.py",),
    ),
    Mutant(
        "N5b",
        "a relay that was down is probed by a whole batch",
        (Change(BREAKER, "        return min(wanted, 1)\n", "        return wanted\n"),),
        ("tests/unit/test_breaker.py", DELIVER),
    ),
    Mutant(
        "N5c",
        "while the breaker is open the relay is asked all the same",
        (Change(CLAIMING, "size = breaker.allows(now, size)", "size = min(size, 1)"),),
        (DELIVER,),
    ),
    Mutant(
        "N5d",
        "a password that the relay refuses is tried on, until it locks the account",
        (Change(BREAKER, "OPENS_AT if is_certain else 0", "0"),),
        ("tests/unit/test_breaker.py", DELIVER),
    ),
)
