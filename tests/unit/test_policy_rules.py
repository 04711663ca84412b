"""rules.yaml: what a rule may say, and rules held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from reminder.deadlines import DeadlineKind
from reminder.lead_times import LeadTime, Repeat, Schedule
from reminder.resources import shipped
from reminder.rules import EscalationStep, Rule
from tests.policies import RULE, mistakes, policy_of, warnings


def with_line(line: str, without: str = "") -> str:
    """The rule without a mistake, with *line* added and the key *without* left out."""
    kept = [old for old in RULE.splitlines() if not without or f"{without}:" not in old]
    return "\n".join([*kept, f"    {line}", ""])


def test_rule_has_every_field_of_the_contract(tmp_path: Path) -> None:
    policy = policy_of(
        tmp_path,
        rules="""\
        rules:
          - name: expiry-foreign
            deadline: expiry
            kinds: [KSDPL, KSDLL]
            instruments: [MoU]
            bureaus: [B-01]
            lead_times: [H-540, HK-5, H, H+1]
            repeat: {every: 30 days, until: H+180}
            template: expiry
            to: [officer]
            cc: [assistant]
            escalate:
              - {after: 5 working days, to: [head]}
              - {after: 10 hari kerja, to: [secretary, admin]}
            on_uncertain: hold
            legal_basis: UU 24/2000
            verified_by: Sari, 2026-03-02
        """,
    )
    assert policy.rules == (
        Rule(
            name="expiry-foreign",
            deadline=DeadlineKind.EXPIRY,
            schedule=Schedule(
                (LeadTime(-540), LeadTime(-5, True), LeadTime(0), LeadTime(1)),
                Repeat(30, LeadTime(180)),
            ),
            template="expiry",
            to=("officer",),
            cc=("assistant",),
            kinds=("KSDPL", "KSDLL"),
            instruments=("MoU",),
            bureaus=("B-01",),
            escalate=(EscalationStep(5, ("head",)), EscalationStep(10, ("secretary", "admin"))),
            on_uncertain="hold",
            legal_basis="UU 24/2000",
            verified_by="Sari, 2026-03-02",
        ),
    )


@pytest.mark.parametrize(
    ("lead_times", "words"),
    [
        ("[30d]", '[0]: "30d" is not a lead time; write H, a sign and a number of days'),
        ("[-30]", '[0]: "-30" is not a lead time'),
        ("[30.5]", '[0]: "30.5" is not a lead time'),
        ("[H-30.5]", '[0]: "H-30.5" is not a lead time'),
        ("[H-100000]", '[0]: "H-100000" is not a lead time'),
        ("[h-30]", '[0]: "h-30" is not a lead time'),
        ("[H-0]", '[0]: "H-0" counts no days; write "H" for the due date itself'),
        ("[HK]", '[0]: "HK" is not a lead time'),
        ("[H-30, H-7, H-30]", '[2]: "H-30" stands twice'),
        ("[H-7, H-07]", '[1]: "H-07" stands twice'),
        ("[]", ": is empty; write at least one lead time, for example [H-30, H-7]"),
        ("", ": is empty; write at least one lead time"),
        ("H-30", ": is not a list; write at least one lead time"),
        ("{H: 30}", ": is not a list; write at least one lead time"),
        ("[[H-30]]", "[0]: is a list; write one value"),
        ("[H-731]", '[0]: "H-731" is before a deadline is known: they exist 2 years ahead'),
        ("[HK-600]", '[0]: "HK-600" is before a deadline is known'),
        (f"[{', '.join(['H-1'] * 100_000)}]", ": has 100000 lead times; write at most 100"),
        (f"[{'9' * 1000}]", "[0]: is longer than 500 letters; shorten it"),
    ],
    ids=[
        "30d", "minus 30", "30.5", "H-30.5", "too many digits", "small h", "H-0", "HK alone",
        "twice", "twice, written in two ways", "empty list", "nothing", "no list", "a table",
        "a list in the list", "beyond the horizon", "working days beyond the horizon",
        "a hundred thousand", "a thousand digits",
    ],
)  # fmt: skip
def test_x33_odd_lead_times_are_refused(tmp_path: Path, lead_times: str, words: str) -> None:
    """X-33: refused, naming file and line."""
    rules = with_line(f"lead_times: {lead_times}", without="lead_times")
    (error,) = mistakes(tmp_path, rules=rules)
    assert error.startswith(f"config/rules.yaml:6: rules[0].lead_times{words}")


def test_x33_unsorted_lead_times_mean_the_same(tmp_path: Path) -> None:
    """X-33: accepted; the due rule goes by days, not by the order in the file."""
    rules = with_line("lead_times: [H-7, H-30, H+1, H-14]", without="lead_times")
    (rule,) = policy_of(tmp_path, rules=rules).rules
    assert [lead.code for lead in rule.schedule.lead_times] == ["H-7", "H-30", "H+1", "H-14"]


def test_longer_horizon_allows_a_longer_lead_time(tmp_path: Path) -> None:
    rules = with_line("lead_times: [H-1095]", without="lead_times")
    assert mistakes(tmp_path, rules=rules, reminder="horizon: 3 years\n") == []


def test_x35_unknown_key_is_refused_and_the_right_one_named(tmp_path: Path) -> None:
    """X-35: refused."""
    rules = with_line("recipents: [officer]", without="to")
    assert mistakes(tmp_path, rules=rules) == [
        'config/rules.yaml:2: rules[0]: has no "to"; add "to: ..."',
        'config/rules.yaml:6: rules[0].recipents: is not a known key; write "to"',
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("lead_time: [H-1]", 'lead_time: is not a known key; did you mean "lead_times"?'),
        ("escalation: []", 'escalation: is not a known key; did you mean "escalate"?'),
        ("kind: [KSDD]", 'kind: is not a known key; did you mean "kinds"?'),
        ("cron: 61 * * * *", "cron: is not a known key; rules have no clock"),
        ("color: red", "color: is not a known key; write one of name, deadline, kinds"),
        ("kinds: [KSDPX]", '"KSDPX" is not a known kind; did you mean "KSDPL"?'),
        ("kinds: []", "kinds: is empty; write kinds that it is about, or remove it for all"),
        ("kinds: KSDPL", "kinds: is not a list; write kinds"),
        ("bureaus: []", "bureaus: is empty"),
        ("instruments: [mou]", '"mou" is not an instrument; did you mean "MoU"?'),
        ("findings: [STALE]", 'a rule about "expiry" never matches findings'),
        ("cc: [officer]", 'cc[0]: "officer" is told already by "to"'),
        ("cc:", "cc: is empty; write roles, or remove it"),
        ("on_uncertain: ask", 'on_uncertain: "ask" is not a known value; write one of repeat'),
        ("escalate: [{after: 5 days, to: [head]}]", '"5 days" is not a number of working days'),
        ("escalate: [{after: 5 working days, to: []}]", "escalate[0].to: is empty"),
        ("escalate: [{after: 5 working days}]", 'escalate[0]: has no "to"'),
        ("escalate: [{after: 5 working days, to: [officer]}]", 'told already by "to"'),
        (
            "escalate: [{after: 5 HK, to: [head]}, {after: 5 HK, to: [secretary]}]",
            "escalate[1].after: 5 working days are not after the level before (5)",
        ),
        ("repeat: {every: 0 days, until: H+30}", 'every: "0 days" is not a number of days'),
        ("repeat: {every: 1 month, until: H+90}", 'every: "1 month" is not a number of days'),
        ("repeat: {every: daily, until: H+30}", 'every: "daily" is not a number of days'),
        ("repeat: {every: 30 days, until: H}", 'until: "H" is not after the due date'),
        ("repeat: {every: 30 days, until: HK+9}", 'until: "HK+9" is not after the due date'),
        ("repeat: {every: 30 days, until: H+29}", "until: adds nothing: no 30 days end between"),
        ("repeat: {every: 1 day, until: H+3000}", "repeat: adds 3000 lead times"),
        ("repeat: {every: 30 days}", 'repeat: has no "until"'),
        ("repeat: monthly", "repeat: is not a table"),
    ],
    ids=lambda value: value[:40],
)
def test_odd_values_of_a_rule_are_refused(tmp_path: Path, line: str, words: str) -> None:
    found = mistakes(tmp_path, rules=with_line(line))
    assert [words in error for error in found] == [True], found
    assert found[0].startswith("config/rules.yaml:7: rules[0].")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("to", "[]", "to: is empty; write at least one role, for example [officer]"),
        ("to", "[boss]", '"boss" is not a known role; write one of officer, head, secretary'),
        ("to", "[officer, officer]", 'to[1]: "officer" stands twice'),
        ("to", "officer", "to: is not a list"),
        ("deadline", "expires", 'deadline: "expires" is not a known deadline; did you mean'),
        ("name", '""', 'name: "" is not a name; write letters, digits, - and _, at most 64'),
        ("name", "../x", 'name: "../x" is not a name'),
        ("template", "../../etc/passwd", "is not the name of a template; write the name of a"),
        ("template", "/etc/passwd", "is not the name of a template"),
        ("template", "expiry/id", "is not the name of a template"),
    ],
)
def test_odd_required_values_are_refused(tmp_path: Path, key: str, value: str, words: str) -> None:
    """Refused; X-36 is the path in place of the name of a template."""
    kept = [line if f"{key}:" not in line else "" for line in RULE.splitlines()]
    lines = [*kept, f"    {key}: {value}"] if key != "name" else RULE.splitlines()
    lines[1] = f"  - name: {value}" if key == "name" else lines[1]
    (error,) = mistakes(tmp_path, rules="\n".join(lines))
    assert error.startswith(f"config/rules.yaml:{2 if key == 'name' else 7}: rules[0].")
    assert words in error


def test_roles_of_the_own_register_can_be_made_known(tmp_path: Path) -> None:
    rules = with_line("cc: [legal]")
    assert len(mistakes(tmp_path, rules=rules)) == 1
    assert mistakes(tmp_path, rules=rules, reminder="roles: [legal]\n") == []


@pytest.mark.parametrize("expression", ["* * * * * *", "61 * * * *", "30 2 29 3 *"])
def test_x44_cron_expressions_are_refused_and_what_to_write_is_said(
    tmp_path: Path, expression: str
) -> None:
    """X-44: refused."""
    (error,) = mistakes(tmp_path, reminder=f'scan: {{every: "{expression}"}}\n')
    assert error == (
        f'config/reminder.yaml:1: scan.every: "{expression}" is a cron expression, which is not '
        'read here; write how often, for example "5 minutes" (send_window says at what hours)'
    )


@pytest.mark.parametrize("key", ["condition", "when", "if"])
def test_x47_condition_is_an_unknown_key_and_is_not_run(tmp_path: Path, key: str) -> None:
    """X-47: refused, and nothing is run."""
    trace = tmp_path / "ran"
    rules = with_line(f"{key}: __import__('os').system('touch {trace}')")
    (error,) = mistakes(tmp_path, rules=rules)
    assert f"rules[0].{key}: is not a known key; rules have no conditions" in error
    assert not trace.exists()


def test_x48_second_rule_of_a_name_is_refused(tmp_path: Path) -> None:
    """X-48: refused at the second."""
    second = RULE.partition("\n")[2].replace("deadline: expiry", "deadline: report")
    (error,) = mistakes(tmp_path, rules=RULE + second)
    assert error == (
        'config/rules.yaml:7: rules[1].name: "expiry" is the name of the rule on line 2 too; '
        "give this rule another name"
    )


def test_x48_rule_without_recipient_is_refused(tmp_path: Path) -> None:
    """X-48: refused."""
    assert mistakes(tmp_path, rules=with_line("cc: []", without="to")) == [
        'config/rules.yaml:2: rules[0]: has no "to"; add "to: ..."'
    ]


def test_x48_circle_of_steps_is_refused_at_the_wait_that_closes_it(tmp_path: Path) -> None:
    """X-48: refused."""
    step = "    - {{code: {}, title: {{id: A, en: B}}, waits_for: [{}]}}\n"
    pairs = (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "e"))
    chain = "chains:\n  KSDPL:\n" + "".join(step.format(*pair) for pair in pairs)
    assert mistakes(tmp_path, steps=chain, rules=RULE) == [
        'config/steps.yaml:3: chains.KSDPL[0].waits_for[0]: "b" waits for this step in the end '
        "(a -> b -> c -> a): none would ever begin; remove one of these waits",
        'config/steps.yaml:7: chains.KSDPL[4].waits_for[0]: "e" waits for this step in the end '
        "(e -> e): none would ever begin; remove one of these waits",
    ]


def rules_of(*filters: str) -> str:
    """Rules about steps, named a, b, .., each with these filters."""
    return "rules:\n" + "".join(
        f"  - {{name: {name}, deadline: step, {more}lead_times: [H-7], template: step, "
        "to: [officer]}\n"
        for name, more in zip("abcd", filters, strict=False)
    )


@pytest.mark.parametrize(
    ("filters", "line"),
    [
        (["", ""], 3),
        (["", "kinds: [KSDPL], "], 3),
        (["kinds: [KSDPL, KSDLL], ", "kinds: [KSDLL], "], 3),
        (["kinds: [KSDPL, KSDLL], ", "kinds: [KSDD, KSDPK], ", ""], 4),
        (["steps: [surat_kuasa], ", "steps: [surat_kuasa], bureaus: [B-01], "], 3),
        (["bureaus: [B-01, B-02], ", "bureaus: [B-02], instruments: [MoU], "], 3),
        (["kinds: [KSDD], ", "kinds: [KSDPK], ", "kinds: [KSDD, KSDPK], bureaus: [X], "], 4),
    ],
    ids=[
        "both about all", "all before some", "wider kinds", "two that cover all kinds",
        "same step", "wider bureaus", "two that cover it together",
    ],
)  # fmt: skip
def test_rule_that_earlier_ones_cover_is_refused(
    tmp_path: Path, filters: list[str], line: int
) -> None:
    (error,) = mistakes(tmp_path, rules=rules_of(*filters))
    assert error.startswith(f"config/rules.yaml:{line}: rules[{line - 2}]: this rule never matches")


@pytest.mark.parametrize(
    "filters",
    [
        ["kinds: [KSDPL], ", ""],
        ["steps: [surat_kuasa], ", ""],
        ["bureaus: [B-01], ", "bureaus: [B-02], "],
        ["kinds: [KSDPL], bureaus: [B-01], ", "kinds: [KSDPL], "],
        ["kinds: [KSDPL, KSDLL], ", "kinds: [KSDD], ", ""],
    ],
)
def test_rule_with_something_left_to_match_is_accepted(tmp_path: Path, filters: list[str]) -> None:
    assert mistakes(tmp_path, rules=rules_of(*filters)) == []


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ("steps: [persetujuan_dpr], ", 'did you mean "persetujuan_dprd"?'),
        ("steps: [studi_kelayakan], kinds: [KSDD], ", "is not a step of KSDD in steps.yaml"),
        ("steps: [], ", "steps: is empty"),
    ],
)
def test_filter_for_a_step_that_no_chain_has_is_refused(
    tmp_path: Path, filters: str, words: str
) -> None:
    (error,) = mistakes(tmp_path, rules=rules_of(filters))
    assert error.startswith("config/rules.yaml:2: rules[0].steps")
    assert words in error


def test_filter_for_a_finding_that_is_unknown_or_off_is_refused(tmp_path: Path) -> None:
    findings = (shipped("config") / "findings.yaml").read_text(encoding="utf-8")
    off = findings.replace("enabled: yes", "enabled: no", 1)
    rules = with_line("deadline: finding", without="deadline") + "    findings: [{}]\n"
    (error,) = mistakes(tmp_path, rules=rules.format("UNKNOWN_EXPIRE"))
    assert error.endswith('is not a finding; did you mean "UNKNOWN_EXPIRY"?')
    (error,) = mistakes(tmp_path, rules=rules.format("UNKNOWN_EXPIRY"), findings=off)
    assert "is switched off in findings.yaml, so this never matches" in error


def test_follow_ups_without_agreement_are_left_by_rules_for_every_kind(tmp_path: Path) -> None:
    rule = (
        "  - {{name: {}, deadline: follow_up, {}lead_times: [H-7], template: follow_up, "
        "to: [officer]}}\n"
    )
    kinds = "kinds: [KSDPL, KSDLL, KSDD, KSDPK], "
    rules = "rules:\n" + rule.format("a", kinds) + rule.format("b", "")
    assert mistakes(tmp_path, rules=rules) == []


def test_instrument_that_nobody_knows_is_a_warning(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, rules=with_line("instruments: [Memo]"))
    assert warning.startswith('config/rules.yaml:7: rules[0].instruments[0]: "Memo" is not one of')


def test_template_of_another_deadline_is_a_warning(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, rules=with_line("template: report", without="template"))
    assert 'the template "report" speaks of another deadline than "expiry"' in warning


def test_empty_list_of_rules_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, rules="rules: []\n") == [
        "config/rules.yaml:1: rules: is empty: nobody would be told anything; "
        "write at least one rule"
    ]
