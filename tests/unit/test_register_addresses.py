"""X-26 to X-32: one mail address, as it goes over the wire, or a refusal."""

from __future__ import annotations

import pytest

from reminder.register.addresses import doubts, email
from reminder.register.text import CellError


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("petugas@biro.example.go.id", "petugas@biro.example.go.id"),
        ("Petugas.A@Biro.Example.GO.ID", "Petugas.A@biro.example.go.id"),
        pytest.param("a@bücher.example", "a@xn--bcher-kva.example", id="X-29: domain beyond ASCII"),
        pytest.param("ünï@x.id", "ünï@x.id", id="X-29: local part beyond ASCII"),
        pytest.param("postmaster@x.id", "postmaster@x.id", id="X-30: accepted, with a warning"),
        pytest.param("noreply@x.id", "noreply@x.id", id="X-30: accepted, with a warning"),
        pytest.param("daftar@lists.example.id", "daftar@lists.example.id", id="X-30: mailing list"),
        pytest.param("a@null-mx.example", "a@null-mx.example", id="X-31: nothing is looked up"),
        pytest.param("a@例え.jp", "a@xn--r8jz45g.jp", id="scripts that belong together"),
    ],
)
def test_address_is_stored(written: str, stored: str) -> None:
    assert email(written) == stored
    assert email(stored) == stored


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("a@b@c", id="X-26: two @"),
        pytest.param('"a b"@x.id', id="X-26: quoted local part"),
        pytest.param("a@[127.0.0.1]", id="X-26: domain literal"),
        pytest.param("a@x.id,b@x.id", id="X-26: two addresses"),
        pytest.param("a@x.id; b@x.id", id="X-26: two addresses with a semicolon"),
        pytest.param("<a@x.id> NOTIFY=NEVER", id="X-27: a parameter"),
        pytest.param("a@x.id>\r\nRCPT TO:<b@x.id", id="X-27: a command"),
        pytest.param("-oQ@x.id", id="X-27: an option"),
        pytest.param("a" * 65 + "@x.id", id="X-28: local part of 65"),
        pytest.param("a@" + "b." * 126 + "id", id="X-28: longer than 254"),
        pytest.param("a@" + "b" * 64 + ".id", id="X-28: label of 64"),
        pytest.param("a@xn--zz--", id="X-29: no A-label"),
        pytest.param("a@xn--zz--.id", id="X-29: no A-label in a domain"),
        pytest.param("a@x.id.", id="X-31: trailing dot"),
        pytest.param("a@localhost", id="X-31: localhost"),
        pytest.param("a@x", id="X-31: no dot"),
        pytest.param("undisclosed:;", id="X-32: a group"),
        pytest.param("a" + "(" * 2000 + ")" * 2000 + "@x.id", id="X-32: nested comments"),
        pytest.param('"A \\" B" <a@x.id>', id="X-32: a display name"),
        pytest.param("=?utf-8?q?a=40b?=@x.id", id="X-32: an encoded word"),
        pytest.param("a@раjak.go.id", id="X-10: letters of two scripts"),
        pytest.param("a\u200d@x.id", id="an invisible character"),
        pytest.param("a\u202e@x.id", id="a character that turns the text round"),
        pytest.param("@x.id", id="nobody"),
        pytest.param("a@", id="nowhere"),
        pytest.param("Siti <a@x.id>", id="with a name"),
    ],
)
def test_address_is_refused_in_one_readable_line(written: str) -> None:
    with pytest.raises(CellError) as caught:
        email(written)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("stored", "word"),
    [
        ("ünï@x.id", "SMTPUTF8"),
        ("postmaster@x.id", "nobody reads"),
        ("no-reply@x.id", "nobody reads"),
        ("a@xn--bcher-kva.example", "outside ASCII in its domain"),
    ],
)
def test_doubtful_address_is_named(stored: str, word: str) -> None:
    doubt = doubts(stored)
    assert doubt is not None
    assert word in " ".join(doubt)


def test_plain_address_raises_no_doubt() -> None:
    assert doubts("petugas@biro.example.go.id") is None
