"""The faults that the service must stand, each with its tests or with why there is none.

The tests of F-09 are those whose names begin with ``test_f09_``, wherever they are; others
are named here. ``python -m tests.faults.matrix`` prints ``docs/faults.md``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "faults.md"
_NAMED = re.compile(r"test_f(\d\d)_")


@dataclass(frozen=True)
class Fault:
    """One fault: what must hold in spite of it."""

    fact: str
    also_in: tuple[str, ...] = ()
    """Tests that prove it under a name of their own: file below ``tests/`` and function."""
    untested: str = ""
    """What of it cannot be brought about here, and why."""


FAULTS: Mapping[int, Fault] = {
    1: Fault("Killed before the intent: the mail leaves once, unmarked."),
    2: Fault("Killed with the intent not yet committed: as if it had never been tried."),
    3: Fault("Killed or cut off before the dot was whole: one mail arrives, marked."),
    4: Fault("Killed after the dot, before the verdict: at most two equal copies."),
    5: Fault("The relay stores a mail and drops the connection: one marked repeat."),
    6: Fault("The relay drops the connection at the dot without storing: the repeat arrives."),
    7: Fault("No verdict twice: a person decides, and no third copy leaves."),
    8: Fault("Killed with the reply known and not committed: the journal knows it, no repeat."),
    9: Fault("The connection fails before the dot: tried again, unmarked, attempts exact."),
    10: Fault("Whatever QUIT is answered: sent stays sent."),
    11: Fault("Any 2yz to the dot, in any pieces: sent."),
    12: Fault("Nonsense after the dot: uncertain, then one marked repeat."),
    13: Fault("A temporary refusal: tried again by the schedule, failed at its limit."),
    14: Fault("A recipient refused for good: the next contact is told, once."),
    15: Fault("The relay refuses everybody: no message fails, and all are sent afterwards."),
    16: Fault("Greylisting: overcome later by the same envelope."),
    17: Fault("TLS that is missing or not good: neither mail nor password leaves."),
    18: Fault("A relay that cannot take the mail: held with the reason, or sent in seven bits."),
    19: Fault("A kept connection that died: replaced at once, unmarked."),
    20: Fault("A reply that drips in: each phase ends in its time."),
    21: Fault("A worker frozen before the intent past its lease: it cannot dot any more."),
    22: Fault("A worker frozen between intent and dot: it does not dot; the repeat is marked."),
    23: Fault("Several daemons on one database: each mail leaves once."),
    24: Fault("PostgreSQL goes away, also during COMMIT: what is stored decides."),
    25: Fault("A database that lacks the last commits: the journal restores what was sent."),
    26: Fault("A full disk: nothing is dotted that could not be recorded."),
    27: Fault("A database locked by somebody else: one unit waits, the rest goes on."),
    28: Fault(
        "A database that is read-only, gone or corrupt: refused with words, never replaced.",
        untested="A file system mounted read-only: a file without the right to write and "
        "connections that may only read stand for it. There is no nightly integrity check; "
        "doctor does one when asked.",
    ),
    29: Fault(
        "Loss of power: what was acknowledged is there, at most two copies.",
        untested="The power itself is not cut. The writes of a real delivery are recorded and "
        "laid out again as far as they were synced, with the rest lost, torn or out of order. "
        "A disk that only claims to have synced would not be noticed.",
    ),
    30: Fault("A clock that steps back or leaps ahead: no flood of mail, no repeat."),
    31: Fault(
        "Clock changes and changed zones: one notice for each lead time, at a defined instant.",
        also_in=(
            "unit/test_policy_send_window.py::"
            "test_x44_opening_inside_a_gap_is_the_first_instant_after_it",
            "unit/test_policy_send_window.py::"
            "test_opening_that_happens_twice_is_the_first_and_then_the_second",
            "integration/test_isolation.py::"
            "test_bureau_in_a_zone_that_nobody_knows_is_told_by_the_day_of_the_service",
        ),
        untested="Missing zone data: it is a package that the service requires, so an "
        "installation without it does not start.",
    ),
    32: Fault(
        "Weeks without the service: one mail for each recipient, what was passed is on record.",
        also_in=(
            "integration/test_scan_year.py::"
            "test_year_is_told_as_the_model_says_and_with_gaps_nothing_is_lost_or_repeated",
            "integration/test_scan_messages.py::"
            "test_after_more_than_36_hours_everything_for_a_recipient_is_one_digest",
        ),
    ),
    33: Fault(
        "Lead times changed, removed or renamed: no flood, nothing told again.",
        also_in=(
            "integration/test_scan.py::test_h_30_changed_to_h_45_tells_only_what_was_not_yet_told",
            "integration/test_scan.py::test_renamed_rule_tells_nothing_again",
            "unit/test_occurrences.py::test_changed_lead_times_send_only_what_was_not_yet_told",
        ),
    ),
    34: Fault(
        "A date changed at any moment up to the intent: the old mail does not leave.",
        also_in=(
            "integration/test_scan_stops.py::"
            "test_closed_or_changed_deadline_stops_what_waits_to_leave_with_that_reason",
            "integration/test_outbox.py::test_a_message_about_an_old_date_is_superseded",
            "integration/test_outbox.py::test_the_intent_is_refused_after_a_change",
            "integration/test_deliver.py::"
            "test_a_deadline_met_while_the_body_is_on_its_way_stops_the_dot",
            "integration/test_scan_stops.py::test_message_that_has_left_stays_as_it_is",
        ),
    ),
    35: Fault(
        "A template that fails or never ends: the plain notice leaves, others are untouched.",
        also_in=(
            "integration/test_deliver_content.py::"
            "test_a_broken_template_costs_no_notice_and_tells_the_admin",
            "unit/test_mail_templates.py::test_bomb_is_refused_when_it_is_loaded",
            "unit/test_mail_templates.py::"
            "test_filter_out_of_bounds_fails_the_template_and_not_the_machine",
            "unit/test_mail_templates.py::test_output_without_end_is_cut_off",
        ),
    ),
    36: Fault(
        "A record with impossible data: the 99 others are sent.",
        also_in=(
            "integration/test_isolation.py::"
            "test_agreement_that_cannot_be_planned_stops_none_of_99_others",
            "integration/test_isolation.py::"
            "test_deadline_that_cannot_be_decided_stops_none_of_99_others",
            "integration/test_deliver_content.py::"
            "test_a_record_that_nobody_checked_costs_no_notice",
        ),
    ),
    37: Fault(
        "A message that kills its worker three times: held, the others go on.",
        also_in=(
            "integration/test_outbox.py::"
            "test_a_message_that_kills_its_worker_is_held_and_takes_no_other_along",
        ),
        untested="There is no child that renders: templates run in the process itself, in a "
        "sandbox with limits, so that only the whole worker can be killed.",
    ),
    38: Fault(
        "Signals in any phase: a clean end, the verdict on record, bad configuration refused.",
        also_in=(
            "acceptance/test_daemon_mails.py::"
            "test_stop_signal_lets_the_message_at_hand_end_and_takes_no_other",
            "acceptance/test_daemon_mails.py::"
            "test_stop_signal_does_not_wait_for_a_relay_that_is_silent",
            "acceptance/test_daemon_mails.py::test_second_stop_signal_ends_it_at_once",
            "acceptance/test_daemon.py::test_reload_of_a_bad_config_keeps_the_old_whole",
        ),
    ),
    39: Fault("The relay down for six days and slow afterwards: nearest due date first."),
    40: Fault("An import of wrong dates: the flood is held, what is urgent leaves."),
    41: Fault("A recipient's limit reached: later, and never counted as sent before."),
    42: Fault("Reports about our mails: only a genuine failure changes anything, and once."),
    43: Fault("Machines that answer machines, our own mail brought back: nothing but a record."),
    44: Fault("A scanner that opens links and sends forms: nothing; two presses: one answer."),
    45: Fault("A token that is forged, ended or for something else: one answer, no effect."),
    46: Fault("Killed while an answer is taken: the answer and its event, or neither."),
    47: Fault(
        "An import killed, repeated or shuffled: all or nothing, and the same in the end.",
        also_in=("integration/test_import_run.py::test_same_files_twice_change_nothing",),
    ),
    48: Fault(
        "A migration killed, or old code on a new schema: goes on or refuses with words.",
        also_in=(
            "integration/test_schema.py::test_newer_schema_is_refused",
            "integration/test_schema.py::test_older_schema_asks_for_an_upgrade",
        ),
    ),
    49: Fault("A watcher's address that is dead, hangs or lies: sending is untouched."),
    50: Fault(
        "A dead or stuck thread: the watchdog is not fed, and the watcher outside hears nothing.",
        also_in=(
            "integration/test_embedded_jobs.py::test_job_that_never_ends_is_found",
            "acceptance/test_daemon.py::test_watchdog_is_fed_and_the_state_told",
        ),
        untested="The restart is systemd's; tests run without it and end where the watchdog "
        "is no longer fed.",
    ),
    51: Fault("A log that cannot be written: sending goes on."),
    52: Fault(
        "A name that is not found or leads elsewhere: the relay's trouble, nothing sent there.",
        untested="A resolver that hangs for ever: look-ups have the time limit of the system's "
        "resolver and none of ours, and a stand-in would only test itself.",
    ),
}


@cache
def named_tests() -> Mapping[int, list[str]]:
    """The tests named after each fault, as file and function."""
    found: dict[int, list[str]] = {}
    for test in _all_tests():
        if match := _NAMED.match(test.partition("::")[2]):
            found.setdefault(int(match[1]), []).append(test)
    return found


@cache
def all_tests() -> frozenset[str]:
    """Every test there is, as file below ``tests/`` and function."""
    return frozenset(_all_tests())


def document() -> str:
    """The table for readers: each fault, and what of it no test shows."""
    lines = [
        "# Faults that the service stands",
        "",
        "Each has tests named after it (`test_f09_...`), or the table says what no test shows",
        "and why. Written by `python -m tests.faults.matrix`; do not edit.",
        "",
        "| fault | must hold | not tested |",
        "| --- | --- | --- |",
        *(
            f"| F-{number:02} | {fault.fact} | {fault.untested} |"
            for number, fault in FAULTS.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _all_tests() -> Iterator[str]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{file.relative_to(ROOT / 'tests')}::{node.name}"


if __name__ == "__main__":
    sys.stdout.write(document())
