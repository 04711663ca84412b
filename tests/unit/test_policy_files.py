"""reminder.yaml, steps.yaml, findings.yaml: values, defaults, and templates that rules name."""

from __future__ import annotations

import os
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from reminder.calendars import Due, Span
from reminder.errors import Problem
from reminder.lead_times import LeadTime
from reminder.policy import RateLimit, SendWindow, Storm, find_problems
from reminder.policy.template_check import PARTS, template_mistakes
from reminder.resources import shipped
from reminder.stages import start_by
from tests.factories import make_agreement
from tests.policies import RULE, mistakes, policy_of, warnings


def test_shipped_files_have_no_mistake_and_only_the_intended_warnings() -> None:
    problems, policy = find_problems(
        None, shipped("config"), [shipped("templates")], home=shipped("config").parent
    )
    assert policy is not None, [str(problem) for problem in problems]
    assert {(problem.file, problem.key) for problem in problems} == {
        ("config/findings.yaml", "verified_by"),
        ("config/reminder.yaml", "service.admin"),
        ("config/rules.yaml", "verified_by"),
        ("config/steps.yaml", "verified_by"),
    }


def test_shipped_values_are_those_of_the_contract() -> None:
    _, policy = find_problems(None, shipped("config"), [])
    assert policy is not None
    assert policy.service.name == "Pengingat Kerja Sama Daerah"
    assert (policy.service.timezone, policy.service.language) == ("Asia/Jakarta", "id")
    assert policy.scan_every == timedelta(minutes=5)
    assert policy.send_window == SendWindow(time(8, 0), time(15, 30))
    assert (policy.horizon, policy.stale_after) == (Span(months=24), Span(days=30))
    assert policy.term_ends == "anniversary"
    assert policy.report_due["S1"] == (7, 31)
    assert set(policy.report_due) == {"S1", "S2", "year", "Q1", "Q2", "Q3", "Q4"}
    assert (policy.digest_above, policy.ack_lasts) == (3, Span(days=14))
    assert policy.limits.per_recipient == RateLimit(6, timedelta(days=1))
    assert policy.limits.per_relay is None
    assert policy.storm == Storm(50, 3.0)
    assert policy.digests == {"officer": "weekly", "head": "semester", "admin": "daily"}
    assert policy.mail.reply_to == ""


def test_shipped_rules_follow_the_proposals_for_each_deadline() -> None:
    _, policy = find_problems(None, shipped("config"), [])
    assert policy is not None
    codes = {rule.name: [lead.code for lead in rule.schedule.all()] for rule in policy.rules}
    assert list(codes) == [
        "expiry-foreign", "expiry-domestic", "notice-by", "report", "step-dprd", "step",
        "follow-up", "we-are-silent", "contact", "owner", "rule-gap", "legacy-basis", "papers",
        "ceremonial", "loi", "meeting",
    ]  # fmt: skip
    assert codes["expiry-foreign"] == [
        "H-540", "H-365", "H-270", "H-180", "H-90", "H-60", "H-30", "H-14", "H-7", "H-1", "H+1",
        "H+30", "H+60", "H+90", "H+120", "H+150", "H+180",
    ]  # fmt: skip
    assert codes["expiry-domestic"] == ["H-180", "H-120", "H-90", "H-30", "H-7", "H+1", "H+30"]
    assert codes["notice-by"] == ["H-30", "H-14", "H-7", "H-1", "HK+1"]
    assert codes["report"][:8] == ["H-30", "H-14", "H-7", "H-1", "H", "HK+1", "HK+5", "HK+10"]


def test_shipped_chains_know_the_one_limit_of_the_law() -> None:
    _, policy = find_problems(None, shipped("config"), [])
    assert policy is not None
    kinds = {"KSDPL", "KSDLL", "KSDD", "KSDPK"}
    assert set(policy.chains) == {*kinds, "renewal", "closing", "revitalisation"}
    limits = {
        (kind, step.code): step.within_working_days
        for kind, chain in policy.chains.items()
        for step in chain.steps
        if step.within_working_days is not None or step.within is not None
    }
    assert limits == {("KSDPL", "persetujuan_dprd"): 45, ("KSDLL", "persetujuan_dprd"): 45}
    first = policy.chains["KSDPL"].steps[0]
    assert dict(first.title) == {"id": "Prakarsa kerja sama", "en": "Initiative"}


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        pytest.param("KSDPL", 12, 18, id="sister cities: within the first notice, 18 months ahead"),
        pytest.param("KSDLL", 12, 18, id="foreign institutions"),
        pytest.param("KSDD", 3, 6, id="other regions: within the first notice, 6 months ahead"),
        pytest.param("KSDPK", 3, 6, id="third parties"),
    ],
)
def test_shipped_durations_make_a_renewal_as_long_as_real_ones(
    kind: str, least: int, most: int
) -> None:
    _, policy = find_problems(None, shipped("config"), [])
    assert policy is not None
    agreement = make_agreement(kind=kind)
    for month in range(1, 13):
        end = date(2027, month, 28)
        begin = start_by(agreement, Due.of(end), policy.chains, policy.calendar)
        assert begin is not None
        assert Span(months=most).before(end) <= begin <= Span(months=least).before(end)


