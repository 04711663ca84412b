"""Every mistake in a config folder is named in one run, with its file and its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reminder.errors import PolicyError
from reminder.policy import find_problems, load_policy
from reminder.resources import shipped
from tests.policies import RULE, mistakes, policy_of, read_config, warnings, write_config

FOLDER = Path(__file__).parent.parent / "data" / "policy-mistakes"

EXPECTED = [
    ("reminder.yaml", 3, "service.timezone", 'did you mean "Asia/Jakarta"?'),
    ("reminder.yaml", 4, "service.admin[0]", "is not a mail address"),
    ("reminder.yaml", 5, "send_window.to", "closes at 08:00, not after it opens at 15:30"),
    ("reminder.yaml", 6, "horizont", 'did you mean "horizon"?'),
    ("reminder.yaml", 7, "report_due.S2", '"02-30" is not a day of every year'),
    ("rules.yaml", 4, "rules[0].lead_times[2]", '"H-3 bulan" is not a lead time; write H, a sign'),
    ("rules.yaml", 7, "", "holds a tab; write spaces instead"),
    ("rules.yaml", 8, "rules[1]", 'never matches: "expiry-all" (line 2) before it takes every'),
    ("rules.yaml", 12, "rules[1].template", 'the template "half" is not in English (en)'),
    ("rules.yaml", 13, "rules[1].to[0]", '"ofcer" is not a known role; did you mean "officer"?'),
    ("rules.yaml", 16, "rules[2].lead_times", "is empty; write at least one lead time"),
    ("rules.yaml", 17, "rules[2].lead_times", "stands twice, first on line 16"),
    ("rules.yaml", 19, "rules[2].recipents", 'is not a known key; write "to"'),
    ("rules.yaml", 21, "rules[3].name", '"Report" is the name of the rule on line 14 too'),
    ("rules.yaml", 21, "rules[3]", 'this rule never matches: "report" (line 14)'),
    ("rules.yaml", 23, "rules[3].steps", 'a rule about "report" never matches steps'),
    ("rules.yaml", 24, "rules[3].lead_times[2]", '"H-7" stands twice'),
    ("rules.yaml", 24, "rules[3].lead_times[0]", '"H-900" is before a deadline is known'),
    ("rules.yaml", 25, "rules[3].repeat.every", '"12 hours" is not a number of days'),
    ("rules.yaml", 25, "rules[3].repeat.until", '"H-1" is not after the due date'),
    ("rules.yaml", 27, "rules[3].to", "is empty; write at least one role"),
    ("rules.yaml", 30, "", "close the list with"),
    ("steps.yaml", 4, "chains.KSDPL[0].title", 'has no "en"'),
    ("steps.yaml", 5, "chains.KSDPL[0].waits_for[0]", "prakarsa -> penandatanganan -> prakarsa"),
    ("steps.yaml", 8, "chains.KSDPL[1].waits_for[1]", 'did you mean "surat_kuasa"?'),
    ("steps.yaml", 11, "chains.KSDPL[2].within", '"soon" is not a length of time'),
    ("findings.yaml", 2, "findings.UNKNOWN_EXPIRE", 'did you mean "UNKNOWN_EXPIRY"?'),
    ("findings.yaml", 4, "findings.STALE.enabled", '"maybe" is neither yes nor no'),
    ("holidays.yaml", 4, "holidays.2025.add.2026-01-01", "is not in 2025; write it under 2026"),
    ("holidays.yaml", 5, "holidays.2025", "stands twice, first on line 2"),
    ("holidays.yaml", 9, "holidays.2028.add.2028-02-30", '"2028-02-30" is not a day'),
    ("rule.yaml", None, "", 'is not a config file; did you mean "rules.yaml"?'),
]


def test_all_mistakes_of_a_folder_are_named_with_file_and_line_in_one_run() -> None:
    problems, policy = find_problems(
        FOLDER / "config", shipped("config"), [FOLDER / "templates"], home=FOLDER
    )
    assert policy is None
    errors = [problem for problem in problems if problem.level == "error"]
    found = [(problem.file, problem.line, problem.key) for problem in errors]
    assert found == [(f"config/{file}", line, key) for file, line, key, _ in EXPECTED]
    for problem, (_, _, _, words) in zip(errors, EXPECTED, strict=True):
        assert words in str(problem)


def test_load_policy_raises_all_mistakes_together() -> None:
    with pytest.raises(PolicyError) as raised:
        load_policy(FOLDER / "config", shipped("config"), [FOLDER / "templates"])
    assert len(raised.value.problems) == len(EXPECTED)
    assert "config/rules.yaml:4: rules[0].lead_times[2]: " in str(raised.value)


def test_missing_or_empty_folder_leaves_the_shipped_policy(tmp_path: Path) -> None:
    shipped_policy = load_policy(None, shipped("config"), [])
    assert load_policy(tmp_path / "none", shipped("config"), []) == shipped_policy
    assert policy_of(tmp_path) == shipped_policy


def test_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    problems, policy = read_config(tmp_path)
    assert policy is None
    assert "config: cannot be read as a folder (not a directory); check its owner and mode" in [
        str(problem) for problem in problems
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rules.yml", 'did you mean "rules.yaml"?'),
        ("Rules.yaml", 'did you mean "rules.yaml"?'),
        ("holiday.yaml", 'did you mean "holidays.yaml"?'),
        ("zzz.yaml", "the files are reminder.yaml, rules.yaml"),
    ],
)
def test_unknown_file_name_is_an_error_with_the_near_name(
    tmp_path: Path, name: str, hint: str
) -> None:
    folder = write_config(tmp_path)
    (folder / name).write_text(RULE)
    (error,) = mistakes(tmp_path)
    assert error.startswith(f"config/{name}: is not a config file; {hint}")


def test_other_files_beside_the_config_do_not_matter(tmp_path: Path) -> None:
    folder = write_config(tmp_path)
    for name in (".rules.yaml.swp", ".rules.yaml", "rules.yaml~", "notes.txt"):
        (folder / name).write_text("[")
    assert mistakes(tmp_path) == []


def test_broken_file_does_not_hide_the_mistakes_of_the_others(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        reminder="horizon: soon\n",
        rules="{[}\n",
        steps="chains: {KSDX: []}\n",
        findings="findings: none\n",
        holidays="holidays: []\n",
    )
    assert {error.split(":")[0] for error in found} == {
        f"config/{name}.yaml" for name in ("reminder", "rules", "steps", "findings", "holidays")
    }


def test_files_are_named_as_seen_from_the_home(tmp_path: Path) -> None:
    assert mistakes(tmp_path, reminder="horizon: soon\n")[0].startswith("config/reminder.yaml:1: ")
    problems, _ = find_problems(tmp_path / "config", shipped("config"), [])
    assert str(tmp_path / "config" / "reminder.yaml") in [problem.file for problem in problems]


def test_leading_blank_lines_and_comments_count_as_lines(tmp_path: Path) -> None:
    (error,) = mistakes(tmp_path, reminder="\n# first\n\nhorizon: soon\r\n")
    assert error.startswith("config/reminder.yaml:4: horizon: ")


# what YAML would make of it


@pytest.mark.parametrize("text", ["no", "NO", "off", "false"], ids=str)
def test_x34_yaml_booleans_are_read_by_their_field(tmp_path: Path, text: str) -> None:
    """X-34: accepted as the text that stands there."""
    shipped_text = (shipped("config") / "findings.yaml").read_text(encoding="utf-8")
    changed = shipped_text.replace("enabled: yes", f"enabled: {text}")
    rules = RULE  # the shipped finding rule would never match
    assert not policy_of(tmp_path, findings=changed, rules=rules).findings["STALE"].enabled


def test_x34_a_service_may_be_called_no_or_0123(tmp_path: Path) -> None:
    """X-34: accepted as the text that stands there."""
    for name in ("no", "0123", "1.10", "08", "2024-05-31", "null", "0x1F", "1_000"):
        text = f"service: {{name: {name}}}\ndigest_above: 08\n"
        policy = policy_of(tmp_path, reminder=text)
        assert (policy.service.name, policy.digest_above) == (name, 8)


def test_x34_anchors_that_would_blow_up_are_refused_where_they_stand(tmp_path: Path) -> None:
    """X-34: refused unread."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    found = mistakes(tmp_path, rules="\n".join(lines))
    assert "config/rules.yaml:1: a0: &a0 names a part; remove it" in found
    assert "config/rules.yaml:2: a1[0]: *a0 repeats another part; write it out here" in found


