"""Legal references: what a mail states as law was read in the law, or is marked as to be confirmed.

The list is of the articles that the domain notes mark [P], read in the text of the gazette; the
number of the line that says so stands beside each. Whoever reads another one adds it there first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import pytest

import reminder.findings
import reminder.mail
from reminder.mail.gap_words import GAPS
from reminder.mail.render import Renderer
from reminder.mail.samples import SINGLE, sample_letter, sample_notice
from reminder.policy import load_policy
from reminder.resources import shipped

ANY: tuple[int, ...] = ()
"""Where the notes name the article without its paragraphs."""
READ: dict[str, dict[int, tuple[int, ...]]] = {
    "PP 28/2018": {
        1: ANY,  # 19-24
        2: (2,),  # 104
        3: ANY,  # 20
        5: ANY,  # 100
        6: (1, 2, 3),  # 34, 100-105, 132
        7: ANY,  # 39, 107
        9: (1, 2),  # 107, 151
        14: ANY,  # 21
        17: ANY,  # 110
        18: ANY,  # 110
        19: (1, 2),  # 110
        20: ANY,  # 110
        22: ANY,  # 110, 150
        23: (3,),  # 31
        24: ANY,  # 22
        25: ANY,  # 23
        27: ANY,  # 89
        28: (1, 2, 3, 4, 5),  # 26-27, 67-71, 94
        30: (1, 2, 3, 4, 5),  # 28, 72, 150
        31: ANY,  # 29, 73-75
        32: (1, 2, 3),  # 75-76
        33: (1, 2, 3, 4),  # 25, 30, 77-80
        36: (1, 2, 3, 4),  # 23, 94
        38: ANY,  # 94
        39: ANY,  # 94
        40: ANY,  # 94
        41: ANY,  # 94
        43: (1, 2),  # 82-83, 130
        44: (3, 4),  # 39, 84, 133
        48: ANY,  # 152
        51: ANY,  # 55
    },
    "UU 23/2014": {
        1: (50,),  # 283
        **dict.fromkeys(range(363, 370), ANY),  # 53
        366: (3,),  # 110
        367: (2,),  # 53
        368: (1, 2),  # 53, 84, 133-134
    },
    "UU 24/2000": {5: (1,), 7: (1,), 17: ANY, 18: ANY, 19: ANY},  # 33, 52, 69, 81, 150
    "UU 24/2009": {31: ANY},  # 54
    "PP 12/2017": {36: (2,)},  # 136-137
    "PP 50/2007": {12: (5, 6)},  # 91, 140: history, it was repealed
}
REPORTED = {"Permendagri 25/2020", "Permendagri 3/2008", "Permendagri 74/2012"}
"""Rules that are known from others' reports only [S] (lines 56, 58, 86)."""

_RULE = re.compile(
    r"\b(?P<kind>PP|UU|Permendagri|Permenlu|Perpres|Perda|Pergub|SE)\s+(?:Nomor\s+)?"
    r"(?P<number>\d+)(?:\s+Tahun\s+|/)(?P<year>\d{4})"
)
_ARTICLE = re.compile(
    r"\b(?:Pasal|Ps|[Aa]rticle)\s+(?P<first>\d+)(?:\s*[-–]\s*(?P<last>\d+))?"
    r"(?:\s*ayat\s*\((?P<from>\d+)\)(?:\s*[-–]\s*\((?P<to>\d+)\))?)?"
)

Reference = tuple[str, int, int]
"""A rule, an article and a paragraph of it; 0 where the text names none."""


def references(text: str) -> Iterator[Reference]:
    """Every article that *text* names, each with the rule that was named last before it."""
    found = sorted((*_RULE.finditer(text), *_ARTICLE.finditer(text)), key=lambda one: one.start())
    rule = ""
    for match, following in zip_longest(found, found[1:]):
        if match.re is _RULE:
            rule = f"{match['kind']} {match['number']}/{match['year']}"
            if following is None or following.re is _RULE:
                yield rule, 0, 0
            continue
        first = int(match["first"])
        for article in range(first, int(match["last"] or first) + 1):
            paragraph = int(match["from"] or 0)
            for one in range(paragraph, int(match["to"] or paragraph) + 1):
                yield rule, article, one


def unread(text: str) -> list[Reference]:
    """The references in *text* that the notes do not mark as read."""
    return [
        (rule, article, paragraph)
        for rule, article, paragraph in references(text)
        if not _is_read(rule, article, paragraph)
    ]