def test_shipped_stall_thresholds_lie_in_the_middle_of_the_real_cases() -> None:
    """From the letter of intent to the signing real cases took 12 to 59 months (domain b.5)."""
    _, policy = find_problems(None, shipped("config"), [])
    assert policy is not None
    for kind in ("KSDPL", "KSDLL"):
        codes = [step.code for step in policy.chains[kind].steps]
        way = policy.chains[kind].steps[
            codes.index("rencana_kerja_sama") : codes.index("penandatanganan") + 1
        ]
        # One of two steps that run side by side, and none that may be left out.
        longest = [step for step in way if step.code not in ("perbaikan_rks", "surat_kuasa")]
        months = [step.stalls_after.months for step in longest if step.stalls_after is not None]
        assert len(months) == len(longest)
        assert 24 < sum(months) < 54


def test_keys_left_out_of_reminder_yaml_keep_their_default_at_every_level(tmp_path: Path) -> None:
    policy = policy_of(
        tmp_path,
        reminder="""\
        service: {name: Pengingat Jateng}
        report_due: {S1: 08-15}
        limits: {per_relay: 20 per minute}
        storm: {more_than: 10}
        digests: {officer: none}
        """,
    )
    assert (policy.service.name, policy.service.timezone) == ("Pengingat Jateng", "Asia/Jakarta")
    assert (policy.report_due["S1"], policy.report_due["S2"]) == ((8, 15), (1, 31))
    assert policy.limits.per_recipient == RateLimit(6, timedelta(days=1))
    assert policy.limits.per_relay == RateLimit(20, timedelta(minutes=1))
    assert policy.storm == Storm(10, 3.0)
    assert policy.digests == {"head": "semester", "admin": "daily"}
    assert len(policy.rules) == 16


def test_storm_digests_and_limits_can_be_switched_off(tmp_path: Path) -> None:
    policy = policy_of(
        tmp_path, reminder="storm: none\ndigests: none\nlimits: {per_recipient: none}\n"
    )
    assert (policy.storm, policy.digests, policy.limits.per_recipient) == (None, {}, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("service: {timezone: Asia/Jakrta}", 'did you mean "Asia/Jakarta"?'),
        ("service: {timezone: WIT}", 'write "Asia/Jayapura"'),
        ("service: {timezone: wita}", 'write "Asia/Makassar"'),
        ("service: {timezone: UTC+7}", "write the IANA name of a place"),
        ("service: {timezone: ../../etc/passwd}", '"../../etc/passwd" is not a time zone'),
        ("service: {timezone: /etc/localtime}", "is not a time zone"),
        ("service: {timezone: asia/jakarta}", 'did you mean "Asia/Jakarta"?'),
        ("service: {timezone: }", '"" is not a time zone'),
        ("service: {language: fr}", 'language: "fr" is not a known language; write one of id, en'),
        ("service: {country: Indonesia}", "write its two-letter code in capitals"),
        ("service: {country: id}", "write its two-letter code in capitals"),
        ("service: {admin: []}", "admin: is empty"),
        ("service: {admin: admin@biro.go.id}", "admin: is not a list"),
        ("service: {admin: ['a@b.id, c@d.id']}", "is not a mail address"),
        ("service: {name: }", "name: is empty; write a text"),
        ("service: none", "service: is not a table"),
        ("scan: {every: 30 seconds}", 'every: "30 seconds" is too short or too long'),
        ("scan: {every: 5}", 'every: "5" is not a length of time; write for example "5 minutes"'),
        ("scan: {cron: 5 * * * x}", 'cron: is not a known key; write "every: 5 minutes"'),
        ('send_window: {from: "8:00"}', 'from: "8:00" is not a time of day'),
        ('send_window: {to: "24:00"}', 'to: "24:00" is not a time of day'),
        ('send_window: {to: "07:00"}', "closes at 07:00, not after it opens at 08:00"),
        ("send_window: {days: weekdays}", 'days: "weekdays" is not a known value'),
        ("horizon: 11 years", 'horizon: "11 years" is too long; write at most 10 years'),
        ("horizon: 0 months", 'horizon: "0 months" is not a length of time'),
        ("horizon: -1 month", "is not a length of time"),
        ("stale_after: 30", 'stale_after: "30" is not a length of time'),
        ("term_ends: day before", 'did you mean "day_before"?'),
        ("report_due: {S1: 02-29}", 'S1: "02-29" is not a day of every year'),
        ("report_due: {S1: 31-07}", 'S1: "31-07" is not a day of every year'),
        ("report_due: {S3: 07-31}", "S3: is not a known key; write one of S1, S2"),
        ("digest_above: 3.0", "write a whole number from 0 to 1000"),
        ("digest_above: -1", "write a whole number from 0 to 1000"),
        ("ack_lasts: for ever", 'ack_lasts: "for ever" is not a length of time'),
        ("limits: {per_recipient: 6}", 'write for example "6 per day", or none'),
        ("limits: {per_recipient: 0 per day}", '"0 per day" is not a limit'),
        ("limits: none", "limits: is not a table"),
        ("storm: {more_than: many}", "more_than: "),
        ("storm: {times_usual: 0.5}", "write for example 3 or 2.5"),
        ("storm: off", "storm: is not a table"),
        ("digests: {officer: hourly}", 'officer: "hourly" is not a known value'),
        ("digests: {boss: daily}", "boss: is not a known key; write one of officer, head"),
        ("mail: {reply_to: biro}", 'reply_to: "biro" is not a mail address'),
        ("mail: {message_id_domain: a_b}", '"a_b" is not a domain'),
        ("roles: legal", "roles: is not a list"),
    ],
    ids=lambda value: value[:36],
)
def test_odd_values_of_the_service_are_refused(tmp_path: Path, text: str, words: str) -> None:
    found = mistakes(tmp_path, reminder=f"{text}\n")
    assert [words in error for error in found] == [True], found
    assert found[0].startswith("config/reminder.yaml:1: ")


