"""``steps.yaml``: the chain of steps of each kind of agreement, and those that decisions begin."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reminder.agreements import KINDS, LANGUAGES
from reminder.calendars import Span, parse_working_days
from reminder.lead_times import LeadTime
from reminder.policy.items import Fields, Item
from reminder.policy.names import hint_for, shown
from reminder.policy.values import parse_text, parse_words
from reminder.steps import CLOSING, DECIDED_CHAINS, Chain, Length, StepRule

KEYS = (
    "code",
    "title",
    "waits_for",
    "within",
    "stalls_after",
    "takes",
    "due",
    "document",
    "documents",
    "legal_basis",
    "verified_by",
)

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


def read_chains(item: Item) -> Mapping[str, Chain]:
    """The chains by kind of agreement, and those that decisions begin by their names."""
    fields = item.fields(("durations", "chains"), ("chains",))
    if (durations := fields.get("durations")) is not None:
        # Only for the warning that nobody has confirmed them yet.
        durations.fields(("verified_by",)).one("verified_by", parse_text, "")
    chains = fields.get("chains")
    if chains is None:
        return {}
    names = chains.fields((*DECIDED_CHAINS, *KINDS))
    found = {}
    items: dict[str, dict[str, Item]] = {}
    for name in (*DECIDED_CHAINS, *KINDS):
        chain = names.get(name)
        if chain is not None:
            steps, items[name] = _steps(chain, name)
            found[name] = Chain(name, steps)
    _check_unique(items)
    return found


def _check_unique(items: Mapping[str, Mapping[str, Item]]) -> None:
    """A chain that a decision begins shares no step with another: they are put together."""
    for number, name in enumerate(items):
        for other in list(items)[:number]:
            if other not in DECIDED_CHAINS:
                continue
            for code in items[name].keys() & items[other].keys():
                items[name][code].report(
                    f"{shown(code)} is a step of {other} too, on line {items[other][code].line}",
                    "give this step a code of its own",
                )


def _steps(chain: Item, name: str) -> tuple[tuple[StepRule, ...], dict[str, Item]]:
    """The steps of a chain, and where the code of each stands."""
    items = chain.each("write a list of steps")
    if items is None:
        return (), {}
    if not items:
        chain.report("is empty", "write its steps, or remove it")
    steps: list[StepRule] = []
    waits: list[tuple[tuple[Item, str], ...]] = []
    places: dict[str, Item] = {}
    for one in items:
        fields = one.fields(KEYS, ("code", "title"))
        waits.append(
            fields.pairs("waits_for", _parse_code, "write codes of steps, or remove it", True)
        )
        step = _step(fields, tuple(code for _, code in waits[-1]), name)
        steps.append(step)
        code = fields.get("code")
        if code is not None and step.code in places:
            code.report(
                f"{shown(step.code)} stands twice, first on line {places[step.code].line}",
                "give this step a code of its own",
            )
        elif code is not None and step.code:
            places[step.code] = code
    _check_waits(steps, waits)
    return tuple(steps), places


def _step(fields: Fields, waits_for: tuple[str, ...], chain: str) -> StepRule:
    limit = fields.one("within", _parse_length, None)
    documents = fields.several("documents", _parse_code, "write types of documents", True)
    if (due := fields.get("due")) is not None:
        _check_due(due, fields, chain)
    return StepRule(
        code=fields.one("code", _parse_code, ""),
        title=tuple(read_languages(fields, "title").items()),
        waits_for=waits_for,
        within=limit if isinstance(limit, Span) else None,
        within_working_days=limit if isinstance(limit, int) else None,
        document=fields.one("document", parse_text, ""),
        legal_basis=fields.one("legal_basis", parse_text, ""),
        verified_by=fields.one("verified_by", parse_text, ""),
        stalls_after=fields.one("stalls_after", _parse_stall, None),
        takes=fields.one("takes", _parse_length, None),
        documents=documents if "documents" in fields else None,
        due=fields.one("due", LeadTime.parse, None),
    )


def _check_due(due: Item, fields: Fields, chain: str) -> None:
    if chain != CLOSING:
        due.report(
            f"counts from the end of the agreement, which only steps of {CLOSING} do",
            'remove it; for a limit from the step\'s start write "within"',
        )
    elif "within" in fields:
        due.report("stands beside within, and a step has one day", "keep one of them")


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


def _parse_length(text: str) -> Length | None:
    try:
        return parse_working_days(text)
    except ValueError:
        pass
    try:
        return Span.parse(text)
    except ValueError:
        raise ValueError(
            f'{shown(text)} is not a length of time; write for example "45 working days" '
            'or "3 months"'
        ) from None


def _parse_stall(text: str) -> Span | None:
    try:
        return Span.parse(text)
    except ValueError:
        raise ValueError(
            f'{shown(text)} is not a length of calendar time; write for example "3 months"'
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