def test_x34_tags_are_refused(tmp_path: Path) -> None:
    """X-34: refused, and nothing is made or run."""
    found = mistakes(
        tmp_path, reminder='service: {name: !!python/object/apply:os.system ["true"]}\n'
    )
    assert (
        'config/reminder.yaml:1: service.name: the tag "tag:yaml.org,2002:python/object/apply:'
        'os.system" is not read; remove it'
    ) in found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("service:\n\tname: x\n", 2),
        ("service:\n  name:\tx\n", 2),
        ("service:\n  name: x\n \t \nscan:\n\tevery: 5 minutes\n", 5),
    ],
    ids=["as indentation", "inside a line", "a line of spaces before it"],
)
def test_x34_tab_is_named_at_its_line_alone(tmp_path: Path, text: str, line: int) -> None:
    """X-34: refused, naming file and line."""
    assert mistakes(tmp_path, reminder=text) == [
        f"config/reminder.yaml:{line}: holds a tab; write spaces instead"
    ]


def test_x34_repeated_key_is_an_error_at_the_second(tmp_path: Path) -> None:
    """X-34: refused, naming both lines."""
    found = mistakes(tmp_path, reminder="horizon: 24 months\nterm_ends: anniversary\nhorizon: x\n")
    assert found == [
        "config/reminder.yaml:3: horizon: stands twice, first on line 1; keep one of them"
    ]


