"""Mistakes that show only when rules are held against each other and the other files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from reminder.agreements import KINDS
from reminder.deadlines import DeadlineKind
from reminder.findings import DETECTORS
from reminder.findings.follow_up_incomplete import CODE as FOLLOW_UP_INCOMPLETE
from reminder.near_names import near_name
from reminder.policy.model import FindingRule
from reminder.policy.names import LIKENESS, hint_for, shown
from reminder.policy.rules_file import DraftRule
from reminder.policy.template_check import template_mistakes
from reminder.rules import Rule
from reminder.steps import DECIDED_CHAINS, Chain

INSTRUMENTS = ("LoI", "MoU", "MSP", "MoA", "LoA", "KB", "PKS")
"""The usual ones. A register may have others, but hardly one that differs by a letter."""

Case = tuple[str, str]
"""An agreement's kind and a deadline's key; empty for any other than those known."""


def check_names(drafts: Sequence[DraftRule]) -> None:
    """Each rule has a name of its own: records and opt-outs refer to it."""
    first: dict[str, int] = {}
    for draft in drafts:
        name, item = draft.rule.name.casefold(), draft.item("name")
        if name in first:
            item.report(
                f"{shown(draft.rule.name)} is the name of the rule on line {first[name]} too",
                "give this rule another name",
            )
        elif name:
            first[name] = item.line


def check_templates(drafts: Sequence[DraftRule], folders: Sequence[Path]) -> None:
    """Each template is whole; one that several rules use is named once, at the first."""
    kinds = [kind.value for kind in DeadlineKind]
    seen: set[str] = set()
    for draft in drafts:
        name, item = draft.rule.template, draft.item("template")
        if draft.deadline_is_known and name in kinds and name != draft.rule.deadline:
            item.report(
                f'the template "{name}" speaks of another deadline than "{draft.rule.deadline}"',
                f'write "{draft.rule.deadline}", or a template of your own',
                level="warning",
            )
        if name and name not in seen and folders:
            seen.add(name)
            for message, hint in template_mistakes(name, folders):
                item.report(message, hint)


def check_filters(
    drafts: Sequence[DraftRule],
    chains: Mapping[str, Chain] | None,
    findings: Mapping[str, FindingRule] | None,
) -> None:
    """Each filter fits the deadline, and can be met. None: that file could not be read."""
    for draft in drafts:
        _check_instruments(draft)
        if not draft.deadline_is_known:
            continue
        deadline = draft.rule.deadline
        for key, kind in (("steps", DeadlineKind.STEP), ("findings", DeadlineKind.FINDING)):
            if key in draft.fields and deadline is not kind:
                draft.item(key).report(
                    f'a rule about "{deadline}" never matches {key}',
                    f'remove it, or write "deadline: {kind}"',
                )
        if deadline is DeadlineKind.STEP and chains is not None:
            _check_steps(draft, chains)
        if deadline is DeadlineKind.FINDING and findings is not None:
            _check_findings(draft, findings)


def _check_instruments(draft: DraftRule) -> None:
    for item, name in draft.filters("instruments"):
        if name in INSTRUMENTS:
            continue
        if near_name(name, INSTRUMENTS, likeness=LIKENESS) is not None:
            item.report(f"{shown(name)} is not an instrument", hint_for(name, INSTRUMENTS))
        else:
            item.report(
                f"{shown(name)} is not one of the usual instruments ({', '.join(INSTRUMENTS)})",
                "make sure that the register writes it exactly so",
                level="warning",
            )


def _check_steps(draft: DraftRule, chains: Mapping[str, Chain]) -> None:
    kinds = draft.rule.kinds or KINDS
    # What a decision begins is the same for every kind.
    names = [name for name in (*kinds, *DECIDED_CHAINS) if name in chains]
    known = [step.code for name in names for step in chains[name].steps]
    for item, code in draft.filters("steps"):
        if code not in known:
            where = f" of {', '.join(kinds)}" if draft.rule.kinds else ""
            item.report(
                f"{shown(code)} is not a step{where} in steps.yaml",
                hint_for(code, dict.fromkeys(known)),
            )


def _check_findings(draft: DraftRule, findings: Mapping[str, FindingRule]) -> None:
    for item, code in draft.filters("findings"):
        if code not in DETECTORS:
            item.report(f"{shown(code)} is not a finding", hint_for(code, DETECTORS))
        elif code not in findings or not findings[code].enabled:
            item.report(
                f"{shown(code)} is switched off in findings.yaml, so this never matches",
                "switch it on there, or remove it here",
            )


def check_shadows(drafts: Sequence[DraftRule], chains: Mapping[str, Chain] | None) -> None:
    """No rule is covered by earlier ones: the first that matches a deadline is its rule."""
    if chains is None:
        return
    steps = {step.code for chain in chains.values() for step in chain.steps}
    whole = [draft for draft in drafts if draft.filters_are_whole and draft.deadline_is_known]
    for number, draft in enumerate(whole):
        left = set(_cases(draft.rule, steps))
        covering = []
        for earlier in whole[:number]:
            if not _is_wider(earlier.rule, draft.rule):
                continue
            taken = left.intersection(_cases(earlier.rule, steps))
            if taken:
                left -= taken
                covering.append(f'"{earlier.rule.name}" (line {earlier.fields.item.line})')
        if not left:
            verb = "takes" if len(covering) == 1 else "take"
            draft.fields.item.report(
                f"this rule never matches: {' and '.join(covering)} before it "
                f'{verb} every such "{draft.rule.deadline}"',
                "move it up, or narrow the earlier one",
            )


def _is_wider(earlier: Rule, later: Rule) -> bool:
    """Whether *earlier* takes all that *later* takes, as far as lists without an end go."""
    return earlier.deadline is later.deadline and all(
        not wide or (narrow and set(narrow) <= set(wide))
        for wide, narrow in (
            (earlier.instruments, later.instruments),
            (earlier.bureaus, later.bureaus),
        )
    )


def _cases(rule: Rule, steps: Collection[str]) -> Iterator[Case]:
    keys: Collection[str] = ("",)
    if rule.deadline is DeadlineKind.STEP:
        keys = rule.steps or (*steps, "")
    elif rule.deadline is DeadlineKind.FINDING:
        keys = rule.findings or tuple(DETECTORS)
    for key in keys:
        # A follow-up may belong to no agreement, and so may what it lacks: then there is no kind.
        is_loose = rule.deadline is DeadlineKind.FOLLOW_UP or key == FOLLOW_UP_INCOMPLETE
        for kind in rule.kinds or ((*KINDS, "") if is_loose else KINDS):
            yield kind, key