def test_address_of_the_example_is_a_warning(tmp_path: Path) -> None:
    assert warnings(tmp_path, reminder="service: {admin: [kabag@biro.go.id]}\n") == []
    assert warnings(tmp_path, reminder="service: {admin: [kabag@biro.test]}\n") == [], "as contacts"
    (warning,) = warnings(tmp_path, reminder="service: {admin: [admin@biro.example.go.id]}\n")
    assert "still has the address of the example" in warning


def step(more: str) -> str:
    return f"chains:\n  KSDPL:\n    - {{code: a, title: {{id: A, en: B}}, {more}}}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (step("within: soon"), 'within: "soon" is not a length of time'),
        (step("waits_for: [b]"), 'waits_for[0]: "b" is not a step of this chain'),
        (step("before: b"), "before: is not a known key"),
        ("chains:\n  KSDPX: []\n", 'KSDPX: is not a known key; did you mean "KSDPL"?'),
        ("chains:\n  KSDPL: []\n", "KSDPL: is empty; write its steps, or remove it"),
        ("chains:\n  KSDPL:\n    - {code: A b, title: {id: A, en: B}}\n", '"A b" is not a code'),
        ("chains:\n  KSDPL:\n    - {code: a, title: {id: A, en: }}\n", "title.en: is empty"),
        ("chains:\n  KSDPL:\n    - {code: a, title: A}\n", "title: is not a table"),
        (step("document: x") + "    - {code: a, title: {id: A, en: B}}\n", "first on line 3"),
        (step("stalls_after: soon"), 'stalls_after: "soon" is not a length of calendar time'),
        (step("stalls_after: 30 working days"), "is not a length of calendar time"),
        (step("takes: long"), 'takes: "long" is not a length of time'),
        (step("documents: naskah"), "documents: is not a list"),
        (step("documents: [Naskah asli]"), 'documents[0]: "Naskah asli" is not a code'),
        (step("due: H-30"), "due: counts from the end of the agreement, which only steps of"),
        (step("due: soon").replace("KSDPL", "closing"), 'due: "soon" is not a lead time'),
        (
            step("due: H-30, within: 3 days").replace("KSDPL", "closing"),
            "due: stands beside within, and a step has one day",
        ),
        (
            step("document: x").replace("KSDPL", "renewal") + step("document: x")[8:],
            'KSDPL[0].code: "a" is a step of renewal too, on line 3',
        ),
        (
            step("document: x").replace("KSDPL", "renewal")
            + step("document: x")[8:].replace("KSDPL", "closing"),
            'closing[0].code: "a" is a step of renewal too, on line 3',
        ),
        ("durations: {by: me}\n" + step("document: x"), "by: is not a known key"),
    ],
)
def test_odd_values_of_a_step_are_refused(tmp_path: Path, text: str, words: str) -> None:
    found = mistakes(tmp_path, steps=text, rules=RULE)
    assert [words in error for error in found] == [True], found


