"""A home whose one mail of today is in its Maildir, and whose pages are served."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.daemons import Daemon, fetch, served_on
from tests.installed import body_of, done, mails_of
from tests.registers import write_files
from tests.web_client import LINK, Answer

REGISTER = {
    "bureaus": "code,name\nB-01,Biro Kerja Sama Jawa Tengah\n",
    "contacts": "email,bureau,role,name\no@biro.example.go.id,B-01,officer,Siti Rahma\n",
    "agreements": (
        "ref,title,kind,bureau,partner,signed_on,expires_on\n"
        "A/1,Sister Province Queensland,KSDPL,B-01,Queensland,2021-04-01,2026-04-01\n"
    ),
}


@dataclass
class Office:
    """A home whose one mail of today is in its Maildir, and the port its pages are served on."""

    home: Path
    port: int

    @property
    def token(self) -> str:
        """That of the link in the mail."""
        [mail] = mails_of(self.home)
        [link] = {found[0] for found in LINK.finditer(body_of(mail))}
        assert link.startswith(f"http://127.0.0.1:{self.port}/a/")
        return link.rpartition("/")[2]

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """The answer, without its date, over a connection of its own."""
        return fetch(self.port, path, method, **headers)

    def page(self, token: str, method: str = "GET") -> Answer:
        """The page to which a link leads, whose own address bears no token."""
        answer = self.get(f"/a/{token}", method)
        assert answer.status == 303
        assert token not in answer.headers["location"]
        return self.get(answer.headers["location"], method)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables that a page could have to do with; a scan writes others."""
        with closing(sqlite3.connect(self.home / "var" / "reminder.db")) as database:
            return {
                table: sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
                for table in ("action_grants", "notices", "messages", "deadlines", "events")
            }


def make_office(home: Path) -> Office:
    """Fill *home*, and send its mail."""
    port = served_on(home)
    done(home, "import", write_files(home.parent / "register", REGISTER))
    done(home, "once")
    return Office(home, port)


@contextmanager
def daemons_of(office: Office) -> Iterator[Callable[..., Daemon]]:
    """Starts as many as are asked for, each of which is up then, and ends them all."""
    with ExitStack() as stack:

        def start(**environ: str) -> Daemon:
            daemon = stack.enter_context(Daemon(office.home, **environ))
            daemon.wait_logged("daemon_started")
            return daemon

        yield start
