"""What must be true before cooperation with a foreign partner: the items of the table ``checks``.

The items of PP 28/2018 Pasal 27 bind; the four principles of safety are from the trip report on
the evaluation meeting of August 2019 (III.4), not from a law, and no mail may call them one.
"""

from __future__ import annotations

from dataclasses import dataclass

from reminder.agreements import Agreement

LAW = "PP Nomor 28 Tahun 2018 Pasal 27"


@dataclass(frozen=True, slots=True)
class Item:
    """One item, by its code in the register. ``article`` is empty where no law asks for it."""

    code: str
    article: str = ""


_ALWAYS = (
    Item("hubungan_diplomatik", f"{LAW} ayat (1) huruf a"),
    Item("urusan_pemda", f"{LAW} ayat (1) huruf b"),
    Item("tanpa_kantor_perwakilan", f"{LAW} ayat (1) huruf c"),
    Item("tidak_mencampuri", f"{LAW} ayat (1) huruf d"),
    Item("sesuai_rpjmd", f"{LAW} ayat (1) huruf e"),
)
_OF_SCIENCE = (Item("alih_teknologi", f"{LAW} ayat (2)"),)
_WITH_GOVERNMENTS = (
    Item("setara_administratif", f"{LAW} ayat (3) huruf a"),
    Item("saling_melengkapi", f"{LAW} ayat (3) huruf b"),
    Item("people_to_people", f"{LAW} ayat (3) huruf c"),
)
_PRINCIPLES = (
    Item("aman_politis"),
    Item("aman_yuridis"),
    Item("aman_teknis"),
    Item("aman_keamanan"),
)
ITEMS = (*_ALWAYS, *_OF_SCIENCE, *_WITH_GOVERNMENTS, *_PRINCIPLES)
"""Every item that is known, in the order in which they are asked for."""

_SCIENCE = ("iptek", "teknologi", "ilmu pengetahuan", "science", "technology")


def items_for(agreement: Agreement) -> tuple[Item, ...]:
    """The items that this agreement must meet; none where both sides are Indonesian."""
    if agreement.kind not in ("KSDPL", "KSDLL"):
        return ()
    fields = agreement.fields.casefold()
    of_science = _OF_SCIENCE if any(word in fields for word in _SCIENCE) else ()
    with_government = _WITH_GOVERNMENTS if agreement.kind == "KSDPL" else ()
    return (*_ALWAYS, *of_science, *with_government, *_PRINCIPLES)
