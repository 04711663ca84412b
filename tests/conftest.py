"""Fixtures that several tests share: databases of each kind, a fresh home."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.postgres import ROLE, Server, Unavailable, running_server

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from reminder.storage.engine import Database

IN_CI = os.environ.get("CI", "") == "true"
NO_SERVER = "no PostgreSQL server to test on: "
NOT_HERE = (
    "cannot be injected here: ",
    "no real mail servers to test with: ",
    "no browser to test with: ",
)
"""Why else a test is skipped: each such test is named at the end of a run."""

# Other work on the machine makes any time limit a coin toss.
hypothesis.settings.register_profile(
    "here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("here"), derandomize=True, print_blob=True
)
hypothesis.settings.load_profile("ci" if IN_CI else "here")


def pytest_configure() -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("REMINDER_")]:
        del os.environ[name]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name in one line the tests that no PostgreSQL server could be had for."""
    skipped = [
        report.nodeid
        for report in terminalreporter.stats.get("skipped", [])
        if NO_SERVER in str(report.longrepr)
    ]
    if skipped:
        names = ", ".join(nodeid.rpartition("/")[2] for nodeid in skipped)
        terminalreporter.write_line(f"{len(skipped)} tests skipped without PostgreSQL: {names}")
    for report in terminalreporter.stats.get("skipped", []):
        if any(reason in str(report.longrepr) for reason in NOT_HERE):
            terminalreporter.write_line(f"{report.nodeid}: {report.longrepr[2]}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh migrated database of each kind, the test run once on each."""
    made: Database = request.getfixturevalue(f"{request.param}_database")
    return made


@pytest.fixture
def sqlite_database(tmp_path: Path, _sqlite_template: Path) -> Iterator[Database]:
    """A fresh migrated SQLite database."""
    from reminder.storage.engine import Database

    file = tmp_path / "reminder.db"
    shutil.copyfile(_sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    """A fresh migrated PostgreSQL database."""
    from reminder.storage.engine import Database

    database = Database(postgresql_url)
    yield database
    database.close()


@pytest.fixture
def postgresql_url(_postgresql_template: Server) -> Iterator[str]:
    """The URL of a fresh migrated PostgreSQL database, for tests that start processes."""
    name = f"test_{next(_numbers)}"
    _administer(_postgresql_template, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield _postgresql_template.url(name)
    _administer(_postgresql_template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh home as ``reminder init`` makes it, without digests and about dates only: most
    tests count notices."""
    from reminder.cli.home import make_home
    from tests.installed import dates_only, without_digests

    folder = tmp_path / "home"
    make_home(folder)
    return dates_only(without_digests(folder))


_TEMPLATE = "migrated"
_numbers = count(1)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _postgresql_server() -> Iterator[Server | Unavailable]:
    """The server, or why there is none: tests that need none must not fail for it."""
    try:
        with running_server() as server:
            yield server
    except Unavailable as unavailable:
        yield unavailable


@pytest.fixture(scope="session")
def _postgresql_template(_postgresql_server: Server | Unavailable) -> Server:
    if isinstance(_postgresql_server, Unavailable):
        if IN_CI:
            pytest.fail(f"{NO_SERVER}{_postgresql_server}", pytrace=False)
        pytest.skip(f"{NO_SERVER}{_postgresql_server}")
    _administer(_postgresql_server, f"CREATE DATABASE {_TEMPLATE}")
    _migrate(_postgresql_server.url(_TEMPLATE))
    return _postgresql_server


def _migrate(url: str) -> None:
    from reminder.storage.engine import Database
    from reminder.storage.schema import upgrade

    database = Database(url)
    upgrade(database)
    database.close()


def _administer(server: Server, statement: str) -> None:
    import psycopg

    where = f"host={server.folder} user={ROLE} dbname=postgres"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(statement.encode())
