"""Calendars: the open dates of the register as entries, for a feed or an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reminder.deadlines import DeadlineKind
from reminder.mail.calendar_entries import CalendarDate, entry_of
from reminder.steps import chain_of

if TYPE_CHECKING:
    from reminder.mail.calendar_file import CalendarEvent
    from reminder.policy import Policy
    from reminder.settings import Settings
    from reminder.storage.open_dates import OpenDate


class Entries:
    """Makes the entries of open dates by one policy, in one language."""

    def __init__(self, settings: Settings, policy: Policy, language: str) -> None:
        self._settings = settings
        self._policy = policy
        self._language = language
        self._steps: dict[tuple[str, bool, str], str] = {}

    def of(self, one: OpenDate, *, with_derivation: bool = False) -> CalendarEvent:
        """The entry of one date; *with_derivation* for the admin, who may ask where it is from."""
        found = CalendarDate(
            agreement=one.agreement,
            kind=one.kind,
            key=one.key,
            due=one.due,
            epoch=one.epoch,
            about=one.about,
            topic=self._topic(one),
            derived_from=one.derived_from if with_derivation else "",
        )
        return entry_of(found, self._language, self._policy.service.name, self._settings.secret_key)

    def _topic(self, one: OpenDate) -> str:
        match one.kind:
            case DeadlineKind.STEP if one.about is not None:
                place = (one.about.kind, bool(one.about.replaces), one.key)
                if place not in self._steps:
                    step = chain_of(one.about, self._policy.chains).step(one.key)
                    self._steps[place] = step.title_in(self._language) if step else one.key
                return self._steps[place]
            case DeadlineKind.FOLLOW_UP:
                return one.follow_up_text
            case DeadlineKind.FINDING:
                rule = self._policy.findings.get(one.key.partition(":")[0])
                return rule.title.get(self._language, "") if rule is not None else ""
        return ""
