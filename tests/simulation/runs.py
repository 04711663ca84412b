"""Running seeds, and what all of them together have reached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from reminder.storage.engine import Database
from reminder.storage.schema import upgrade
from tests.simulation.crashes import REACHABLE
from tests.simulation.report import Report
from tests.simulation.world import World

STATES = (
    "pending", "claimed", "sending", "sent", "deferred", "uncertain", "held", "failed",
    "suppressed", "superseded",
)  # fmt: skip
"""All but ``bounced``, which needs an inbox."""


def memory_folder() -> str | None:
    """A folder in memory, where a sync costs nothing; None where the machine has none."""
    folder = Path("/dev/shm")
    return str(folder) if folder.is_dir() else None


def make_template(folder: Path) -> Path:
    """A migrated SQLite file to copy."""
    file = folder / "template.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


def simulate(seed: int, agreements: int, years: float, template: Path) -> Report:
    """The life of one world."""
    with TemporaryDirectory(dir=memory_folder()) as name:
        return World(seed, agreements, years, Path(name), template).live()


def unreached(reports: Sequence[Report]) -> list[str]:
    """States in which no message ever was, and crash points at which nobody died."""
    states = [state for state in STATES if not any(one.states[state] for one in reports)]
    points = [
        point.name for point in REACHABLE if not any(one.died_at[point.name] for one in reports)
    ]
    return [*states, *points]
