"""To whom a letter speaks and why: the address lines, the notes on top, the footer."""

from __future__ import annotations

from collections.abc import Sequence

from reminder.mail.letters import Letter, NoticeFacts
from reminder.mail.plain_text import clean
from reminder.mail.wording import head_title, role_name
from reminder.mail.words import Words
from reminder.notices import is_succession, knows_already, stands_in_as

_SUPERIORS = ("head", "assistant", "secretary", "parent")
_FORMS_OF_ADDRESS = frozenset("bapak ibu pak bu saudara saudari sdr sdri".split())


def roles_of(letter: Letter) -> tuple[str, ...]:
    """The roles that its notices ask for, each once."""
    if letter.summary is not None:
        return (letter.summary.role,)
    return tuple(dict.fromkeys(notice.role for notice in letter.notices))


def stands_in(letter: Letter) -> bool:
    """Whether every notice is for a role that somebody else should have been told in."""
    return bool(letter.notices) and all(notice.fallback for notice in letter.notices)


def addressee(letter: Letter, words: Words) -> str:
    """How the text speaks to the reader; upward it is more deferential."""
    upward = stands_in(letter) or any(role in _SUPERIORS for role in roles_of(letter))
    return words.superior if upward else words.peer


def address_lines(letter: Letter, words: Words) -> tuple[str, ...]:
    """The office first and the person second, since people are moved often."""
    name, bureau = clean(letter.recipient_name, 160), clean(letter.bureau_name, 160)
    # A contact's name is often an office itself ("Kepala Biro Pemerintahan").
    is_office = name.casefold().split(" ", 1)[0] in words.office_words
    if is_office:
        top, person = name, ""
    elif roles_of(letter) in ((), ("admin",)):
        top = f"{words.role_titles['admin']} {clean(letter.service_name, 120)}"
        person = name
    elif stands_in(letter) and not bureau:
        top, person = f"{words.role_titles['admin']} {clean(letter.service_name, 120)}", name
    elif stands_in(letter):
        held = stands_in_as(letter.notices[0].fallback)
        top, person = (_person(name, words) if name else _office(held, bureau, words)), ""
    else:
        top, person = _office(roles_of(letter)[0], bureau, words), name
    lines = [f"{words.salutation} {top or clean(letter.service_name, 120)}"]
    # "Kepala Biro Pemerintahan Jawa Tengah" needs no second line "Biro Pemerintahan ...".
    unit = " ".join(bureau.casefold().split()[:2]).rstrip(",")
    if bureau and unit not in top.casefold():
        lines.append(bureau)
    if person:
        lines.append(f"{words.attention} {person}")
    return tuple(lines)


def _person(name: str, words: Words) -> str:
    """A person's name with a form of address, unless it begins with one ("Ibu Sri")."""
    has_one = name.casefold().split(" ", 1)[0].rstrip(".") in _FORMS_OF_ADDRESS
    return name if has_one else words.person.format(name)


def _office(role: str, bureau: str, words: Words) -> str:
    if role in ("head", "parent"):
        return head_title(bureau, words) or role_name(role, words)
    return words.role_titles.get(role) or role_name(role, words).capitalize()


def notes(letter: Letter, words: Words, you: str, *, is_copy: bool) -> tuple[str, ...]:
    """Sentences that stand above everything else, where this mail is out of the ordinary."""
    found: list[str] = []
    if is_copy:
        found.append(words.note_copy)
    if letter.catch_up:
        found.append(words.note_catch_up)
    unreached = [notice for notice in letter.notices if is_succession(notice.fallback)]
    if unreached:
        is_all = len(unreached) == len(letter.notices)
        said = words.note_succession if is_all else words.note_succession_some
        found.append(_standing_in(said, unreached, you, words))
    elif stands_in(letter) and not any(knows_already(one.fallback) for one in letter.notices):
        found.append(_standing_in(words.note_fallback, letter.notices, you, words))
    for left, role in dict.fromkeys(
        (notice.successor_of, notice.role) for notice in letter.notices if notice.successor_of
    ):
        # An address is nobody else's business; a name says enough.
        who = words.predecessor if "@" in left else clean(left, 160)
        found.append(words.note_successor.format(you=you, left=who, role=role_name(role, words)))
    return tuple(found)


def _standing_in(sentence: str, notices: Sequence[NoticeFacts], you: str, words: Words) -> str:
    """A sentence about the role and the office for which the reader stands in."""
    role = role_name(notices[0].role, words)
    return sentence.format(you=you, role=role, office=_office_of(notices, words))


def _office_of(notices: Sequence[NoticeFacts], words: Words) -> str:
    """Whose matter it is: who stands in may never have heard of it, so the bureau is named."""
    names = {clean(notice.responsible, 160) for notice in notices}
    return names.pop() if len(names) == 1 and "" not in names else words.responsible_office


def footer(letter: Letter, words: Words, ref: str, *, is_copy: bool) -> tuple[str, ...]:
    """What this mail is, why this address got it, and whom to ask."""
    refs = {clean(notice.agreement.ref, 200) for notice in letter.notices if notice.agreement}
    if len(refs) == 1:
        ref = f"{ref} / {refs.pop()}"
    recipient, bureau = clean(letter.recipient, 320), clean(letter.bureau_name, 160)
    # In a digest with matters of their own, those for which they stand in make them no officer.
    own = [notice.role for notice in letter.notices if not notice.fallback]
    asked = tuple(dict.fromkeys(notice.role for notice in letter.notices))
    roles = tuple(dict.fromkeys(own)) or asked or roles_of(letter) or ("admin",)
    role = ", ".join(role_name(name, words) for name in roles)
    if is_copy:
        why = words.footer_copy
    elif stands_in(letter):
        why = _why_stands_in(letter.notices, words)
    else:
        why = words.footer_role if bureau else words.footer_role_only
    contact = words.footer_contact if letter.contact else words.footer_no_contact
    service = clean(letter.service_name, 120)
    office = _office_of(letter.notices, words)
    return (
        words.footer_automatic.format(service=service, ref=ref),
        why.format(recipient=recipient, role=role, bureau=bureau, office=office),
        contact.format(contact=clean(letter.contact, 320), service=service),
    )


def _why_stands_in(notices: Sequence[NoticeFacts], words: Words) -> str:
    """Nobody holds the role, the mail to those who hold it did not arrive, or some of each."""
    unreached = [is_succession(notice.fallback) for notice in notices]
    if all(unreached):
        return words.footer_succession
    if all(knows_already(notice.fallback) for notice in notices):
        return words.footer_known
    return words.footer_stands_in if any(unreached) else words.footer_fallback
