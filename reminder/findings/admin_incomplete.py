"""ADMIN_INCOMPLETE: papers of an agreement are missing, or what is recorded contradicts itself.

Data: the agreement's own columns, its ``documents``, done ``steps``, ``reports`` and
``activities``. Thresholds (both proposals, no law sets them): ``document_within`` (14 days), how
long after a step or a signing its paper may take to be recorded, and ``deposit_within`` (30 days),
the same for the deposit of the original.

What is missing counts from the day of entry, or from the end of that time where the signing came
later; a paper of a step from the end of that time after the step was done; a contradiction from
the day of entry or of the later paper. All that was there at the entry shares that one day, so
that mending one gap does not give the rest a new date. Source: trip report III.8 "tidak tertib
administrasi", domain E4.

Ended by recording what is missing, by mending what is wrong, or by the agreement's end. Not here:
an unknown end (UNKNOWN_EXPIRY), two records of one agreement (``reminder check`` names them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from reminder.agreements import Agreement, Dossier
from reminder.calendars import Due, PartialDate, Span
from reminder.deadlines import Gap
from reminder.findings.base import Finding, Inspection, Thresholds, finding_of, span_of
from reminder.findings.signing import FOREIGN, signed_on, signing_step, texts
from reminder.findings.standing import is_letter_of_intent
from reminder.steps import Chains, chain_of

CODE = "ADMIN_INCOMPLETE"
THRESHOLDS: Thresholds = {"document_within": Span(days=14), "deposit_within": Span(days=30)}
GAPS = (
    "text_missing",
    "number_missing",
    "signed_on_missing",
    "original_not_deposited",
    "document_missing",
    "number_year_differs",
    "expiry_differs",
    "text_dated_otherwise",
    "signing_ahead",
)

DEPOSIT_ARTICLE = "UU Nomor 24 Tahun 2000 Pasal 17"
DEPOSIT_LAW = date(2000, 10, 23)
"""Of UU 24/2000. That it asks for the deposit of such a text is to be confirmed (domain b.1)."""
DEPOSIT_STEP = "penyerahan_naskah_asli"
_DEPOSIT_PAPERS = (DEPOSIT_STEP, "berita_acara_serah_terima", "serah_terima")
TOLERANCE = timedelta(days=1)
"""An end on the anniversary and one on the day before it are both right."""

Dated = tuple[date, Gap]
_DAY = timedelta(days=1)


def admin_incomplete(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """All gaps in the papers of one agreement."""
    if inspection.is_over:
        return None
    dossier, today = inspection.dossier, inspection.today
    agreement = dossier.agreement
    within = span_of(thresholds, "document_within")
    signed = signed_on(dossier, today)
    found: list[Dated] = []
    begun = signed.last if signed is not None else _in_force_since(dossier, today)
    if begun is not None:
        found.extend(_missing(dossier, _since(agreement, _after(begun, within))))
    if signed is not None:
        found.extend(_deposit(dossier, signed, span_of(thresholds, "deposit_within"), today))
    if dossier.steps:
        found.extend(_papers_of_steps(dossier, inspection.chains, within, today))
    found.extend(_years(dossier))
    found.extend(_ends(agreement))
    found.extend(_signings(dossier, today))
    return finding_of(CODE, found, today)


def _since(agreement: Agreement, on: date) -> date:
    """A defect that began on that day, as far as the register can have shown it."""
    return max(agreement.entered_on, on)


def _after(on: date, within: Span) -> date:
    """The first day after the time that is given from *on*."""
    return within.after(on) + _DAY


def _missing(dossier: Dossier, since: date) -> Iterator[Dated]:
    """The text, its number and its date, of an agreement that is signed."""
    agreement = dossier.agreement
    found = texts(dossier)
    if not found and not _is_kept_with_its_step(dossier):
        yield since, Gap("text_missing")
    if not agreement.letter_number and not any(text.number for text in found):
        yield since, Gap("number_missing")
    if agreement.signed_on is None:
        yield since, Gap("signed_on_missing")


def _is_kept_with_its_step(dossier: Dossier) -> bool:
    code = signing_step(dossier.agreement)
    return any(step.step == code and step.document for step in dossier.steps)


def _in_force_since(dossier: Dossier, today: date) -> date | None:
    """Since when other facts show that an agreement without a day of signing was signed.

    None where none does. One that bears no day of its own has always shown it.
    """
    if dossier.agreement.signed_on is not None:
        return None  # still to come
    days = [on.last if on is not None else date.min for on in _signs(dossier, today)]
    return min(days, default=None)


def _signs(dossier: Dossier, today: date) -> Iterator[PartialDate | None]:
    """The days of what shows that an agreement is in force, None for what bears no day."""
    agreement = dossier.agreement
    known = [agreement.effective_on, *(report.submitted_on for report in dossier.reports)]
    if not dossier.steps:
        # While steps are on their way, an end is only intended, and a ceremony that of the intent.
        known.extend(one.date for one in dossier.activities if one.type == "ceremony")
        if agreement.expires_on is not None:
            yield None
    for text in texts(dossier):
        if text.date is None:
            yield None
        known.append(text.date)
    for on in known:
        if on is not None and on.first <= today:
            yield on


def _deposit(dossier: Dossier, signed: PartialDate, within: Span, today: date) -> Iterator[Dated]:
    """The original of a text with a foreign partner goes to the foreign ministry."""
    agreement = dossier.agreement
    if agreement.kind not in FOREIGN or is_letter_of_intent(agreement):
        return
    if signed.first < DEPOSIT_LAW or any(
        document.type in _DEPOSIT_PAPERS for document in dossier.documents
    ):
        return
    step = next((step for step in dossier.steps if step.step == DEPOSIT_STEP), None)
    if step is not None and step.done_on is not None and step.done_on.first <= today:
        return
    since = _since(agreement, _after(signed.last, within))
    yield since, Gap("original_not_deposited", (("article", DEPOSIT_ARTICLE),))


def _papers_of_steps(
    dossier: Dossier, chains: Chains, within: Span, today: date
) -> Iterator[Dated]:
    """A done step whose paper is neither named in its row nor among the documents."""
    chain = chain_of(dossier.agreement, chains)
    kept = {document.type for document in dossier.documents}
    signing = signing_step(dossier.agreement)  # its paper is the text, which has a gap of its own
    for step in dossier.steps:
        done_on = step.done_on
        if done_on is None or done_on.first > today or step.document:
            continue
        rule = chain.step(step.step)
        if rule is None or not rule.document or not rule.proven_by:
            continue
        if step.step != signing and kept.isdisjoint((*rule.proven_by, rule.code)):
            gap = Gap("document_missing", (("step", step.step), ("done_on", str(done_on))))
            yield _since(dossier.agreement, _after(done_on.last, within)), gap


def _years(dossier: Dossier) -> Iterator[Dated]:
    """A letter whose number bears another year than its date."""
    agreement = dossier.agreement
    letters = [(agreement.letter_number, agreement.letter_date)]
    letters.extend((document.number, document.date) for document in dossier.documents)
    told = set()
    for number, on in letters:
        if not number or on is None or (number, on) in told:
            continue
        years = years_in(number)
        if years and on.year not in years:
            told.add((number, on))
            values = (("number", number), ("document_on", str(on)))
            yield _since(agreement, on.first), Gap("number_year_differs", values)


_PARTS = re.compile(r"[/\\\s.,:;]+")
_YEAR = re.compile(r"(?:.*-)?((?:19|20)\d\d)", re.ASCII)


def years_in(number: str) -> frozenset[int]:
    """The years that a letter's number bears: ``090/682-Pem/2018`` is of 2018.

    Only a part of its own, or the end of one, counts: ``2018-Pem`` is a running number. The first
    of several never does, being a code of classification.
    """
    parts = _PARTS.split(number.strip())
    matches = (_YEAR.fullmatch(part) for part in (parts[1:] or parts))
    return frozenset(int(match[1]) for match in matches if match)


def _ends(agreement: Agreement) -> Iterator[Dated]:
    """An end that is not where the term leads to, counted from either of the two starts."""
    end = agreement.expires_on
    starts = [start for start in (agreement.effective_on, agreement.signed_on) if start]
    if end is None or agreement.term is None or not starts:
        return
    ends = [Due.of(start).plus(agreement.term) for start in starts]
    if any(due.first - TOLERANCE <= end.last and end.first <= due.last + TOLERANCE for due in ends):
        return
    if agreement.auto_renew is not None and end.first > max(due.last for due in ends):
        return  # moved on by people when it renewed itself
    values = (
        ("expires_on", str(end)),
        ("start_on", str(starts[0])),
        ("computed_on", _as_partial(ends[0])),
    )
    yield agreement.entered_on, Gap("expiry_differs", values)


def _as_partial(due: Due) -> str:
    """The day, or the month or year that holds its first day."""
    if due.first == due.last:
        return due.first.isoformat()
    is_partial = due.text and "/" not in due.text
    return due.text if is_partial else str(PartialDate(due.first.year, due.first.month))


def _signings(dossier: Dossier, today: date) -> Iterator[Dated]:
    """A signing still to come, or dated otherwise by the text itself."""
    agreement = dossier.agreement
    signed = agreement.signed_on
    if signed is None:
        return
    if signed.first > today:
        yield agreement.entered_on, Gap("signing_ahead", (("signed_on", str(signed)),))
    for text in texts(dossier):
        if text.date is None or (text.date.first <= signed.last and signed.first <= text.date.last):
            continue
        values = (("document", text.type), ("text_on", str(text.date)), ("signed_on", str(signed)))
        since = _since(agreement, max(text.date.first, signed.first))
        yield since, Gap("text_dated_otherwise", values)
