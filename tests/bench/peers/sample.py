"""The mail that the peers send: 3.5 KB of text and HTML.

It imports nothing, so that the interpreter of each peer can read it.
"""

from __future__ import annotations

SENDER = "Pengingat <pengingat@example.go.id>"
LINE = "Perjanjian kerja sama ini akan berakhir — tanggapi sebelum hari yang disebut di bawah."
TEXT_LINES = 13
HTML_LINES = 21


def recipient(index: int) -> str:
    """Another person for each mail."""
    return f"petugas.{index:05}@example.go.id"


def subject(ref: str) -> str:
    """One line."""
    return f"[H-540] Kerja sama {ref} akan berakhir"


def text(ref: str) -> str:
    """The plain part."""
    return "\n".join([ref, *[LINE] * TEXT_LINES, ""])


def html(ref: str) -> str:
    """The HTML part."""
    lines = "".join(f"<p style='margin: 0'>{LINE}</p>\n" for _ in range(HTML_LINES))
    return f"<!doctype html><html><body><h1>{ref}</h1>\n{lines}</body></html>\n"