def test_x34_second_document_is_refused(tmp_path: Path) -> None:
    """X-34: refused."""
    (error,) = mistakes(tmp_path, rules=RULE + "---\n" + RULE)
    assert error.startswith("config/rules.yaml:7: a second document begins here")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "a: " + "{b: " * 5_000, "- " * 10_000],
    ids=["lists", "tables", "block lists"],
)
def test_x34_deep_nesting_is_refused(tmp_path: Path, text: str) -> None:
    """X-34: refused before it is followed down."""
    error = mistakes(tmp_path, rules=text)[0]
    assert error.startswith("config/rules.yaml:1: is nested deeper than 20 levels")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"service:\n  name: Caf\xe9\n", "config/reminder.yaml:2: is not UTF-8 (byte 0xE9)"),
        ("horizon: 2 years\n".encode("utf-16"), "config/reminder.yaml:1: is UTF-16"),
        (b"service:\n  name: a\x00b\n", "config/reminder.yaml:2: holds characters that cannot be"),
        ("a: 1\n# \u202e\n".encode(), "config/reminder.yaml:2: holds characters that cannot be"),
        ("service:\n  name:\u00a0x\n".encode(), "(U+00A0)"),
        (b'service: {name: "\\u202ex"}\n', "1: service.name: holds characters that cannot be seen"),
        (b'service: {name: "\\ue000"}\n', "1: service.name: holds characters that cannot be seen"),
        ("service: {name: \ue000}\n".encode(), "1: holds characters that cannot be seen"),
        (b'service: {name: "a\\nBcc: x@y.id"}\n', "service.name: a text runs over several lines"),
        (b"", "config/reminder.yaml:1: is empty"),
        (b"x" * (1024 * 1024 + 1), "config/reminder.yaml: is larger than 1024 KiB"),
    ],
    ids=[
        "latin-1", "utf-16", "nul", "bidi in a comment", "no-break space", "escaped bidi",
        "escaped stand-in", "stand-in", "line break", "empty, as if half written", "too large",
    ],
)  # fmt: skip
def test_file_that_is_no_plain_text_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (write_config(tmp_path) / "reminder.yaml").write_bytes(content)
    assert words in "\n".join(mistakes(tmp_path))


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    folder = write_config(tmp_path)
    (folder / "rules.yaml").write_bytes(b"\xef\xbb\xbf" + RULE.replace("\n", "\r\n").encode())
    assert len(policy_of(tmp_path).rules) == 1


