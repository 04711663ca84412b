"""The words of answers on pages: what is asked, what is wrong with it, what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """One language. Braces mark what is filled in by ``str.format``.

    Keys of the mappings: *kinds* of deadlines, *actions* as forms post them, *refusals* as
    ``responses.Refusal`` names them, *decisions* as the register stores them.
    """

    language: str
    # Around the forms.
    others: str
    given: str
    """What this link answered before."""
    acknowledged: str
    snoozed: str
    redated: str
    not_responsible: str
    copy: str
    error: str
    """Before whatever is wrong, so that colour is not needed to tell."""
    error_title: str
    errors: str
    too_fast: str
    form_over: str
    no_action: str
    refusals: Mapping[str, str]
    refused: str
    """For a reason that has no words of its own."""
    # Seen.
    ack_question: str
    ack_explained: str
    ack_button: str
    # Later.
    snooze_question: str
    snooze_explained: str
    snooze_choice: str
    snooze_day: str
    other_day: str
    other_day_label: str
    snooze_button: str
    # Done.
    done_question: Mapping[str, str]
    done_on: Mapping[str, str]
    done_on_hint: str
    evidence: Mapping[str, str]
    evidence_hint: Mapping[str, str]
    done_button: Mapping[str, str]
    # Not mine.
    handover_question: str
    handover_explained: str
    to_choice: str
    other_person: str
    other_person_label: str
    only_person_label: str
    """Where nobody else is listed."""
    other_person_hint: str
    note: str
    handover_button: str
    # What becomes of an agreement.
    decide_question: str
    decide_explained: str
    decision_choice: str
    decisions: Mapping[str, str]
    decision_hints: Mapping[str, str]
    decide_button: str
    # The typed confirmation.
    confirm_last: str
    confirm_whole: str
    confirm_last_item: str
    confirm_whole_item: str
    # What is wrong with a field.
    choose_day: str
    one_day: str
    unreadable_day: str
    needs_day: str
    unfit_day: str
    unreadable_text: str
    too_long: str
    choose_person: str
    one_person: str
    choose_decision: str
    needs_confirm: str
    wrong_confirm: str
    latin_confirm: str
    # What is on record.
    recorded: Mapping[str, str]
    """By action: the heading of the page after it."""
    recorded_before: str
    recorded_before_why: str
    recorded_by_other: str
    taken_back: str
    about_matter: str
    what: str
    by: str
    at: str
    recorded_seen: str
    recorded_snooze: str
    recorded_done: str
    recorded_done_on: str
    recorded_offer: str
    recorded_decision: str
    evidence_row: str
    by_link: str
    by_reply: str
    by_other: str
    next: str
    next_quiet_until: str
    next_snoozed: str
    next_reminder: str
    no_reminder: str
    nothing_more: str
    still_open: str
    next_offer: str
    next_decided: Mapping[str, str]
    correct: str
    """The heading over how to undo it."""
    undo: str
    """What the link to the page that takes it back says."""
    no_undo: Mapping[str, str]
    back: str
    # The page for who keeps no cookies.
    will_record: str
    will_record_what: Mapping[str, str]
    # The footer, where there is something to press.
    opening_only: str
    holder_answers: str
