"""Gaps in words: one sentence for each thing that a finding can consist of, in each language.

A sentence begins with a small letter and ends without a full stop, so that it can stand in a
list or after "that". In braces stand the gap's values by name, already in the reader's words:
a name that ends in ``_on`` is a date (``6 Agustus 2019``, ``Mei 2017``), one that begins with
``n_`` a number, ``activity`` a kind of contact, ``step`` and ``prerequisite`` the name of a step,
``document`` a kind of paper, ``check`` an item that was to be checked; any other is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

GAPS: Mapping[str, Mapping[str, str]] = {
    "id": {},
    "en": {},
}
"""By language, then by the gap's code."""