def test_folder_fifo_and_links_in_place_of_a_file_are_refused(tmp_path: Path) -> None:
    folder = write_config(tmp_path)
    outside = tmp_path / "secret"
    outside.write_text(RULE)
    (folder / "reminder.yaml").mkdir()
    os.mkfifo(folder / "rules.yaml")
    (folder / "steps.yaml").symlink_to(outside)
    (folder / "holidays.yaml").symlink_to(tmp_path / "gone")
    link = "is a link that leads out of its folder"
    assert mistakes(tmp_path) == [
        "config/reminder.yaml: is a folder; put a text file here",
        "config/rules.yaml: is not a regular file; put a text file here",
        f"config/steps.yaml: {link}; put the file itself here",
        f"config/holidays.yaml: {link}; put the file itself here",
    ]


def test_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    folder = write_config(tmp_path)
    (folder / "..data").mkdir()
    (folder / "..data" / "rules.yaml").write_text(RULE)
    (folder / "rules.yaml").symlink_to("..data/rules.yaml")
    assert [rule.name for rule in policy_of(tmp_path).rules] == ["expiry"]


# a file that is only half there


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("name", ["rules", "steps", "findings"])
def test_x45_half_written_file_is_refused_or_whole_so_far(
    tmp_path: Path, name: str, share: float
) -> None:
    """X-45: refused, or what is there is whole."""
    text = (shipped("config") / f"{name}.yaml").read_text(encoding="utf-8")
    write_config(tmp_path, **{name: text[: int(len(text) * share)]})
    problems, policy = read_config(tmp_path)  # whatever the cut leaves, nothing is raised
    assert (policy is None) == any(problem.level == "error" for problem in problems)


def test_mistake_in_the_form_does_not_hide_the_rest_of_the_file(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        rules="""\
        rules:
          - name: one
            deadline: expiry
            kinds: [KSDPL
            lead_times: [H-3x]
            template: expiry
            to: [officer]
          - name two
            deadline: report
            lead_times: [H-7]
            template: "report
            to: [officer]
          - name: three
            deadline: report
            lead_times: []
            template: report
            to: [boss]
            on_uncertain: @hold
        """,
    )
    hints = [error.split("; ")[-1].removesuffix(', or "HK+5" for working days') for error in found]
    assert [(error.split(":")[1], hint) for error, hint in zip(found, hints, strict=True)] == [
        ("4", 'close the list with "]", with commas between its items'),
        ("5", 'write H, a sign and a number of days, for example "H-90"'),
        ("8", 'write "key: value", with quotes round a value that holds a colon'),
        ("11", "close the quotes"),
        ("15", "write at least one lead time, for example [H-30, H-7]"),
        ("17", "write one of officer, head, secretary, assistant, admin"),
        ("18", "put quotes round the value"),
    ]  # fmt: skip


def test_comments_alone_leave_the_shipped_values_or_are_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, reminder="# later\n", holidays="# later\n") == []
    (error,) = mistakes(tmp_path, rules="# later\n")
    assert error.startswith("config/rules.yaml:1: says nothing; write something in it")


def test_entries_that_nobody_confirmed_are_one_warning_a_file(tmp_path: Path) -> None:
    rules = RULE + '    verified_by: ""\n' + RULE.partition("\n")[2].replace("expiry", "report")
    (warning,) = warnings(tmp_path, rules=rules + '    verified_by: ""\n')
    assert warning.startswith(
        "config/rules.yaml:7: verified_by: to be confirmed by the bureau: expiry, report; "
    )
