"""Two records of one agreement: the same parties, kind and instrument, none replacing the other.

A question about all agreements at once, so no detector asks it of each: ``check`` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from reminder.storage import tables

MOST_ROWS = 5000
"""Records looked at in full; more than these are the pattern of a register, not slips in it."""

_PARTIES = ("local_party", "partner", "kind", "instrument")


def same_agreements(connection: Connection) -> list[tuple[str, ...]]:
    """The refs of records in force that seem to be one agreement, each group in order.

    Where two name different ``fields``, they are agreements about two things.
    """
    agreements = tables.agreements.c
    key = [func.lower(agreements[name]).label(name) for name in _PARTIES]
    groups = (
        select(*key)
        .where(agreements.partner != "", agreements.local_party != "", *_in_force())
        .group_by(*key)
        .having(func.count() > 1)
        .subquery()
    )
    is_same = (func.lower(agreements[name]) == groups.c[name] for name in _PARTIES)
    rows = connection.execute(
        select(*groups.c, agreements.ref, agreements.replaces, agreements.fields)
        .join(groups, and_(*is_same))
        .where(*_in_force())
        .order_by(*groups.c, agreements.ref)
        .limit(MOST_ROWS)
    )
    found: list[tuple[str, ...]] = []
    for _parties, group in groupby(rows, key=lambda row: tuple(row[: len(_PARTIES)])):
        found.extend(_same([(row.ref, row.replaces, row.fields) for row in group]))
    return sorted(found)


def _same(group: Sequence[tuple[str, str | None, str]]) -> Iterator[tuple[str, ...]]:
    """Those of one pair of parties that are about the same, as far as they say."""
    refs = {ref for ref, _, _ in group}
    # An intended successor stands beside the agreement that it is to replace, and rightly so.
    standing = [(ref, fields) for ref, replaces, fields in group if replaces not in refs]
    about: defaultdict[str, list[str]] = defaultdict(list)
    for ref, fields in standing:
        about[" ".join(fields.casefold().split())].append(ref)
    silent = about.pop("", [])
    if not about:
        about[""] = []
    for named in about.values():
        some = sorted((*named, *silent))
        if len(some) > 1:
            yield tuple(some)


def _in_force() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    agreements, successors = tables.agreements.c, tables.agreements.alias().c
    is_signed = or_(
        successors.signed_on.is_not(None),
        successors.effective_on.is_not(None),
        successors.expires_on.is_not(None),
    )
    is_replaced = exists().where(successors.replaces == agreements.ref, is_signed)
    return agreements.status.not_in(("terminated", "replaced")), ~is_replaced
