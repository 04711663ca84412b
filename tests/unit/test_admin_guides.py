"""The guides for admins name only what the program has, and both say the same."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import click
import pytest
import yaml
from click.testing import CliRunner

from reminder.agreements import AgreementStatus, Decision, ReportCycle
from reminder.cli.log import STATES
from reminder.cli.main import program
from reminder.deadlines import DeadlineKind
from reminder.findings import DETECTORS
from reminder.findings.base import SEVERITIES
from reminder.lead_times import LeadTime
from reminder.notices import PARENT_ROLE
from reminder.policy import Policy, find_problems
from reminder.policy.folder import FILES
from reminder.register.tables import TABLES
from reminder.register.words import activity_type
from reminder.resources import shipped
from reminder.settings import NAMES

ROOT = Path(__file__).parents[2]
ENGLISH, INDONESIAN = "docs/admin-guide.md", "docs/panduan-admin.md"
GUIDES = (ENGLISH, INDONESIAN)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
_ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
_PAIR = re.compile(r"(\w+): (.+)")
OTHER_PROGRAMS = ("cd", "systemctl")

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"


@dataclass(frozen=True)
class Guide:
    """One guide, taken apart."""

    text: str

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """Each block of code: its language and what it holds."""
        return _FENCE.findall(self.text)

    @property
    def chapters(self) -> list[str]:
        """Its text without the blocks of code, cut at the headings."""
        return re.split(r"^#+ .*$", _FENCE.sub("", self.text), flags=re.MULTILINE)

    @property
    def spans(self) -> list[str]:
        """What stands between back quotes in the running text."""
        return [span for chapter in self.chapters for span in _SPAN.findall(chapter)]


def guide(name: str) -> Guide:
    return Guide((ROOT / name).read_text(encoding="utf-8"))


# Both say the same


def test_guides_have_the_same_chapters_in_the_same_order() -> None:
    levels = [_HEADING.findall(_FENCE.sub("", guide(name).text)) for name in GUIDES]
    assert levels[0] == levels[1]


def test_guides_have_the_same_blocks_of_code() -> None:
    assert guide(ENGLISH).blocks == guide(INDONESIAN).blocks


def test_each_chapter_names_the_same_things_in_both_guides() -> None:
    theirs = zip(guide(ENGLISH).chapters, guide(INDONESIAN).chapters, strict=True)
    for english, indonesian in theirs:
        assert set(_SPAN.findall(english)) == set(_SPAN.findall(indonesian)), english[:200]


@pytest.mark.parametrize("name", GUIDES)
def test_each_finding_has_one_row(name: str) -> None:
    assert sorted(_ROW.findall(guide(name).text)) == sorted(DETECTORS)


# What they name is there


def lines_of_commands() -> list[str]:
    blocks = (content for language, content in guide(ENGLISH).blocks if language == "sh")
    return [line for content in blocks for line in content.splitlines()]


@pytest.mark.parametrize("line", lines_of_commands())
def test_each_command_in_a_block_could_be_typed(line: str) -> None:
    words = shlex.split(line)
    if words[0] not in OTHER_PROGRAMS:
        command, given = parsed(words)
        for option in command.params:
            assert not option.required or given.get(option.name or ""), f"{line}: {option.name}"


def parsed(words: Sequence[str]) -> tuple[click.Command, Mapping[str, object]]:
    """The command that these words call, and what they give to it; click's error for a slip."""
    assert words[0] == "reminder", words
    command: click.Command = program
    rest = list(words[1:])
    context = click.Context(command, info_name="reminder")
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name}: {words}"
        command, context = found, click.Context(found, context, info_name=name)
    given, _left, _order = command.make_parser(context).parse_args(rest)
    for option in command.params:
        value = given.get(option.name or "")
        if isinstance(option.type, click.Choice) and isinstance(value, str):
            option.type.convert(value, option, context)
    return command, given


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as ``init`` makes it."""
    folder = tmp_path_factory.mktemp("guide") / "home"
    result = CliRunner().invoke(program, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.mark.parametrize("span", sorted({span for name in GUIDES for span in guide(name).spans}))
def test_whatever_stands_in_back_quotes_is_there(span: str, home: Path) -> None:
    first, *_ = span.split()
    if first == "reminder":
        parsed(shlex.split(span))
    elif span.startswith("--"):
        assert first in options(program), f"no command has the option {first}"
    elif first not in OTHER_PROGRAMS:
        known = is_word(span) or is_file(span, home) or is_deadline(span) or is_setting(span)
        assert known, f"what is {span}?"


def options(command: click.Command) -> set[str]:
    """The options of a command and of all commands below it."""
    found = {name for option in command.params for name in option.opts}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= options(below)
    return found


def is_file(span: str, home: Path) -> bool:
    if span == "var/mail":  # made with the first mail
        return "maildir:var/mail" in (home / ".env").read_text(encoding="utf-8")
    return (ROOT / span).exists() or (home / span).exists()


def is_word(span: str) -> bool:
    """A word of the config files, of the register, or one that the service shows."""
    if span in WORDS:
        return True
    try:
        LeadTime.parse(span)
    except ValueError:
        return False
    return True


def is_deadline(span: str) -> bool:
    """``kind:key`` as commands take it."""
    kind, _, key = span.partition(":")
    return kind in set(DeadlineKind) and bool(key) and (kind == "report" or key in WORDS)


def is_setting(span: str) -> bool:
    """``key: value`` as a config file could have it; a threshold as the shipped file has it."""
    pair = _PAIR.fullmatch(span)
    if pair is None or pair[1] not in WORDS:
        return False
    key, value = pair[1], yaml.load(pair[2], Loader=yaml.BaseLoader)
    thresholds = {
        (name, text)
        for finding in at(shipped_tree("findings.yaml"), "findings").values()
        for name, text in at(finding, "thresholds").items()
    }
    if any(name == key for name, _text in thresholds):
        return (key, value) in thresholds
    if key in at(shipped_tree("reminder.yaml")):
        return value in ("none", at(shipped_tree("reminder.yaml"))[key])
    return bool(value)


def shipped_tree(name: str) -> Tree:
    """A shipped config file, each scalar a text, as the service reads it."""
    text = (shipped("config") / name).read_text(encoding="utf-8")
    tree: Tree = yaml.load(text, Loader=yaml.BaseLoader)
    return tree


def at(tree: Tree, *keys: str) -> dict[str, Tree]:
    """The table at the end of that way; an empty one where there is none."""
    for key in keys:
        assert isinstance(tree, dict)
        tree = tree.get(key, {})
    assert isinstance(tree, dict)
    return tree


def words_of(tree: Tree) -> Iterator[str]:
    """All keys and all scalars."""
    if isinstance(tree, str):
        yield tree
    else:
        if isinstance(tree, dict):
            yield from tree
        for below in tree.values() if isinstance(tree, dict) else tree:
            yield from words_of(below)


WORDS = frozenset(
    {
        *NAMES,
        *DETECTORS,
        *SEVERITIES,
        PARENT_ROLE,
        *(word for name in FILES for word in words_of(shipped_tree(name))),
        "source",  # of holidays.yaml, which ships without a year
        *(status.value for status in AgreementStatus),
        *(decision.value for decision in Decision),
        *(cycle.value for cycle in ReportCycle),
        *TABLES,
        *DeadlineKind,
        *FILES,
        *STATES,
        "KOTA",  # the bureau of the examples
        *(column.name for table in TABLES.values() for column in table.columns),
        *(activity_type(word) for word in "letter_out letter_in meeting visit exchange".split()),
        *(activity_type(word) for word in "ceremony other".split()),
    }
)


# The blocks of YAML


def yaml_blocks() -> list[str]:
    return [content for language, content in guide(ENGLISH).blocks if language == "yaml"]


@pytest.mark.parametrize("block", yaml_blocks())
def test_each_block_of_yaml_can_be_written_into_a_copy_and_changes_something(
    block: str, tmp_path: Path
) -> None:
    name = block.partition("\n")[0].removeprefix("# ")
    assert name in FILES
    own: Tree = yaml.load(block, Loader=yaml.BaseLoader)
    before = read(tmp_path / "as_shipped", name, shipped_tree(name))
    after = read(tmp_path / "changed", name, merged(shipped_tree(name), own))
    assert after != before


def read(config: Path, name: str, tree: Tree) -> Policy:
    """The policy with that file, which must hold no mistake."""
    config.mkdir()
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    (config / name).write_text(text, encoding="utf-8")
    problems, policy = find_problems(config, shipped("config"), [shipped("templates")])
    assert [str(problem) for problem in problems if problem.level == "error"] == []
    assert policy is not None
    return policy


def merged(tree: Tree, own: Tree) -> Tree:
    """The shipped file with the lines of a block written into it, as the guide tells admins to.

    An entry of a list that is not there yet goes to the top, as a new rule should.
    """
    if isinstance(tree, dict) and isinstance(own, dict):
        both = {key: merged(tree[key], value) for key, value in own.items() if key in tree}
        return {**tree, **own, **both}
    if isinstance(tree, list) and isinstance(own, list) and any(map(key_of, own)):
        known = {key_of(item): item for item in tree}
        changed = {key_of(item): merged(known.get(key_of(item), {}), item) for item in own}
        new = [item for key, item in changed.items() if key not in known]
        return [*new, *(changed.get(key_of(item), item) for item in tree)]
    return own


def key_of(item: Tree) -> str:
    """What tells an entry of a list from the others; empty for a mere word."""
    if not isinstance(item, dict):
        return ""
    key = item.get("name", item.get("code", ""))
    return key if isinstance(key, str) else ""
