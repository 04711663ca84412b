"""Chains of steps: which step waits for which, and how long each may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from reminder.agreements import Agreement, Step
from reminder.calendars import Span
from reminder.lead_times import LeadTime

Length = Span | int
"""Calendar time, or so many working days."""

RENEWAL, CLOSING, REVITALISATION = "renewal", "closing", "revitalisation"
DECIDED_CHAINS = (RENEWAL, CLOSING, REVITALISATION)
"""The chains beside those of the kinds: each begins with a decision of the bureau."""


@dataclass(frozen=True, slots=True)
class StepRule:
    """One step of a chain. ``within`` counts from its start: a span or working days."""

    code: str
    title: tuple[tuple[str, str], ...]
    """The step's name by language code."""
    waits_for: tuple[str, ...] = ()
    within: Span | None = None
    within_working_days: int | None = None
    document: str = ""
    """What to keep as evidence, in the words of ``steps.yaml``."""
    legal_basis: str = ""
    verified_by: str = ""
    stalls_after: Span | None = None
    """From when on it counts as stuck where no limit is set. A proposal, never a limit in law."""
    takes: Length | None = None
    """How long it usually takes. A proposal, used only to reckon backwards from an expiry."""
    documents: tuple[str, ...] | None = None
    """The types of the documents that it leads to; None for one of the step's own name."""
    due: LeadTime | None = None
    """Of a closing step: how long before or after the day on which the agreement ends."""

    @property
    def proven_by(self) -> tuple[str, ...]:
        """The types of the documents that the register should hold once it is done."""
        return (self.code,) if self.documents is None else self.documents

    @property
    def limit(self) -> Length | None:
        """The limit that is set for it, counted from its start."""
        return self.within if self.within is not None else self.within_working_days

    def title_in(self, language: str) -> str:
        """Its name in that language; its code where it has none."""
        return dict(self.title).get(language, self.code)


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps of one kind of agreement, in order."""

    kind: str
    steps: tuple[StepRule, ...]
    """The way to the signing, and what follows from it."""
    closing: tuple[StepRule, ...] = ()
    """What is left to do once it is decided to let the agreement end; counts where recorded."""
    revitalisation: tuple[StepRule, ...] = ()
    """What a revitalisation asks for; counts where recorded."""
    renewal: frozenset[str] = frozenset()
    """The codes of the steps that come first because it is a renewal."""

    @property
    def aside(self) -> tuple[StepRule, ...]:
        """The steps that no other one leads to: a decision begins them."""
        return (*self.closing, *self.revitalisation)

    def step(self, code: str) -> StepRule | None:
        """The step of that code; None where the chain has none."""
        return next((step for step in (*self.steps, *self.aside) if step.code == code), None)

    def after(self, code: str) -> frozenset[str]:
        """The steps that wait for that one, directly or in the end."""
        found: set[str] = set()
        ahead = [code]
        while ahead:
            one = ahead.pop()
            waiting = {step.code for step in (*self.steps, *self.aside) if one in step.waits_for}
            ahead.extend(waiting - found)
            found |= waiting
        return frozenset(found)

    def is_optional(self, code: str) -> bool:
        """Whether the chain goes on without this step: nothing waits for it, but for a later one.

        At the end of a chain nothing is waited for any more, and its steps are no less wanted.
        """
        waited_for = {other for step in self.steps for other in step.waits_for}
        if code in waited_for:
            return False
        codes = [step.code for step in self.steps]
        later = codes[codes.index(code) + 1 :] if code in codes else []
        return bool(waited_for.intersection(later))


Chains = Mapping[str, Chain]
"""By kind of agreement, and those of DECIDED_CHAINS."""


def chain_of(agreement: Agreement, chains: Chains) -> Chain:
    """The chain that applies to an agreement; without steps where there is none for its kind.

    One that replaces another begins with the steps of a renewal: what waits for nothing in
    its kind waits for the last of them.
    """
    steps = _of(agreement.kind, chains)
    renewal = _of(RENEWAL, chains)
    if agreement.replaces and renewal:
        last = renewal[-1].code
        steps = (
            *renewal,
            *(step if step.waits_for else replace(step, waits_for=(last,)) for step in steps),
        )
    else:
        renewal = ()
    first = frozenset(step.code for step in renewal)
    return Chain(agreement.kind, steps, _of(CLOSING, chains), _of(REVITALISATION, chains), first)


def _of(name: str, chains: Chains) -> tuple[StepRule, ...]:
    chain = chains.get(name)
    return chain.steps if chain is not None else ()


def waiting_for(
    step: Step, rule: StepRule | None, recorded: Sequence[Step], today: date
) -> tuple[str, ...]:
    """The steps that must be done first and are not; empty when this one may start."""
    if rule is None:
        return ()
    done = {
        other.step
        for other in recorded
        if other.done_on is not None and other.done_on.first <= today
    }
    return tuple(code for code in rule.waits_for if code not in done)
