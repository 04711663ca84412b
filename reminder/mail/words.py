"""The words that every mail of a language shares: labels, and sentences with gaps.

What is particular to one template stands in ``templates/email/NAME/LANGUAGE/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Braces mark what is filled in by ``str.format``."""

    language: str
    # How days are written; Babel patterns and the phrases around them.
    month_pattern: str
    year: str
    when_day: str
    when_day_short: str
    when_date: str
    when_month: str
    when_year: str
    by_month: str
    by_weekday: str
    """How "at the latest" goes on: ``paling lambat`` *hari Selasa, ..*, *bulan Mei 2024*."""
    between: str
    days_left: tuple[str, str]
    """Singular and plural."""
    days_ago: tuple[str, str]
    today: str
    counted_from: str
    counted_since: str
    since: str
    some_day: str
    """A month or a year within a sentence that speaks of a day."""
    working_days: tuple[str, str]
    day_unknown: str
    clock: str
    spans: Mapping[str, tuple[str, str]]
    # By when the one action is asked for.
    by_day: str
    by_today: str
    before_day: str
    at_once: str
    # Who is addressed.
    peer: str
    superior: str
    owner: str
    """Who is asked to act, where the reader has a copy only."""
    role_titles: Mapping[str, str]
    head_of: str
    head_of_unit: str
    unit_words: frozenset[str]
    office_words: frozenset[str]
    """First words of a contact's name that show it to be an office and not a person."""
    person: str
    roles: Mapping[str, str]
    # The frame of a mail.
    regarding: str
    salutation: str
    attention: str
    greeting: str
    closing: str
    request: str
    request_of_owner: str
    facts: str
    answers: str
    answer_seen: str
    answer_later: str
    answer_not_ours: str
    answer_hand_on: str
    """The same for who is told further up, or stands in: it is not theirs from the beginning."""
    answer_to: str
    personal_link: str
    """Said where the links take answers."""
    see: str
    confirm: str
    """On the button of a template that has no words of its own for it."""
    # Why this mail, in this form.
    note_copy: str
    note_fallback: str
    note_succession: str
    """Where the mail to those before in line did not arrive."""
    note_succession_some: str
    """The same where it is so for some matters of a digest only."""
    responsible_office: str
    """Said where the bureau is not known by name, or there are several."""
    note_successor: str
    predecessor: str
    note_catch_up: str
    note_redirected: str
    # What happens if nothing happens.
    next_notice: str
    of_parent: str
    """Who holds a role, or ``role_at``, at a bureau above the one whose matter it is."""
    role_at: str
    escalates: str
    escalates_on: str
    last_notice: str
    # The footer.
    footer_automatic: str
    footer_role: str
    footer_role_only: str
    footer_fallback: str
    footer_succession: str
    footer_stands_in: str
    """Where some roles are vacant and the mail to others did not arrive."""
    footer_known: str
    """Where all who hold the role know of it already."""
    footer_copy: str
    footer_contact: str
    footer_no_contact: str
    unsubscribe: str
    """Of a digest: what its link to stop it says."""
    unsubscribe_why: str
    # The table of facts.
    labels: Mapping[str, str]
    to_confirm: str
    letter: str
    letter_number: str
    with_term: str
    from_to: str
    with_partner: str
    own_party: str
    signed: str
    # Lists: digest, plain, admin.
    groups: Mapping[str, str]
    counts: Mapping[str, tuple[str, str]]
    matters: tuple[str, str]
    conjunction: str
    serial_comma: bool
    headings: Mapping[str, str]
    """What a matter is about and when, by the deadline's kind, for one line of a list."""
    asks_to_decide: str
    """Under the heading of an end in a list, while nobody decided about it."""
    asks_to_decide_and_start: str
    """The same where a renewal can still be begun in time: until that day."""
    asks_to_go_on: str
    """The same of an agreement that renews itself."""
    partner: str
    """Said where the register does not name the partner."""
    report_to: Mapping[str, str]
    """Whom an agreement of that kind is reported to, where the law names it."""
    periods: Mapping[str, tuple[str, str]]
    """``S1`` .. ``Q4`` and ``year``: long form, short form for subjects."""
    # Findings; what each is called and asks for stands in findings.yaml.
    finding_title: str
    """For a code that has no title in the reader's language."""
    finding_action: str
    """For one that asks for nothing in particular."""
    finding_by: str
    """By when, as a sentence of its own: what is asked for may be a long one."""
    more_gaps: str
    # Escalation: what was sent before and not answered.
    unanswered: str
    """One such notice: the day, and who got it."""
    unanswered_notices: tuple[str, str]
    named_role: str


def word_set(words: str) -> frozenset[str]:
    """Words with blanks between as a set."""
    return frozenset(words.split())