def test_limit_of_a_step_may_be_working_days_or_a_span(tmp_path: Path) -> None:
    for text, expected in (("45 hari kerja", (None, 45)), ("3 months", (Span(months=3), None))):
        chain = policy_of(tmp_path, steps=step(f"within: {text}"), rules=RULE).chains["KSDPL"]
        assert (chain.steps[0].within, chain.steps[0].within_working_days) == expected


def test_step_says_how_long_it_takes_when_it_stalls_and_what_proves_it(tmp_path: Path) -> None:
    more = "takes: 45 working days, stalls_after: 2 months, documents: [naskah, izin]"
    (found,) = policy_of(tmp_path, steps=step(more), rules=RULE).chains["KSDPL"].steps
    assert (found.takes, found.stalls_after) == (45, Span(months=2))
    assert found.proven_by == ("naskah", "izin")
    (found,) = policy_of(tmp_path, steps=step("documents: []"), rules=RULE).chains["KSDPL"].steps
    assert found.proven_by == ()
    text = step("due: H+30, takes: 2 weeks").replace("KSDPL", "closing")
    (found,) = policy_of(tmp_path, steps=text, rules=RULE).chains["closing"].steps
    assert (found.due, found.takes) == (LeadTime(30), Span(days=14))
    assert found.proven_by == ("a",)


def test_two_kinds_may_share_a_step(tmp_path: Path) -> None:
    text = step("document: x") + step("document: x")[8:].replace("KSDPL", "KSDLL")
    assert set(policy_of(tmp_path, steps=text, rules=RULE).chains) == {"KSDPL", "KSDLL"}


def test_rule_may_name_a_step_that_a_decision_begins(tmp_path: Path) -> None:
    rule = RULE.replace("deadline: expiry", "deadline: step\n    kinds: [KSDD]\n    steps: [a]")
    text = step("document: x").replace("KSDPL", "closing")
    assert [rule.steps for rule in policy_of(tmp_path, steps=text, rules=rule).rules] == [("a",)]


def test_durations_that_nobody_confirmed_are_a_warning(tmp_path: Path) -> None:
    text = "durations: {verified_by: ''}\n" + step("takes: 3 days")
    (warning,) = warnings(tmp_path, steps=text, rules=RULE)
    assert "to be confirmed by the bureau: durations" in warning
    assert warnings(tmp_path, steps=text.replace("''", "rapat 2026-01-12"), rules=RULE) == []


@pytest.mark.parametrize(
    ("more", "is_the_same"),
    [
        pytest.param("stalls_after: 3 months", False, id="from when on it counts as stuck"),
        pytest.param("documents: [naskah]", False, id="which document may be missing"),
        pytest.param("takes: 3 months", True, id="how long it takes, which only a mail says"),
        pytest.param("legal_basis: UU 24/2000", False, id="the article that a finding names"),
    ],
)
def test_what_of_a_step_plans_everything_anew(tmp_path: Path, more: str, is_the_same: bool) -> None:
    before = policy_of(tmp_path, steps=step("waits_for: []"), rules=RULE).version
    after = policy_of(tmp_path, steps=step(f"waits_for: [], {more}"), rules=RULE).version
    assert (before == after) is is_the_same


def test_finding_left_out_is_a_warning(tmp_path: Path) -> None:
    text = "findings:\n  STALE: {severity: info, enabled: yes, "
    text += "title: {id: A, en: B}, action: {id: C, en: D}}\n"
    (warning,) = warnings(tmp_path, findings=text, rules=RULE)
    assert warning.startswith("config/findings.yaml:1: findings: leaves out UNKNOWN_EXPIRY, ")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("thresholds: {days: 3 days}", "thresholds: this finding has no thresholds"),
        ("severity: high", "stands twice"),
        ("level: high", "level: is not a known key; write one of severity"),
    ],
)
def test_odd_values_of_a_finding_are_refused(tmp_path: Path, more: str, words: str) -> None:
    text = "findings:\n  STALE: {severity: info, enabled: yes, "
    text += f"title: {{id: A, en: B}}, action: {{id: C, en: D}}, {more}}}\n"
    found = mistakes(tmp_path, findings=text, rules=RULE)
    assert [words in error for error in found] == [True], found


# The version


