"""Sample findings: every one that the service can make, with gaps as the register could give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from string import Formatter

from reminder.calendars import Due
from reminder.deadlines import Gap
from reminder.findings import DETECTORS
from reminder.mail.gap_words import GAPS
from reminder.mail.letters import NoticeFacts
from reminder.policy import FindingRule, load_policy
from reminder.resources import shipped

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "loi": ("LOI_STALE",),
    "contact": ("DORMANT_CONTACT", "PARTNER_SILENT", "WE_ARE_SILENT"),
    "owner": ("NO_OWNER",),
    "papers": ("ADMIN_INCOMPLETE", "UNKNOWN_EXPIRY"),
    "rule_gap": ("RULE_GAP", "LEGACY_BASIS"),
    "ceremonial": ("CEREMONIAL",),
    "meeting": ("FOLLOW_UP_INCOMPLETE",),
    "finding": ("STALE", "NO_RULE", "NO_RECIPIENT"),
}
"""The templates for findings, each with the codes that it is written for."""

_SHOWN: Mapping[str, tuple[str, ...]] = {
    "DORMANT_CONTACT": ("no_contact",),
    "NO_OWNER": ("no_officer", "no_budget"),
    "RULE_GAP": ("step_ahead",),
    "LEGACY_BASIS": ("basis_revoked",),
    "ADMIN_INCOMPLETE": ("text_missing", "number_year_differs", "text_dated_otherwise"),
    "FOLLOW_UP_INCOMPLETE": ("follow_up_unassigned_undated",),
    "CEREMONIAL": ("no_plan", "no_activity"),
}
"""The gaps of a usual finding; of one that is not here, all that its detector knows."""

_VALUES: Mapping[str, str | Mapping[str, str]] = {
    "activity": "visit",
    "article": "PP Nomor 28 Tahun 2018 Pasal 30",
    "budget_year": "2024",
    "check": "hubungan_diplomatik",
    "computed_on": "2024-08-06",
    "contact_on": "2023-05-11",
    "document": "naskah",
    "document_on": "2019-08-16",
    "done_on": "2019-08-06",
    "due_on": "2023-12-31",
    "expires_on": "2024-12-31",
    "item": {
        "id": "Menyusun rencana aksi kerja sama beserta anggarannya.",
        "en": "Draw up an action plan with its budget.",
    },
    "letter_on": "2024-02-26",
    "limit_on": "2024-02-14",
    "meeting": {
        "id": "Rapat Evaluasi Kerja Sama Sister Province tanggal 24 April 2024",
        "en": "Evaluation Meeting on Sister Provinces, 24 April 2024",
    },
    "n_days": "45",
    "n_items": "3",
    "n_months": "12",
    "n_notices": "3",
    "n_score": "20",
    "number": "090/682-Pem/2018",
    "prerequisite": {"id": "Persetujuan DPRD", "en": "Approval by the regional council"},
    "rule": "PP Nomor 50 Tahun 2007",
    "signed_on": "2019-08-06",
    "since_on": "2024-02-05",
    "start_on": "2019-08-06",
    "started_on": "2019-08-06",
    "step": {"id": "Penandatanganan naskah", "en": "Signing"},
    "step_on": "2019-08-06",
    "text_on": "2019-07-09",
}
"""A value for each name that gaps use."""


@lru_cache(maxsize=1)
def shipped_findings() -> Mapping[str, FindingRule]:
    """What the shipped ``findings.yaml`` says."""
    return load_policy(None, shipped("config"), []).findings


def sample_gap(code: str, language: str) -> Gap:
    """That gap with a value for each name in its sentence."""
    sentence = GAPS[language].get(code, "")
    names = dict.fromkeys(name for _text, name, _spec, _conversion in Formatter().parse(sentence))
    if code.startswith("follow_up"):
        names |= dict.fromkeys(("meeting", "n_items"))
    return Gap(code, tuple((name, _value(name, language)) for name in names if name))


def _value(name: str, language: str) -> str:
    value = _VALUES.get(name, name)
    return value if isinstance(value, str) else value[language]


def sample_finding(
    notice: NoticeFacts, code: str, language: str, rules: Mapping[str, FindingRule] | None = None
) -> NoticeFacts:
    """*notice* as one of that finding, which counts for a month; titles after *rules*."""
    rule = (rules if rules is not None else shipped_findings()).get(code)
    gaps = tuple(sample_gap(gap, language) for gap in _SHOWN.get(code, DETECTORS[code].gaps) if gap)
    found = replace(
        notice,
        deadline="finding",
        key=code,
        due=Due.of(date(2024, 4, 8)),
        lead_time="H+30",
        step_title="",
        start_by=None,
        legal_basis=rule.legal_basis if rule else "",
        legal_basis_confirmed=bool(rule and rule.verified_by),
        finding_title=rule.title.get(language, "") if rule else "",
        finding_action=rule.action.get(language, "") if rule else "",
        finding_detail="; ".join(gap.text for gap in gaps),
        gaps=gaps,
        severity=rule.severity if rule else "action",
    )
    if code == "FOLLOW_UP_INCOMPLETE":
        return replace(found, meeting=_value("meeting", language))
    if code == "LOI_STALE" and found.agreement is not None:
        title = {"id": "Pernyataan Kehendak", "en": "Letter of Intent"}[language]
        intent = replace(
            found.agreement, title=f"{title} Contoh - Queensland", instrument="LoI", term=None
        )
        return replace(found, agreement=intent)
    return found