def _is_read(rule: str, article: int, paragraph: int) -> bool:
    articles = READ.get(rule)
    if articles is None or (article and article not in articles):
        return False
    return not article or not paragraph or not articles[article] or paragraph in articles[article]


def texts_of(module: Path) -> Iterator[str]:
    """The texts of a module that are no docstrings."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "PP Nomor 28 Tahun 2018 Pasal 28 ayat (4)-(5) dan UU Nomor 24 Tahun 2000 Pasal 17",
            [("PP 28/2018", 28, 4), ("PP 28/2018", 28, 5), ("UU 24/2000", 17, 0)],
            id="several",
        ),
        pytest.param(
            "PP Nomor 28 Tahun 2018 Pasal 31 jo. Pasal 38",
            [("PP 28/2018", 31, 0), ("PP 28/2018", 38, 0)],
            id="of one rule",
        ),
        pytest.param("UU Nomor 24 Tahun 2000 Pasal 18-19 dan klausul", [
            ("UU 24/2000", 18, 0), ("UU 24/2000", 19, 0)], id="a range"),
        pytest.param("PP 28/2018 Ps 48", [("PP 28/2018", 48, 0)], id="the short form"),
        pytest.param("sesuai dengan PP 50/2007", [("PP 50/2007", 0, 0)], id="a rule alone"),
        pytest.param("Nomor 090/682-Pem/2018", [], id="no rule"),
    ],
)  # fmt: skip
def test_references_are_found(text: str, found: list[Reference]) -> None:
    assert list(references(text)) == found


@pytest.mark.parametrize(
    "text",
    ["Pasal 99 PP", "PP Nomor 28 Tahun 2018 Pasal 30 ayat (9)", "Permendagri Nomor 22 Tahun 2020"],
)
def test_reference_that_nobody_read_is_noticed(text: str) -> None:
    assert unread(text) != []


TEMPLATES = sorted((shipped("templates") / "email").rglob("*.j2"))
WORDS = sorted(Path(reminder.mail.__file__).parent.glob("*words*.py"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-3:]))
def test_template_names_only_articles_that_were_read(path: Path) -> None:
    assert unread(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.name)
def test_words_name_only_articles_that_were_read(path: Path) -> None:
    assert [found for text in texts_of(path) for found in unread(text)] == []


POLICY = load_policy(None, shipped("config"), [])
STEPS = [step for chain in POLICY.chains.values() for step in chain.steps]
BASES = [
    *((rule.legal_basis, rule.verified_by) for rule in POLICY.rules),
    *((step.legal_basis, step.verified_by) for step in STEPS),
    *((finding.legal_basis, finding.verified_by) for finding in POLICY.findings.values()),
]


def test_config_that_is_confirmed_names_only_articles_that_were_read() -> None:
    confirmed = [basis for basis, verified_by in BASES if verified_by]
    assert {basis: found for basis in confirmed if (found := unread(basis))} == {}
    assert all(confirmed)


def test_titles_and_actions_of_findings_name_only_articles_that_were_read() -> None:
    said = [
        text
        for finding in POLICY.findings.values()
        for text in (*finding.title.values(), *finding.action.values())
    ]
    assert [found for text in said for found in unread(text)] == []


def test_detectors_name_only_articles_that_were_read_or_say_that_they_were_not() -> None:
    folder = Path(reminder.findings.__file__).parent
    found = {
        reference[0]
        for module in sorted(folder.glob("*.py"))
        for text in texts_of(module)
        for reference in unread(text)
    }
    assert found <= REPORTED


@pytest.mark.parametrize(
    ("language", "words"), [("id", "perlu dikonfirmasi"), ("en", "to be confirmed")]
)
def test_gap_of_an_article_that_was_not_read_says_so(language: str, words: str) -> None:
    marked = {code for code, sentence in GAPS[language].items() if words in sentence}
    named = {code for code, sentence in GAPS[language].items() if "{article}" in sentence}
    # Where the deposit belongs in the order is from practice (line 81: medium).
    assert marked == {code for code in named if code.endswith("_to_confirm")} | {
        "original_not_deposited"
    }


@pytest.mark.parametrize("kind", SINGLE)
def test_basis_that_nobody_confirmed_is_shown_as_such(kind: str) -> None:
    renderer = Renderer([shipped("templates")])
    basis = "Permendagri Nomor 22 Tahun 2020"
    notice = replace(sample_notice(kind, "id"), legal_basis=basis, legal_basis_confirmed=False)
    text = " ".join(renderer.render(sample_letter("id", notice)).text.split())
    assert text.count(basis) == text.count(f"{basis} (perlu dikonfirmasi)") == 1
