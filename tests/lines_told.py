"""Who is told of an agreement in turn: registers, days and mails for tests of delivery."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.installed import MONDAY
from tests.registers import AGREEMENTS, BUREAUS, CONTACTS, csv_text

if TYPE_CHECKING:
    from tests.smtp_server import SmtpServer

OFFICER, HEAD, PARENT, ADMIN = (
    f"{name}@biro.example.go.id" for name in ("petugas", "kepala", "induk", "admin")
)
LINE = {
    "bureaus": "code,name,parent\nB-00,Sekretariat,\nB-01,Biro Kerja Sama,B-00\n",
    "contacts": (
        f"email,bureau,role\n{OFFICER},B-01,officer\n{HEAD},B-01,head\n{PARENT},B-00,head\n"
    ),
    "agreements": AGREEMENTS,
}
"""One agreement, and who is told of it in turn."""
EVENING = "2026-03-02T19:00:00+07:00"
TUESDAY = "2026-03-03T09:00:00+07:00"
APRIL = "2026-04-01T09:00:00+07:00"
"""Its H-60, after the H-90 of MONDAY."""


def later(**since_monday: float) -> str:
    """That instant after the Monday."""
    return (datetime.fromisoformat(MONDAY) + timedelta(**since_monday)).isoformat()


def with_officers(*ends: str) -> dict[str, str]:
    """So many agreements with these ends, each with an officer of its own."""
    header = ["ref", "title", "kind", "bureau", "officer", "signed_on", "expires_on"]
    rows = [
        [f"K-{n}", "Kerja sama", "KSDPL", "B-01", f"p{n}@biro.example.go.id", "2021-05-31", end]
        for n, end in enumerate(ends)
    ]
    return {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": csv_text(header, rows)}


def recipients(server: SmtpServer) -> list[str]:
    """Those of the mails that the relay stored, in order."""
    return [address for mail in server.mails for address in mail.recipients]
