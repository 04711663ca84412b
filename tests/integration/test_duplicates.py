"""Two records of one agreement: what counts as such, and how many are looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reminder.storage.duplicates import same_agreements
from tests.factories import make_agreement
from tests.stored import World, make_office, put_many

if TYPE_CHECKING:
    from reminder.agreements import Agreement
    from reminder.storage.engine import Database


@pytest.fixture
def world(database: Database) -> World:
    made = World(database)
    made.put(*make_office())
    return made


def found(world: World, *agreements: Agreement) -> list[tuple[str, ...]]:
    world.put(*agreements)
    with world.database.read() as connection:
        return same_agreements(connection)


def test_same_parties_kind_and_instrument_twice_is_named(world: World) -> None:
    assert found(world, make_agreement("A"), make_agreement("B", title="Lain")) == [("A", "B")]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"partner": "Fujian"}, id="another partner"),
        pytest.param({"local_party": "Provinsi Jawa Barat"}, id="another region"),
        pytest.param({"kind": "KSDLL"}, id="another kind"),
        pytest.param({"instrument": "LoI"}, id="another instrument"),
        pytest.param({"replaces": "A"}, id="its successor"),
        pytest.param({"replaces": "A", "signed_on": None, "expires_on": None},
                     id="its intended successor"),
        pytest.param({"status": "terminated"}, id="over"),
        pytest.param({"status": "replaced"}, id="replaced"),
    ],
)  # fmt: skip
def test_what_differs_or_follows_is_another_agreement(world: World, other: Any) -> None:
    assert found(world, make_agreement("A"), make_agreement("B", **other)) == []


def test_writing_of_names_in_capitals_is_no_difference(world: World) -> None:
    other = make_agreement("B", partner="QUEENSLAND", local_party="provinsi jawa tengah")
    assert found(world, make_agreement("A"), other) == [("A", "B")]


def test_different_fields_make_two_agreements_and_none_leaves_it_open(world: World) -> None:
    water, health = make_agreement("A", fields="air"), make_agreement("B", fields="kesehatan")
    assert found(world, water, health) == []
    assert found(world, replace(health, fields=" Air")) == [("A", "B")]
    silent = make_agreement("C")
    assert found(world, health, silent) == [("A", "C"), ("B", "C")]


def test_record_without_parties_is_not_compared(world: World) -> None:
    nobody = [make_agreement(ref, partner="") for ref in ("A", "B")]
    assert found(world, *nobody) == []
    assert found(world, *(make_agreement(ref, local_party="") for ref in ("C", "D"))) == []


def test_one_that_somebody_replaced_is_not_compared_with_a_third(world: World) -> None:
    old, new = make_agreement("A"), make_agreement("B", replaces="A")
    assert found(world, old, new) == []
    assert found(world, make_agreement("C")) == [("B", "C")]


def test_thousands_of_records_of_one_pair_are_one_group(world: World) -> None:
    many = [make_agreement(f"A/{number:05}", bureau="B-01") for number in range(6000)]
    with world.database.write() as connection:
        put_many(connection, many)
    (group,) = found(world)
    assert len(group) == 5000
    assert group[0] == "A/00000"
