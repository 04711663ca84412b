"""RULE_GAP: a step went ahead of one that the rules put before it, or a requirement is not met.

Data: the recorded steps against their chain in ``steps.yaml``, the day of signing, the answers
in ``checks``, the languages of the text among the ``documents``. No thresholds.

Each gap counts from the day of the early step (the last day that a partial date can mean), the
items to be checked from the day on which they were first called for, the missing language from
the signing. Steps before PP 28/2018 was promulgated (13 July 2018) are not held against it, nor a
text signed before UU 24/2009 (9 July 2009). Source: trip report III.8 "minimnya pemahaman
daerah tentang peraturan", domain E3.

Ended by the missing step, paper or answer; by a corrected date; or by the agreement's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reminder.agreements import Document, Dossier, Step
from reminder.calendars import PartialDate
from reminder.deadlines import Gap
from reminder.findings.base import Finding, Inspection, Thresholds, finding_of
from reminder.findings.eligibility import LAW, items_for
from reminder.findings.signing import (
    FOREIGN,
    INDONESIAN_TEXT,
    TEXT,
    signed_on,
    signing_step,
    texts,
)
from reminder.steps import Chain, StepRule, chain_of

CODE = "RULE_GAP"
GAPS = (
    "step_ahead",
    "step_ahead_to_confirm",
    "step_early",
    "step_early_to_confirm",
    "checks_missing",
    "check_open",
    "check_failed",
    "principles_missing",
    "principle_open",
    "principle_failed",
    "indonesian_text_missing",
)

PROMULGATED = date(2018, 7, 13)
"""Of PP 28/2018, which the chains and the items to be checked rest on (Pasal 52)."""
LANGUAGE_LAW = date(2009, 7, 9)
"""Of UU 24/2009, which asks for a text in Indonesian (Pasal 31)."""
LANGUAGE_ARTICLE = "UU Nomor 24 Tahun 2009 Pasal 31"

_ALSO_BEFORE = {"penandatanganan": ("persetujuan_dprd",)}
"""What must be done before a step although another one stands between them in the chain."""
_CHECKED_FROM = "rencana_kerja_sama"

Dated = tuple[date, Gap]


def rule_gap(inspection: Inspection, _thresholds: Thresholds) -> Finding | None:
    """The gaps of one agreement, the oldest first: that is the one to act on."""
    dossier, today = inspection.dossier, inspection.today
    if inspection.is_over:
        return None
    # Most agreements have neither: the chain is looked up only where something is recorded.
    recorded = _Recorded.of(inspection) if dossier.steps else None
    found = list(recorded.early_steps()) if recorded is not None else []
    if dossier.agreement.kind in FOREIGN:
        if dossier.documents:
            found.extend(_language(dossier, today))
        if dossier.checks or recorded is not None:
            found.extend(_unmet_items(dossier, recorded))
    found.sort(key=lambda dated: dated[0])
    return finding_of(CODE, found, today)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The recorded steps of an agreement against its chain."""

    chain: Chain
    steps: Sequence[Step]
    documents: Sequence[Document]
    signed: tuple[str, PartialDate] | None
    """The signing, as a step and its day; None while nobody has signed."""
    today: date

    @classmethod
    def of(cls, inspection: Inspection) -> _Recorded:
        dossier, today = inspection.dossier, inspection.today
        signed = signed_on(dossier, today)
        code = signing_step(dossier.agreement)
        return cls(
            chain_of(dossier.agreement, inspection.chains),
            dossier.steps,
            dossier.documents,
            (code, signed) if signed is not None else None,
            today,
        )

    def early_steps(self) -> Iterator[Dated]:
        """One gap for each step that was not waited for, at the first step that went ahead."""
        begun = self._begun()
        told: set[str] = set()
        for code, began_on in sorted(begun.items(), key=lambda item: item[1].last):
            rule = self.chain.step(code)
            if rule is None or began_on.first < PROMULGATED:
                continue
            for name in (*rule.waits_for, *_ALSO_BEFORE.get(code, ())):
                before = self.chain.step(name)
                if before is None or not before.legal_basis or name in told:
                    continue  # what no rule asks for is custom: a matter of the chain, not of law
                gap = self._gap(code, began_on, before)
                if gap is not None:
                    told.add(name)
                    yield began_on.last, gap

    def began_on(self, code: str) -> PartialDate | None:
        """The day on which the first step from *code* on began; None while none has."""
        codes = [step.code for step in self.chain.steps]
        if code not in codes:
            return None
        later = set(codes[codes.index(code) :])
        days = [day for step, day in self._begun().items() if step in later]
        return min(days, key=lambda day: day.last, default=None)

    def _begun(self) -> dict[str, PartialDate]:
        """The steps that were started, done or, for the signing, signed, with that day."""
        found: dict[str, PartialDate] = {}
        for step in self.steps:
            began_on = step.started_on or step.done_on
            if began_on is not None and began_on.first <= self.today:
                found[step.step] = began_on
        # Only where the way to the signing is kept can a part of it be missing.
        if self.signed is not None and any(self._leads_to(code, self.signed[0]) for code in found):
            found.setdefault(*self.signed)
        return found

    def _leads_to(self, code: str, goal: str) -> bool:
        return code == goal or goal in self.chain.after(code)

    def _gap(self, code: str, began_on: PartialDate, before: StepRule) -> Gap | None:
        """What is wrong with *before*, one of the steps that *code* must wait for."""
        is_done, done_on = self._done(before)
        if is_done and (done_on is None or done_on.first <= began_on.last):
            return None  # in time, or a partial date leaves it open
        values = [("step", code), ("step_on", str(began_on)), ("prerequisite", before.code)]
        if done_on is not None:
            values.append(("done_on", str(done_on)))
        values.append(("article", before.legal_basis))
        kind = "step_early" if is_done else "step_ahead"
        return Gap(kind if before.verified_by else f"{kind}_to_confirm", tuple(values))

    def _done(self, rule: StepRule) -> tuple[bool, PartialDate | None]:
        """Whether a step is done, and when: by its row, its paper or the signing itself."""
        row = next((step for step in self.steps if step.step == rule.code), None)
        if row is not None and row.done_on is not None and row.done_on.first <= self.today:
            return True, row.done_on
        if self.signed is not None and self.signed[0] == rule.code:
            return True, self.signed[1]
        # Of several papers one alone may only be the request; the last word has the step's name.
        papers = {rule.code, *(rule.proven_by if len(rule.proven_by) == 1 else ())}
        proof = next((paper for paper in self.documents if paper.type in papers), None)
        if proof is None or (proof.date is not None and proof.date.first > self.today):
            return False, None
        return True, proof.date


