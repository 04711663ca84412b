"""What a mail says to somebody who gets it because the mail to others did not arrive."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reminder.mail.letters import Letter
from reminder.mail.render import Renderer
from reminder.mail.samples import sample_letter, sample_notice
from reminder.resources import shipped

RENDERER = Renderer([shipped("templates")])
UNREACHED = "head of B-01 for officer of B-01, where the mail to a@b.go.id could not be delivered"
VACANT = "head of B-01 for officer of B-01, where nobody holds that role"


def said(letter: Letter) -> str:
    mail = RENDERER.render(letter)
    assert mail.error == ""
    return " ".join(mail.text.split())


def letter(language: str, *fallbacks: str) -> Letter:
    notice = replace(sample_notice("expiry", language), responsible="Biro Kesejahteraan")
    notices = tuple(replace(notice, fallback=fallback) for fallback in fallbacks)
    made = sample_letter(language, notice)
    template = "expiry" if len(notices) == 1 else "digest"
    return replace(made, notices=notices, template=template)


@pytest.mark.parametrize(
    ("language", "sentence", "why", "untrue"),
    [
        (
            "id",
            "Pesan ini disampaikan kepada Bapak/Ibu karena pesan untuk penanggung jawab kerja sama "
            "pada Biro Kesejahteraan tidak dapat disampaikan kepada penerima yang seharusnya.",
            "menerima pesan ini karena pesan untuk penanggung jawab kerja sama pada Biro",
            "tercatat aktif",
        ),
        (
            "en",
            "You receive this because the message for the officer in charge of cooperation of Biro "
            "Kesejahteraan could not be delivered to the person it was meant for.",
            "receives it because the message for the officer in charge of cooperation of Biro",
            "has no active",
        ),
    ],
)
def test_next_in_line_is_told_why(language: str, sentence: str, why: str, untrue: str) -> None:
    text = said(letter(language, UNREACHED))
    assert sentence in text
    assert why in text
    assert untrue not in text
    assert "a@b.go.id" not in text, "an address is nobody else's business"


@pytest.mark.parametrize(
    ("language", "some", "as_role"),
    [
        ("id", "Sebagian hal dalam pesan ini disampaikan", "tercatat sebagai kepala unit kerja"),
        ("en", "You receive some of this because", "on record as head of the office"),
    ],
)
def test_digest_says_it_of_the_matters_concerned(language: str, some: str, as_role: str) -> None:
    mixed = letter(language, UNREACHED, "")
    own = replace(mixed.notices[1], role="head")
    text = said(replace(mixed, notices=(mixed.notices[0], own)))
    assert some in text
    assert as_role in text


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("id", "belum tercatat aktif atau tidak dapat dihubungi melalui surel"),
        ("en", "has no active officer in charge of cooperation on record who can be reached"),
    ],
)
def test_digest_of_vacant_and_unreached_roles_says_both(language: str, why: str) -> None:
    assert why in said(letter(language, UNREACHED, VACANT))


def test_nameless_next_officer_is_not_addressed_as_the_head() -> None:
    fallback = UNREACHED.replace("head of B-01 for", "officer of B-01 for")
    nameless = replace(letter("id", fallback), recipient_name="")
    assert "Yth. Penanggung Jawab Kerja Sama" in said(nameless)
