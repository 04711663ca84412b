"""LEGACY_BASIS: the legal basis on record names nothing but rules that were revoked.

Data: ``legal_basis`` in whatever form people write it, and the day of signing. No thresholds.
An empty cell is not this finding, and one rule in force among the revoked ones is enough.

It counts from the day on which the last of the named rules was revoked, or from the signing
where that came later. An agreement signed before stays in force to its end (PP 28/2018 Pasal 48)
and is to be renewed under the new rules; so it is only ``info``. One signed afterwards rested on
a revoked rule from the first day: ``action``. Source: trip report III.1 and III.8, domain E3.

Ended by a legal basis that names a rule in force, or by the agreement's end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from reminder.deadlines import Gap
from reminder.findings.base import Finding, Inspection, Thresholds, finding_of
from reminder.findings.signing import signed_on

CODE = "LEGACY_BASIS"
GAPS = (
    "basis_revoked",
    "basis_revoked_to_confirm",
    "signed_on_revoked_basis",
    "signed_on_revoked_basis_to_confirm",
)


@dataclass(frozen=True, slots=True)
class Revoked:
    """A rule that is no longer in force, and what revoked it when."""

    name: str
    article: str
    on: date
    is_confirmed: bool
    """Whether the revoking text was read; else a mail says "to be confirmed"."""


_PP_28 = "PP Nomor 28 Tahun 2018 Pasal 51"
# Its articles were not at hand, only reports that it revoked these two, promulgated 22 May 2020.
_PERMENDAGRI_25 = "Permendagri Nomor 25 Tahun 2020"
_SINCE_2020 = date(2020, 5, 22)
_REVOKED = {
    ("pp", 50, 2007): Revoked("PP Nomor 50 Tahun 2007", _PP_28, date(2018, 7, 13), True),
    ("permendagri", 3, 2008): Revoked(
        "Permendagri Nomor 3 Tahun 2008", _PERMENDAGRI_25, _SINCE_2020, False
    ),
    ("permendagri", 74, 2012): Revoked(
        "Permendagri Nomor 74 Tahun 2012", _PERMENDAGRI_25, _SINCE_2020, False
    ),
}

_PP = (
    r"(?:peraturan pemerintah(?: republik indonesia| ri)?(?: ?\( ?pp ?\))?"
    r"|government regulation|\bpp(?:\.? ?ri\b)?)"
)
_PERMENDAGRI = (
    r"(?:peraturan menteri dalam negeri(?: republik indonesia| ri)?(?: ?\( ?permen ?dagri ?\))?"
    r"|regulation of the minister of home affairs|minister of home affairs regulation"
    r"|\bpermen ?dagri(?:\.? ?ri\b)?)"
)
_CITATION = re.compile(
    rf"(?:(?P<pp>{_PP})|(?P<permendagri>{_PERMENDAGRI}))?"
    r"\.? ?(?:(?:nomor|nomer|number|no|nr)\b)?[ .:]*"
    r"(?<!\d)(?P<number>\d{1,3}) ?(?:/|,? ?\b(?:tahun|thn|th|year|of)\b\.?)"
    r" ?(?P<year>(?:19|20)\d\d)\b"
)
"""A rule by number and year. "PP 50/2007" and "Permendagri 3/2008 dan 74/2012": a second one of
the same kind may stand without it."""
_ANOTHER = re.compile(
    r"\b(?:uu|uud|undang|perpu|perppu|pp|peraturan|perpres|permen\w*|perda|pergub|perbup|perwal\w*"
    r"|keppres|kepmen\w*|keputusan|kepgub|instruksi|inpres|surat|se|law|act|regulation|decree"
    r"|circular)\b"
)
"""A word that begins the name of some rule: left over, it names one that is not in _REVOKED."""


@lru_cache(maxsize=1024)  # a register has a handful of legal bases, written again and again
def revoked_only(legal_basis: str) -> tuple[Revoked, ...]:
    """The revoked rules that *legal_basis* names; none where it names anything else too."""
    text = " ".join(legal_basis.casefold().split())
    kind = ""
    found: dict[str, Revoked] = {}
    for match in _CITATION.finditer(text):
        kind = "pp" if match["pp"] else "permendagri" if match["permendagri"] else kind
        rule = _REVOKED.get((kind, int(match["number"]), int(match["year"])))
        if rule is None:
            return ()
        found[rule.name] = rule
    return () if _ANOTHER.search(_CITATION.sub(" ", text)) else tuple(found.values())


def legacy_basis(inspection: Inspection, _thresholds: Thresholds) -> Finding | None:
    """The revoked rules that an agreement rests on."""
    agreement = inspection.dossier.agreement
    if inspection.is_over or not agreement.legal_basis:
        return None
    rules = revoked_only(agreement.legal_basis)
    if not rules:
        return None
    signed = agreement.signed_on or signed_on(inspection.dossier, inspection.today)
    since = signed.last if signed is not None else agreement.entered_on
    counts_from = max(since, *(rule.on for rule in rules))
    # Signed in the year or month of the revocation, nobody can say which came first.
    is_late = signed is not None and all(signed.first > rule.on for rule in rules)
    kind = "signed_on_revoked_basis" if is_late else "basis_revoked"
    gaps = []
    for rule in rules:
        values = [("rule", rule.name), ("article", rule.article)]
        if signed is not None:
            values.append(("signed_on", str(signed)))
        code = kind if rule.is_confirmed else f"{kind}_to_confirm"
        gaps.append((counts_from, Gap(code, tuple(values))))
    finding = finding_of(CODE, gaps, inspection.today)
    if finding is None:
        return None
    return replace(finding, severity="action") if is_late else finding
