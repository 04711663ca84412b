"""Settling: what the pages of a hand-over and of an undo are made from, and their common frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from jobs.letters import LetterMaker
from jobs.matter_letters import matter_letter
from jobs.people import People
from jobs.planning import directory_of
from jobs.readers import Home, home_of
from reminder.clock import known_zone, local_date
from reminder.errors import NotFound
from reminder.mail.context import letter_context
from reminder.mail.languages import words_for
from reminder.mail.receipts import RECEIPT, Receipt
from reminder.mail.wording import clock_time
from reminder.storage.answered import AnsweredDeadline, load_deadline
from reminder.web.languages import answer_words
from reminder.web.notice_page import whom_to_ask
from reminder.web.offer_words import OfferWords, offer_words
from reminder.web.site import Page
from reminder.web.words import page_words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.mail.letters import Letter
    from reminder.web.acting import Visit


@dataclass(frozen=True, slots=True)
class Form:
    """One of the answers of such a page."""

    action: str
    question: str
    button: str
    explained: tuple[str, ...] = ()
    asks_why: bool = False
    is_quiet: bool = False
    """Not the one that the reader came for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one such page says."""

    heading: str
    status: tuple[str, ...]
    forms: tuple[Form, ...] = ()
    repeated: str = ""
    urgency: str = "later"
    problem: str = ""
    problem_of_reason: str = ""
    until: datetime | None = None
    """Until when the forms can be sent."""


@dataclass(frozen=True, slots=True)
class AboutToRecord:
    """What the page for a second press says of the answer that was sent."""

    language: str
    title: str
    will_record: str
    """A sentence; empty where the form named no answer."""


class Settling:
    """The matter that a link without a notice is about, as it stands, and who reads of it."""

    def __init__(self, visit: Visit, connection: Connection) -> None:
        """NotFound where the register no longer has it."""
        context, grant = visit.context, visit.grant
        found = load_deadline(connection, grant.deadline_id or 0)
        if found is None:
            raise NotFound("the register no longer has the deadline of that link")
        self._visit = visit
        self._connection = connection
        self.deadline: AnsweredDeadline = found
        self.now = context.clock.now()
        zone = known_zone(found.timezone, context.policy.service.timezone)
        self.today: date = local_date(self.now, zone)
        directory = directory_of(connection, context.policy)
        self.people = People(directory, found, self.today)
        self._reader = self.people.person(grant.recipient)
        self._home: Home = home_of(self._reader, directory, context.policy)
        self.words: OfferWords = offer_words(self._home.language)

    def at(self, instant: datetime) -> str:
        """By the clock of the reader's bureau."""
        return clock_time(instant, self._home.zone, words_for(self._home.language))

    def letter(self, receipt: Receipt) -> Letter:
        """What a mail to the reader would say now of *receipt*."""
        maker = LetterMaker(self._visit.context.policy)
        return matter_letter(
            self._connection, maker, self.deadline.id, self._reader, self._home,
            local_date(self.now, self._home.zone), receipt, template=RECEIPT,
        )  # fmt: skip

    def page(self, letter: Letter, shown: Shown) -> Page:
        """The page in the reader's language."""
        visit, language = self._visit, self._home.language
        own = page_words(language)
        said = letter_context(letter)
        holder = self.words.holder.format(until=self.at(shown.until)) if shown.until else ""
        reason = visit.form.get("reason", "")
        status = 200 if not (shown.problem or shown.problem_of_reason) else 422
        return Page(
            "offer",
            {
                "words": own,
                "own": self.words,
                "answers": answer_words(language),
                "service_name": said["service_name"],
                "title": said["title"],
                "heading": shown.heading,
                "status": shown.status,
                "urgency": shown.urgency,
                "repeated": shown.repeated,
                "problem": shown.problem or shown.problem_of_reason,
                "problem_of_reason": shown.problem_of_reason,
                "forms": shown.forms,
                "reason": reason,
                "facts": said["facts"],
                "whom_to_ask": whom_to_ask(letter),
                "about": own.about.format(
                    service=said["service_name"], ref=self.deadline.agreement or self.deadline.key
                ),
                "holder": holder if shown.forms else "",
                "path": visit.path,
                "nonce": visit.nonce,
            },
            status,
        )

    def about_to_record(self, letter: Letter) -> AboutToRecord:
        """What was sent, for somebody whose browser keeps no cookies."""
        language = self._home.language
        what = self.words.will_record.get(self._visit.form.get("action", ""))
        sentence = answer_words(language).will_record.format(what) if what else ""
        return AboutToRecord(language, str(letter_context(letter)["title"]), sentence)

    def problem(self) -> str:
        """Why what was sent is asked for again, in words."""
        words = answer_words(self._home.language)
        return {"too_fast": words.too_fast, "form_over": words.form_over}.get(
            self._visit.problem, ""
        )


def said_of(letter: Letter) -> Mapping[str, str]:
    """The phrases of the mail's templates: ``by``, ``owner``, ``old``, ``new``."""
    receipt = letter_context(letter)["receipt"]
    if not isinstance(receipt, Mapping):
        return {}
    return {name: str(value) for name, value in receipt.items()}


def lines(*texts: str) -> tuple[str, ...]:
    """Those that say something."""
    return tuple(text for text in texts if text)


def first_upper(text: str) -> str:
    """As the beginning of a sentence."""
    return text[:1].upper() + text[1:]
