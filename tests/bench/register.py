"""A register of any size, the same each time: agreements of which none, or 1 %, are due."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
ENTERED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=JAKARTA)
"""A Monday on which nothing is due: the instant of the import and of idle scans."""
DUE_AT = datetime(2026, 3, 3, 9, 0, tzinfo=JAKARTA)
"""The Tuesday on which 1 % reach their first lead time, H-540."""
FIRST_LEAD = 540
AGREEMENT = (
    "ref", "title", "kind", "instrument", "bureau", "partner", "country", "signed_on",
    "expires_on", "fields", "legal_basis",
)  # fmt: skip
FIELDS = ("pendidikan", "pertanian", "pariwisata", "perdagangan", "kebudayaan")
PARTNERS = (("Queensland", "Australia"), ("Fujian", "Tiongkok"), ("Chungcheongbuk-do", "Korea"))


def write_register(folder: Path, number: int) -> None:
    """Write bureaus, contacts and *number* agreements, one bureau for each hundred."""
    folder.mkdir(parents=True)
    random = Random(number)
    codes = [f"B-{index:04}" for index in range(max(1, number // 100))]
    _write(
        folder / "bureaus.csv",
        ("code", "name", "timezone", "language"),
        ((code, f"Biro {code}", "Asia/Jakarta", random.choice(("id", "en"))) for code in codes),
    )
    _write(
        folder / "contacts.csv",
        ("email", "bureau", "role", "name"),
        (
            (f"{role}.{code.lower()}@example.go.id", code, role, f"{role} {code}")
            for code in codes
            for role in ("officer", "head")
        ),
    )
    _write(
        folder / "agreements.csv",
        AGREEMENT,
        (_agreement(index, codes[index // 100 % len(codes)], random) for index in range(number)),
    )


def _agreement(index: int, bureau: str, random: Random) -> Sequence[str]:
    # Inside the horizon of 24 months, so that each has an open deadline; 1 % due on the day.
    later = 0 if index % 100 == 0 else random.randint(20, 170)
    expires_on = DUE_AT.date() + timedelta(days=FIRST_LEAD + later)
    partner, country = random.choice(PARTNERS)
    return (
        f"KSDPL/{index:06}",
        f"Kerja sama {random.choice(FIELDS)} dengan {partner} nomor {index}",
        "KSDPL",
        "MoU",
        bureau,
        partner,
        country,
        str(expires_on.replace(year=expires_on.year - 5, day=min(expires_on.day, 28))),
        str(expires_on),
        random.choice(FIELDS),
        "UU 23/2014",
    )


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(header)
        writer.writerows(rows)
