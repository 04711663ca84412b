"""Responsible: whether somebody whom a mail went to may still answer about its matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reminder.notices import OWNER_ROLE
from reminder.storage.people import load_line, load_people

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from reminder.policy import Policy
    from reminder.storage.answered import AnsweredDeadline


def is_responsible(
    connection: Connection,
    policy: Policy,
    recipient: str,
    role: str,
    deadline: AnsweredDeadline,
    today: date,
) -> bool:
    """Whether *recipient*, who was told in *role*, still has to do with the matter (R-ACT-02).

    So have its own officer, the service's admins, and whoever is in the directory of its bureau
    or of one above. An officer of the bureau has not, where the matter has another one of its
    own by now.
    """
    own = (deadline.officer or "").casefold()
    if recipient.casefold() in {own, *(address.casefold() for address in policy.service.admin)}:
        return True
    line = load_line(connection, deadline.bureau)
    roles = {
        contact.role
        for contact in load_people(connection, recipient)
        if contact.bureau in line and contact.is_active(today)
    }
    if own and role == OWNER_ROLE:
        roles.discard(OWNER_ROLE)
    return bool(roles)
