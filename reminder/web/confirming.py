"""Confirming: a second button for those whose browser keeps no cookies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from jobs.offers import ACCEPT
from jobs.undo import UNDO
from reminder.mail.plain_text import clean
from reminder.mail.wording import agreement_name
from reminder.storage.linked_notices import load_linked_notice
from reminder.web import offer_pages, undo_pages
from reminder.web.languages import answer_words
from reminder.web.settling import AboutToRecord
from reminder.web.site import Page
from reminder.web.words import page_words

if TYPE_CHECKING:
    from reminder.storage.linked_notices import LinkedNotice
    from reminder.web.acting import Visit

OURS = ("nonce", "confirmed")
_OF_PURPOSE: Mapping[str, Callable[[Visit], AboutToRecord]] = {
    ACCEPT: offer_pages.about_to_record,
    UNDO: undo_pages.about_to_record,
}
"""What the links that belong to no notice are about."""


def confirming_page(visit: Visit, mark: str) -> Page:
    """Everything that was sent once more, hidden, with a *mark* that stands for the cookie.

    In the language of the mail, and with what is about to be recorded.
    """
    of_purpose = _OF_PURPOSE.get(visit.grant.purpose, _of_notice)
    said = of_purpose(visit)
    return Page(
        "confirm",
        {
            "words": page_words(said.language),
            "service_name": visit.context.policy.service.name,
            "title": said.title,
            "will_record": said.will_record,
            "path": visit.path,
            "fields": [(name, value) for name, value in visit.form.items() if name not in OURS],
            "mark": mark,
        },
    )


def _of_notice(visit: Visit) -> AboutToRecord:
    with visit.context.database.read() as connection:
        notice = load_linked_notice(connection, visit.grant.notice_id or 0)
    words = answer_words(notice.language)
    what = words.will_record_what.get(visit.form.get("action", ""))
    return AboutToRecord(
        notice.language, _title(notice), words.will_record.format(what) if what else ""
    )


def _title(notice: LinkedNotice) -> str:
    if notice.dossier is not None:
        return agreement_name(notice.dossier.agreement)
    return clean(notice.follow_up.text if notice.follow_up else "")