def _language(dossier: Dossier, today: date) -> Iterator[Dated]:
    """A text in another language and none in Indonesian; no text at all is ADMIN_INCOMPLETE's."""
    signed = signed_on(dossier, today)
    types = {document.type for document in texts(dossier)}
    if signed is None or signed.first < LANGUAGE_LAW or not types:
        return
    # A text of no named language may well be the Indonesian one: nobody is accused on a guess.
    if types.isdisjoint((TEXT, INDONESIAN_TEXT)):
        values = (("signed_on", str(signed)), ("article", LANGUAGE_ARTICLE))
        yield signed.last, Gap("indonesian_text_missing", values)


def _unmet_items(dossier: Dossier, recorded: _Recorded | None) -> Iterator[Dated]:
    """Items without an answer or with a no, once they are called for.

    Where none of them was answered yet they are one gap: a list of them all would bury the rest.
    """
    called_for = _called_for(dossier, recorded)
    if called_for is None:
        return
    answers = {check.check: check.answer for check in dossier.checks}
    asked = items_for(dossier.agreement)
    for name, article, items in (
        ("check", LAW, [item for item in asked if item.article]),
        ("principle", "", [item for item in asked if not item.article]),
    ):
        if not any(answers.get(item.code) for item in items):
            values = [("n_items", str(len(items))), *([("article", article)] if article else [])]
            yield called_for, Gap(f"{name}s_missing", tuple(values))
            continue
        for item in items:
            answer = answers.get(item.code, "")
            if answer in ("yes", "na"):
                continue
            values = [("check", item.code), *([("article", item.article)] if article else [])]
            yield called_for, Gap(f"{name}_failed" if answer else f"{name}_open", tuple(values))


def _called_for(dossier: Dossier, recorded: _Recorded | None) -> date | None:
    """Since when the items must be answered: from the first answer, or from the plan (RKS) on."""
    days = [check.on.last for check in dossier.checks if check.answer and check.on is not None]
    planned = recorded.began_on(_CHECKED_FROM) if recorded is not None else None
    if planned is not None and planned.first >= PROMULGATED:
        days.append(planned.last)
    if not days and dossier.checks:
        return dossier.agreement.entered_on
    return min(days, default=None)
