"""Files into staging: every row of every file and sheet is checked before anything is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from reminder.register.columns import TableSpec
from reminder.register.csv_rows import CsvRows
from reminder.register.files import FileProblem, RegisterFile, find_files, open_plain, size_of
from reminder.register.names import read_header, table_hint, table_of
from reminder.register.problems import ProblemList, where
from reminder.register.rows import RowChecker
from reminder.register.staging import BATCH, Staging
from reminder.register.text import escaped, shown
from reminder.register.xlsx_rows import Value, Workbook

Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all)."""


def read_files(
    paths: Sequence[Path], staging: Staging, problems: ProblemList, progress: Progress
) -> list[RegisterFile]:
    """Stage every row of *paths* that can be read; what cannot goes to *problems*."""
    files, left_out = find_files(paths)
    for file in left_out:
        problems.warn(file.label, None, "", "it is no .csv or .xlsx file", "it was left out")
    if not files:
        hint = "name a .csv or .xlsx file, or a folder that holds some"
        problems.error(
            ", ".join(str(path) for path in paths), None, "", "there is no file to import", hint
        )
    sizes = [_size(file.path) for file in files]
    for number, file in enumerate(files):
        done, total = sum(sizes[:number]), sum(sizes)
        try:
            _read_file(file, staging, problems, partial(_told, progress, done, total))
        except FileProblem as problem:
            problems.error(file.label, problem.line, "", problem.message, problem.hint)
    staging.finish()
    return files


def _told(progress: Progress, before: int, total: int, here: int) -> None:
    progress(before + here, total)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0  # named as a problem when it is opened


def _read_file(
    file: RegisterFile, staging: Staging, problems: ProblemList, progress: Callable[[int], None]
) -> None:
    ending = file.path.suffix.lower()
    if ending == ".csv":
        table = table_of(file.path.stem)
        if table is None:
            open_plain(file.path).close()  # a missing file is named for what it is
            raise FileProblem(
                f"the name {shown(file.path.name)} is no table's",
                table_hint(file.path.stem) + ".csv",
            )
        with open_plain(file.path) as stream:
            source = CsvRows(stream, table)
            rows = _counted(source.rows(), source.position, progress)
            _read_rows(rows, table, file.label, staging, problems, counts_from_1904=False)
    elif ending == ".xlsx":
        with open_plain(file.path) as stream:
            size = size_of(stream)
            _read_workbook(file, Workbook(stream), staging, problems)
            progress(size)
    else:
        open_plain(file.path).close()  # a missing file or a pipe is named for what it is
        raise FileProblem(
            f"files with the ending {shown(file.path.suffix)} are not read",
            "save it as .xlsx or as CSV UTF-8",
        )


def _read_workbook(
    file: RegisterFile, book: Workbook, staging: Staging, problems: ProblemList
) -> None:
    if not book.sheet_names:
        raise FileProblem("no sheet of it holds anything", "write a header line in a sheet")
    for name in book.sheet_names:
        if name.startswith("_"):
            continue  # a sheet of the office's own, which is no table
        table = table_of(name)
        if table is None and len(book.sheet_names) == 1:
            table = table_of(file.path.stem)  # "Sheet1" of agreements.xlsx
        label = f"{file.label}[{escaped(name)}]"
        if table is None:
            problems.error(
                label,
                None,
                "",
                f"the sheet's name {shown(name)} is no table's",
                f"{table_hint(name)}, or put _ before the name of a sheet that is no table",
            )
            continue
        try:
            _read_rows(
                book.rows(name),
                table,
                label,
                staging,
                problems,
                counts_from_1904=book.counts_from_1904,
            )
        except FileProblem as problem:
            problems.error(label, problem.line, "", problem.message, problem.hint)


def _read_rows(
    rows: Iterator[tuple[int, Sequence[Value]]],
    table: TableSpec,
    label: str,
    staging: Staging,
    problems: ProblemList,
    *,
    counts_from_1904: bool,
) -> None:
    first = next(rows, None)
    if first is None:
        raise FileProblem("it has no header line", "write one: " + ",".join(table.names))
    line, cells = first
    header, faults = read_header(table, [str(cell) for cell in cells])
    for fault in faults:
        problems.error(label, line, where("", fault.column), fault.message, fault.hint)
    if faults:
        return  # every row would only repeat it
    checker = RowChecker(table, header, label, problems, counts_from_1904=counts_from_1904)
    source = staging.add_source(label, table, checker.columns)
    for line, cells in rows:
        row = checker.check(line, cells)
        if row is not None:
            staging.add(source, row)


def _counted(
    rows: Iterable[tuple[int, list[str]]],
    position: Callable[[], int],
    progress: Callable[[int], None],
) -> Iterator[tuple[int, list[str]]]:
    """The same rows; tells how far the file is read, now and then."""
    for number, row in enumerate(rows):
        if number % BATCH == 0:
            progress(position())
        yield row
