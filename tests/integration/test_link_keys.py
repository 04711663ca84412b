"""The keys of links: a new one signs, an old one opens for a while, a retired one nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from reminder.cli.app import App
from reminder.cli.keys import keys
from reminder.errors import NotFound
from reminder.link_keys import OPENS_FOR
from reminder.storage import tables
from reminder.storage.engine import Database
from reminder.storage.link_keys import load_keys, retire, rotate, signing_kid
from tests.stored import World, at, make_policy

NOW = at("2026-05-04")


@pytest.fixture
def world(database: Database) -> World:
    return World(database, make_policy())


def standing(world: World, days: int = 0) -> dict[str, tuple[bool, bool]]:
    """Of each key whether it signs, and whether it opens, so many days later."""
    now = NOW + timedelta(days=days)
    with world.database.read() as connection:
        found = load_keys(connection)
    return {kid: (key.signs, key.opens(now)) for kid, key in found.items()}


def run(world: World, *arguments: str) -> Result:
    """``reminder keys`` with these arguments."""
    app = App(world.home, as_of=NOW, environ={})
    app.__dict__ |= {"database": world.database}
    return CliRunner().invoke(keys, list(arguments), obj=app)


def test_first_key_signs_until_another_follows(world: World) -> None:
    assert standing(world) == {"1": (True, True)}
    with world.database.write() as connection:
        assert rotate(connection, NOW, "admin").kid == "2"
        assert signing_kid(connection) == "2"
    assert standing(world) == {"1": (False, True), "2": (True, True)}
    assert standing(world, OPENS_FOR.days - 1)["1"] == (False, True)
    assert standing(world, OPENS_FOR.days)["1"] == (False, False)


def test_ten_keys_stay_in_their_order(world: World) -> None:
    for _ in range(10):
        with world.database.write() as connection:
            rotate(connection, NOW, "admin")
    assert list(standing(world)) == [str(number) for number in range(1, 12)]
    assert [kid for kid, (signs, _opens) in standing(world).items() if signs] == ["11"]


def test_retiring_the_key_that_signs_puts_another_in_its_place(world: World) -> None:
    with world.database.write() as connection:
        new = retire(connection, "1", NOW, "admin")
    assert new is not None
    assert standing(world) == {"1": (False, False), "2": (True, True)}


def test_retiring_an_old_key_leaves_the_one_that_signs(world: World) -> None:
    with world.database.write() as connection:
        rotate(connection, NOW, "admin")
        assert retire(connection, "1", NOW, "admin") is None
        assert retire(connection, "1", NOW, "admin") is None
    assert standing(world) == {"1": (False, False), "2": (True, True)}


def test_key_that_is_none_is_refused_with_those_that_are(world: World) -> None:
    with world.database.write() as connection, pytest.raises(NotFound, match="there are 1"):
        retire(connection, "7", NOW, "admin")
    assert world.rows(tables.events, "kind") == []


def test_command_lists_rotates_and_retires_with_events(world: World) -> None:
    assert run(world, "list").output == "1     signs\n"
    assert "Key 2 signs" in run(world, "rotate", "--by", "admin@biro.example.go.id").output
    assert "Key 3 signs" in run(world, "retire", "2").output
    assert "already" in run(world, "retire", "2").output
    listed = json.loads(run(world, "list", "--json").output)
    assert [(key["kid"], key["signs"], key["opens"]) for key in listed] == [
        ("1", False, True),
        ("2", False, False),
        ("3", True, True),
    ]
    events = world.rows(tables.events, "kind", "data")
    assert [json.loads(data) for kind, data in events if kind == "keys"] == [
        {"change": "rotated", "kid": "2"},
        {"change": "rotated", "kid": "3"},
        {"change": "retired", "kid": "2"},
    ]
    [actor, *_others] = [row[0] for row in world.rows(tables.events, "actor")]
    assert actor == "admin@biro.example.go.id"


def test_no_key_is_stored_or_shown(world: World) -> None:
    run(world, "rotate")
    secret = world.context(NOW).settings.secret_key
    assert secret not in str(world.everything()) + run(world, "list", "--json").output
