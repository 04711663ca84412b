"""Who is told: a deadline that fires, its rule and the contacts -> recipients."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reminder.directory import Directory

SUCCESSION_SHOWN = timedelta(days=365)
"""How long after somebody left the mail to the successor says so."""

ADMIN_ROLE = "admin"
PARENT_ROLE = "parent"
"""In ``escalate``: the head of the parent bureau. Not a role that a contact can hold."""
NOT_DELIVERED = "could not be delivered"
"""How the fallback of somebody ends who is told because the mail to others did not arrive."""
TOLD_BEFORE = "is told already"
"""How the fallback of somebody ends who is told because everybody nearer in line knows of it."""
VACANT = "where nobody holds that role"
SERVICE_ADMIN = "service admin"
OWNER_ROLE = "officer"
FALLBACK_ROLE = "head"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Address and role, resolved when the notice is made."""

    email: str
    role: str
    """The role that was asked for, also where somebody else stands in."""
    name: str = ""
    bureau: str = ""
    """The code of the bureau whose contact this is."""
    copy: bool = False
    fallback: str = ""
    """Who stands in for whom, in words; empty where the role itself was found."""
    successor_of: str = ""
    """The person who held the role and left; empty where nobody did."""
    level: int = 0
    """Told by that step of the rule's ``escalate``; 0 for the rule's own recipients."""

    @property
    def identity(self) -> str:
        """What makes two recipients the same person."""
        return self.email.casefold()


@dataclass(frozen=True, slots=True)
class Addressed:
    """The recipients of one occurrence, and the roles for which nobody was there."""

    recipients: tuple[Recipient, ...]
    same_person: tuple[Recipient, ...] = ()
    """Recipients left out because they are told already in another role."""
    missing_roles: tuple[str, ...] = ()
    passed_over: tuple[Recipient, ...] = ()
    """Recipients left out because no mail reaches their address."""


def recipients_for(
    directory: Directory,
    bureau: str,
    officer: str | None,
    to: Sequence[str],
    cc: Sequence[str],
    today: date,
    levels: Sequence[Sequence[str]] = (),
) -> Addressed:
    """Resolve the roles of a rule to people, as of the bureau's *today*.

    A role means the bureau's active contacts with it; the agreement's own *officer*
    replaces the officers. Nobody there: the bureau's head, then the parent bureau's
    contacts of that role, else its head, then the service admin. Where no mail reaches any of
    them, the next in line as after a mail that failed. *levels* are the roles of
    the steps of ``escalate`` that were told before: they are asked too, and need no copy.
    """
    found: list[Recipient] = []
    same: list[Recipient] = []
    missing: list[str] = []
    dead: list[Recipient] = []
    seen: dict[str, Recipient] = {}

    def add(people: Iterable[Recipient]) -> None:
        for person in people:
            first = seen.setdefault(person.identity, person)
            if first is person:
                found.append(person)
            elif not (person.copy and first.level):
                same.append(person)

    def resolve(role: str) -> Sequence[Recipient]:
        people, has_gap = _resolve(directory, bureau, officer, role, today)
        missing.extend([role] if has_gap else [])
        gone = [person for person in people if directory.is_dead(person.email)]
        dead.extend(gone)
        return people if not gone else _instead(directory, bureau, officer, role, people, today)

    for role in to:
        add(resolve(role))
    for level, roles in enumerate(levels, start=1):
        for role in roles:
            above = next_in_line(directory, bureau, officer, role, list(seen), today)
            add(replace(person, level=level) for person in above)
    for role in cc:
        add(replace(person, copy=True) for person in resolve(role))
    return Addressed(tuple(found), tuple(same), tuple(missing), tuple(dead))