def test_version_changes_with_what_decides_the_plan_and_only_then(tmp_path: Path) -> None:
    version = policy_of(tmp_path, rules=RULE).version
    assert len(version) == 64
    assert policy_of(tmp_path, rules="# a comment\n" + RULE).version == version
    for same in ("digest_above: 9", "mail: {reply_to: a@biro.go.id}", "scan: {every: 1 hour}"):
        assert policy_of(tmp_path, reminder=same + "\n").version == version
    for other in ("horizon: 3 years", "term_ends: day_before", "report_due: {S1: 08-01}"):
        assert policy_of(tmp_path, reminder=other + "\n").version != version
    policy_of(tmp_path, reminder="# as shipped\n")
    holidays = "holidays: {2026: {source: SKB, add: {2026-11-27: Pilkada}}}\n"
    assert policy_of(tmp_path, holidays=holidays).version != version


# Templates


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder with the template ``expiry`` whole in both languages."""
    for language in ("id", "en"):
        folder = tmp_path / "templates" / "email" / "expiry" / language
        folder.mkdir(parents=True)
        for part in PARTS:
            (folder / part).write_text("{{ title }}")
    return tmp_path / "templates"


def template_problems(folders: list[Path]) -> list[str]:
    return [f"{message}; {hint}" for message, hint in template_mistakes("expiry", folders)]


def test_template_may_be_spread_over_the_admins_folder_and_the_shipped_one(
    tmp_path: Path, templates: Path
) -> None:
    own = tmp_path / "own"
    (own / "email" / "expiry" / "id").mkdir(parents=True)
    (own / "email" / "expiry" / "id" / "body.txt.j2").write_text("x")
    assert template_problems([own, templates]) == []
    assert template_problems([own]) == [
        'the template "expiry" is not whole in Indonesian (id); add '
        "templates/email/expiry/id/subject.txt.j2, templates/email/expiry/id/body.html.j2",
        'the template "expiry" is not in English (en); add '
        "templates/email/expiry/en/subject.txt.j2, templates/email/expiry/en/body.txt.j2, "
        "templates/email/expiry/en/body.html.j2",
    ]


def test_sentences_of_one_language_are_asked_for_in_every_other(templates: Path) -> None:
    (templates / "email" / "expiry" / "id" / "sentences.txt.j2").write_text("x")
    assert template_problems([templates]) == [
        'the template "expiry" is not whole in English (en); add '
        "templates/email/expiry/en/sentences.txt.j2"
    ]


def test_unknown_template_is_named_with_the_near_one(templates: Path) -> None:
    assert list(template_mistakes("expire", [templates])) == [
        ('there is no template "expire"', 'did you mean "expiry"?')
    ]


def test_x36_only_a_small_text_file_is_a_template(tmp_path: Path, templates: Path) -> None:
    """X-36: refused."""
    folder = templates / "email" / "expiry" / "id"
    for part in PARTS:
        (folder / part).unlink()
    (tmp_path / "secret").write_text("x")
    (folder / "subject.txt.j2").symlink_to(tmp_path / "secret")
    (folder / "body.txt.j2").mkdir()
    os.mkfifo(folder / "body.html.j2")
    assert [problem.partition(" is ")[2] for problem in template_problems([templates])] == [
        "a link that leads out of its folder; put the file itself here",
        "a folder; put a text file here",
        "not a regular file; put a text file here",
    ]
    (folder / "body.html.j2").unlink()
    with (folder / "body.html.j2").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    (folder / "body.txt.j2").rmdir()
    (folder / "body.txt.j2").write_bytes(b"Caf\xe9")
    assert [problem.partition(" is ")[2] for problem in template_problems([templates])[1:]] == [
        "not UTF-8 (byte 3); save it as UTF-8",
        "larger than 256 KiB; this cannot be meant",
    ]


def test_template_without_a_language_is_named_once_at_the_first_rule(
    tmp_path: Path, templates: Path
) -> None:
    for part in PARTS:
        (templates / "email" / "expiry" / "en" / part).unlink()
    (tmp_path / "config").mkdir()
    rules = RULE.replace("deadline: expiry", "deadline: expiry\n    kinds: [KSDD]")
    rules += RULE.partition("\n")[2].replace("name: expiry", "name: other")
    (tmp_path / "config" / "rules.yaml").write_text(rules)
    problems, _ = find_problems(tmp_path / "config", shipped("config"), [templates], home=tmp_path)
    errors = [problem for problem in problems if problem.level == "error"]
    assert [(problem.file, problem.line, problem.key) for problem in errors] == [
        ("config/rules.yaml", 6, "rules[0].template")
    ]
    assert isinstance(errors[0], Problem)
