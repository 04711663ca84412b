"""Link keys: which key signs links, and which ones still open them. Pure; no key is in here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_KEY = "1"
"""The key that every secret has from the beginning."""
OPENS_FOR = timedelta(days=200)
"""How long a key opens links after another one signs: longer than any link of a mail lives."""


@dataclass(frozen=True, slots=True)
class LinkKey:
    """One key, as far as it is no secret."""

    kid: str
    made_at: datetime | None
    """None for the first, which is as old as the secret."""
    followed_at: datetime | None = None
    """Since when another key signs."""
    retired_at: datetime | None = None
    """Since when it opens nothing."""

    @property
    def signs(self) -> bool:
        """Whether new links are signed with it."""
        return self.followed_at is None and self.retired_at is None

    def opens(self, now: datetime) -> bool:
        """Whether links that it signed are still taken."""
        if self.retired_at is not None:
            return False
        return self.followed_at is None or now < self.followed_at + OPENS_FOR