def _resolve(
    directory: Directory, bureau: str, officer: str | None, role: str, today: date
) -> tuple[list[Recipient], bool]:
    """The recipients for one role, and whether the role itself had nobody."""
    if role == ADMIN_ROLE:
        return [Recipient(email, role) for email in directory.admins], False
    left = ""
    if role == OWNER_ROLE and officer:
        own = _own_officer(directory, bureau, officer, today)
        if own is not None:
            return [own], False
        gone = directory.contact(bureau, officer, today)
        if gone is not None and gone.active_to is not None and gone.active_to < today:
            left = gone.name or gone.email
    holders = directory.holders(bureau, role, today)
    if holders:
        left = left or _who_left(directory, bureau, role, today)
        return [
            Recipient(contact.email, role, contact.name, bureau, successor_of=left)
            for contact in holders
        ], False
    for whose, people in _stand_ins(directory, bureau, role, today):
        text = f"{whose} for {role} of {bureau}, {VACANT}"
        return [replace(person, fallback=text) for person in people], True
    text = f"{SERVICE_ADMIN} for {role} of {bureau or 'no bureau'}, where nobody can be told"
    return [Recipient(email, role, fallback=text) for email in directory.admins], True


def _instead(
    directory: Directory,
    bureau: str,
    officer: str | None,
    role: str,
    people: Sequence[Recipient],
    today: date,
) -> Sequence[Recipient]:
    """Those of *people* whom mail reaches; where it reaches none, the next in line."""
    reached = [person for person in people if not directory.is_dead(person.email)]
    if reached:
        return reached
    missed = [person.email for person in people]
    return successors_of(directory, bureau, officer, role, missed, (), today).recipients


def _own_officer(directory: Directory, bureau: str, officer: str, today: date) -> Recipient | None:
    """The agreement's own officer; None where a contact of that address is not active."""
    known = directory.contact(bureau, officer, today)
    if known is None:
        return Recipient(officer, OWNER_ROLE, bureau=bureau)
    if known.is_active(today):
        return Recipient(known.email, OWNER_ROLE, known.name, known.bureau)
    return None


def _stand_ins(
    directory: Directory, bureau: str, role: str, today: date
) -> Iterator[tuple[str, list[Recipient]]]:
    """Who stands in for *role* of *bureau*, nearest first: whose it is, and the people there."""
    parent = _parent_of(directory, bureau)
    for code, stand_in in (
        (bureau, FALLBACK_ROLE),
        (parent, role),
        (parent, FALLBACK_ROLE),
    ):
        contacts = directory.holders(code, stand_in, today) if code is not None else ()
        if code is not None and contacts:
            yield (
                f"{stand_in} of {code}",
                [Recipient(contact.email, role, contact.name, code) for contact in contacts],
            )


def _parent_of(directory: Directory, bureau: str) -> str | None:
    return directory.bureaus[bureau].parent if bureau in directory.bureaus else None


def _who_left(directory: Directory, bureau: str, role: str, today: date) -> str:
    """The person who last left the role, if that is recent enough to be worth saying."""
    gone = [
        contact
        for contact in directory.contacts.get(bureau, ())
        if contact.role == role
        and contact.active_to is not None
        and today - SUCCESSION_SHOWN <= contact.active_to < today
    ]
    if not gone:
        return ""
    last = max(gone, key=lambda contact: (contact.active_to or today, contact.email))
    return last.name or last.email


@dataclass(frozen=True, slots=True)
class Successors:
    """Who is told in the stead of those whose mail did not arrive; both empty: nobody is left."""

    recipients: tuple[Recipient, ...] = ()
    """The next in line, all of them where several stand at the same place."""
    told_already: tuple[str, ...] = ()
    """The next in line were told anyway, so nobody new is."""


