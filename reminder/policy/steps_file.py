"""``steps.yaml``: the chain of steps of each kind of agreement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reminder.agreements import KINDS, LANGUAGES
from reminder.calendars import Span, parse_working_days
from reminder.policy.items import Fields, Item
from reminder.policy.names import hint_for, shown
from reminder.policy.values import parse_text, parse_words
from reminder.steps import Chain, StepRule

KEYS = ("code", "title", "waits_for", "within", "document", "legal_basis", "verified_by")

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


def read_chains(item: Item) -> Mapping[str, Chain]:
    """The chains by kind of agreement."""
    chains = item.fields(("chains",), ("chains",)).get("chains")
    if chains is None:
        return {}
    kinds = chains.fields(KINDS)
    found = {}
    for kind in KINDS:
        chain = kinds.get(kind)
        if chain is not None:
            found[kind] = Chain(kind, _steps(chain))
    return found


def _steps(chain: Item) -> tuple[StepRule, ...]:
    items = chain.each("write a list of steps")
    if items is None:
        return ()
    if not items:
        chain.report("is empty", "write its steps, or remove it")
    steps: list[StepRule] = []
    waits: list[tuple[tuple[Item, str], ...]] = []
    lines: dict[str, int] = {}
    for one in items:
        fields = one.fields(KEYS, ("code", "title"))
        waits.append(
            fields.pairs("waits_for", _parse_code, "write codes of steps, or remove it", True)
        )
        step = _step(fields, tuple(code for _, code in waits[-1]))
        steps.append(step)
        code = fields.get("code")
        if code is not None and step.code in lines:
            code.report(
                f"{shown(step.code)} stands twice, first on line {lines[step.code]}",
                "give this step a code of its own",
            )
        elif code is not None and step.code:
            lines[step.code] = code.line
    _check_waits(steps, waits)
    return tuple(steps)


def _step(fields: Fields, waits_for: tuple[str, ...]) -> StepRule:
    no_limit: tuple[Span | None, int | None] = (None, None)
    within, working_days = fields.one("within", _parse_within, no_limit)
    return StepRule(
        code=fields.one("code", _parse_code, ""),
        title=tuple(read_languages(fields, "title").items()),
        waits_for=waits_for,
        within=within,
        within_working_days=working_days,
        document=fields.one("document", parse_text, ""),
        legal_basis=fields.one("legal_basis", parse_text, ""),
        verified_by=fields.one("verified_by", parse_text, ""),
    )


def read_languages(fields: Fields, key: str) -> Mapping[str, str]:
    """A text in every language."""
    item = fields.get(key)
    if item is None:
        return {}
    texts = item.fields(LANGUAGES, LANGUAGES)
    return {language: texts.one(language, parse_words, "") for language in LANGUAGES}


def _parse_code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a code; write small letters, digits and _, like surat_kuasa"
        )
    return text


def _parse_within(text: str) -> tuple[Span | None, int | None]:
    try:
        return None, parse_working_days(text)
    except ValueError:
        pass
    try:
        return Span.parse(text), None
    except ValueError:
        raise ValueError(
            f'{shown(text)} is not a length of time; write for example "45 working days" '
            'or "3 months"'
        ) from None


def _check_waits(steps: Sequence[StepRule], items: Sequence[tuple[tuple[Item, str], ...]]) -> None:
    """Every step waited for is in the chain, and no step waits for itself in the end."""
    waits = {step.code: step.waits_for for step in steps}
    in_circle: set[str] = set()
    for step, pairs in zip(steps, items, strict=True):
        for one, code in pairs:
            if code not in waits:
                hint = hint_for(code, (known for known in waits if known != step.code))
                one.report(f"{shown(code)} is not a step of this chain", hint)
                continue
            circle = _way(code, step.code, waits)
            if circle and not in_circle.intersection(circle):
                in_circle.update(circle)
                way = " -> ".join([step.code, *circle])
                one.report(
                    f"{shown(code)} waits for this step in the end ({way}): none would ever begin",
                    "remove one of these waits",
                )


def _way(start: str, goal: str, waits: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The steps from *start* to *goal*, both included, each waiting for the next."""
    came_from: dict[str, str] = {start: ""}
    ahead = [start]
    while ahead:
        code = ahead.pop()
        if code == goal:
            way = [code]
            while came_from[way[-1]]:
                way.append(came_from[way[-1]])
            return way[::-1]
        for following in waits.get(code, ()):
            if following not in came_from:
                came_from[following] = code
                ahead.append(following)
    return []