def successors_of(
    directory: Directory,
    bureau: str,
    officer: str | None,
    role: str,
    unreached: Sequence[str],
    told: Collection[str],
    today: date,
) -> Successors:
    """The next contacts in line for *role* after the addresses that were *unreached*.

    The line is the order in which ``recipients_for`` looks for somebody: the agreement's own
    *officer*, who holds the role at the bureau, its head, the parent bureau's contacts of that
    role, its head, the service admins. *told* are the addresses that have the same notice in
    the same role and are not among the unreached. An address that no mail reaches is passed over.
    """
    missed = {email.casefold() for email in unreached}
    reached = {email.casefold() for email in told}
    for whose, level in _line(directory, bureau, officer, role, today):
        people = [
            person
            for person in level
            if person.identity not in missed and not directory.is_dead(person.email)
        ]
        known = tuple(person.email for person in people if person.identity in reached)
        if known:
            return Successors(told_already=known)
        if people:
            text = (
                f"{whose} for {role} of {bureau or 'no bureau'}, "
                f"where the mail to {' and '.join(unreached)} {NOT_DELIVERED}"
            )
            return Successors(tuple(replace(person, fallback=text) for person in people))
    return Successors()


def next_in_line(
    directory: Directory,
    bureau: str,
    officer: str | None,
    role: str,
    told: Collection[str],
    today: date,
) -> Sequence[Recipient]:
    """Who is told for *role* where a matter goes up: the nearest in line who is not *told* yet.

    The line is that of ``successors_of``: a bureau without anybody in that role, or whose
    people know of it already, has the matter told further up. For ``parent`` it begins with
    the head of the parent bureau and ends with the heads above: no service admin is one.
    """
    known = {email.casefold() for email in told}
    own, is_held = "", False
    dead: list[str] = []
    for whose, level in _line(directory, bureau, officer, role, today):
        own = own or whose
        if role == PARENT_ROLE and whose == SERVICE_ADMIN:
            break
        people = [person for person in level if not directory.is_dead(person.email)]
        left = [person for person in people if person.identity not in known]
        if left and whose == own:
            return left
        if left:
            text = f"{whose} for {role} of {bureau or 'no bureau'}, {_why_not(is_held, dead)}"
            return [replace(person, fallback=text) for person in left]
        if whose == own:
            is_held = is_held or bool(people)
            dead.extend(person.email for person in level if directory.is_dead(person.email))
    return ()


def _why_not(is_held: bool, dead: Sequence[str]) -> str:
    """Why nobody is told who holds the role: they know, no mail reaches them, or nobody does."""
    if is_held:
        return f"where everybody in that role {TOLD_BEFORE}"
    return f"where the mail to {' and '.join(dead)} {NOT_DELIVERED}" if dead else VACANT


def stands_in_as(fallback: str) -> str:
    """The role that the person who stands in has: ``head`` of "head of B-01 for officer ..."."""
    return fallback.partition(" of ")[0]


def is_succession(fallback: str) -> bool:
    """Whether somebody is told because the mail to others did not arrive, not for a vacancy."""
    return fallback.endswith(NOT_DELIVERED)


def knows_already(fallback: str) -> bool:
    """Whether somebody is told further up because all who hold the role know of it already."""
    return fallback.endswith(TOLD_BEFORE)


def _line(
    directory: Directory, bureau: str, officer: str | None, role: str, today: date
) -> Iterator[tuple[str, list[Recipient]]]:
    """Everybody who may be told for *role* of *bureau*, in order: whose it is, and the people."""
    if role == PARENT_ROLE:
        parent = _parent_of(directory, bureau)
        if parent is not None:
            for whose, people in _line(directory, parent, None, FALLBACK_ROLE, today):
                yield whose, [replace(person, role=role) for person in people]
        return
    if role != ADMIN_ROLE:
        whose = f"{role} of {bureau or 'no bureau'}"
        own = _own_officer(directory, bureau, officer, today) if officer else None
        if role == OWNER_ROLE and own is not None:
            yield whose, [own]
        holders = directory.holders(bureau, role, today)
        yield whose, [Recipient(one.email, role, one.name, bureau) for one in holders]
        yield from _stand_ins(directory, bureau, role, today)
    yield SERVICE_ADMIN, [Recipient(email, role) for email in directory.admins]
