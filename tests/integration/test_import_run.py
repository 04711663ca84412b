"""An import as a whole, on both databases: all or nothing, idempotent, marked and journaled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Table, func, select, update

from jobs.importing import import_files
from jobs.touched import plan_touched
from reminder.storage import tables
from tests.registers import (
    AGREEMENTS,
    BUREAUS,
    SMALL,
    agreement_csv,
    context_for,
    csv_text,
    import_small,
    refused,
    without_findings,
    write_files,
)

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database

TODAY = date(2026, 3, 2)
REGISTER = Path(__file__).parents[2] / "reminder/sample/register"


@pytest.fixture
def context(database: Database, tmp_path: Path) -> JobContext:
    return context_for(database, tmp_path)


def _all(context: JobContext, table: Table) -> list[Mapping[str, Any]]:
    with context.database.read() as connection:
        query = select(table).order_by(*table.primary_key)
        return [dict(row) for row in connection.execute(query).mappings()]


def _everything(context: JobContext) -> dict[str, list[Mapping[str, Any]]]:
    return {name: _all(context, table) for name, table in tables.metadata.tables.items()}


def _unmark(context: JobContext) -> None:
    with context.database.write() as connection:
        connection.execute(update(tables.agreements).values(replan_on=None))
        connection.execute(tables.service.delete())


def _marked(context: JobContext) -> dict[str, date]:
    agreements = _all(context, tables.agreements)
    return {row["ref"]: row["replan_on"] for row in agreements if row["replan_on"]}


TEN_MISTAKES = {
    "bureaus": "code,name,timezone,language,parent\n"
    "B-01,Biro Satu,Asia/Jakrta,id,\n"  # 1: zone
    "B-02,Biro Dua,,id,B-03\n"
    "B-03,Biro Tiga,,id,B-02\n",  # 2: circle
    "contacts": "email,bureau,role\n"
    "a@x.id;b@x.id,B-01,officer\n"  # 3: two addresses
    "c@x.id,B-07,officer\n",  # 4: unknown bureau
    "agreements": "ref,title,kind,bureau,signed_on,expires_on,term\n"
    "KSD-1,Satu,KSDPL,B-01,02/03/2026,,\n"  # 5: ambiguous date
    "KSD-2,Dua,KSDPX,B-01,,,\n"  # 6: kind
    "KSD-3,,KSDPL,B-01,,,\n"  # 7: required
    "KSD-4,Empat,KSDPL,B-01,2026-05-31,2025-05-31,\n"  # 8: expiry before signing
    "ksd-1,Lima,KSDPL,B-01,,,\n"  # 9: the same key
    "KSD-6,Enam,KSDPL,B-01,,,selamanya\n",  # 10: term
    "reports": "agreement,period,submitted_on\n"
    "KSD-1,2026-S3,\n"  # 11: period
    "KSD-99,2026-S1,2026-02-01\n",  # 12: unknown agreement
}


def test_every_mistake_of_an_import_is_named_and_nothing_is_changed(
    context: JobContext, tmp_path: Path
) -> None:
    import_small(context, tmp_path / "first")
    before = _everything(context)
    problems = refused(context, write_files(tmp_path / "in", TEN_MISTAKES))
    assert sorted((problem.file, problem.line, problem.key) for problem in problems) == [
        ("agreements.csv", 2, "KSD-1: signed_on"),
        ("agreements.csv", 3, "KSD-2: kind"),
        ("agreements.csv", 4, "KSD-3: title"),
        ("agreements.csv", 5, "KSD-4: expires_on"),
        ("agreements.csv", 6, "ksd-1: ref"),
        ("agreements.csv", 7, "KSD-6: term"),
        ("bureaus.csv", 2, "B-01: timezone"),
        ("bureaus.csv", 3, "B-02: parent"),
        ("contacts.csv", 2, "email"),
        ("contacts.csv", 3, "c@x.id B-07 officer: bureau"),
        ("reports.csv", 2, "period"),
        ("reports.csv", 3, "KSD-99 2026-S1: agreement"),
    ]
    assert all(problem.message and problem.hint for problem in problems)
    assert _everything(context) == before


def test_refusal_says_how_many_mistakes_there_are(context: JobContext, tmp_path: Path) -> None:
    from reminder.errors import ImportRefused

    rows = [[f"KSD-{number}", "", "KSDPL", "B-01"] for number in range(1_200)]
    agreements = csv_text(["ref", "title", "kind", "bureau"], rows)
    folder = write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreements})
    with pytest.raises(ImportRefused, match=r"200 more like these; 1,200 mistakes found") as caught:
        import_files(context, [folder])
    assert len(caught.value.problems) == 1_000


def test_same_files_twice_change_nothing(context: JobContext) -> None:
    first = import_files(context, [REGISTER])
    assert first.tables["agreements"].added > 40
    plan_touched(context)
    before = _everything(context)
    second = import_files(context, [REGISTER])
    assert second.changes == 0
    assert _everything(context) == before


def test_older_file_after_a_newer_one_is_a_change_that_the_journal_shows(
    context: JobContext, tmp_path: Path
) -> None:
    old = write_files(tmp_path / "old", SMALL)
    new = write_files(
        tmp_path / "new", {"agreements": AGREEMENTS.replace("2026-05-31", "2031-05-31")}
    )
    import_files(context, [old])
    import_files(context, [new])
    report = import_files(context, [old])
    assert report.tables["agreements"].changed == 1
    data = [
        json.loads(row["data"]) for row in _all(context, tables.events) if row["kind"] == "fact"
    ]
    assert [entry["changed"]["expires_on"] for entry in data] == [
        ["2026-05-31", "2031-05-31"],
        ["2031-05-31", "2026-05-31"],
    ]


def test_files_may_refer_to_each_other_in_any_order(context: JobContext, tmp_path: Path) -> None:
    rows = [["KSD-2", "Dua", "KSDPL", "B-01", "KSD-1"], ["KSD-1", "Satu", "KSDPL", "B-01", ""]]
    agreements = csv_text(["ref", "title", "kind", "bureau", "replaces"], rows)
    folder = write_files(tmp_path / "in", {"agreements": agreements, "zz": ""})
    (folder / "zz.csv").unlink()
    bureaus = write_files(
        tmp_path / "later", {"bureaus": "code,name,parent\nB-01,Satu,B-02\nB-02,Dua,\n"}
    )
    import_files(context, [folder, bureaus])
    assert [row["replaces"] for row in _all(context, tables.agreements)] == [None, "KSD-1"]


def test_unknown_bureau_is_named_with_those_that_there_are(
    context: JobContext, tmp_path: Path
) -> None:
    bureaus = "code,name\nB-01,Satu\nB-02,Dua\n"
    contacts = "email,bureau,role\na@x.id,XX,officer\n"
    folder = write_files(tmp_path / "in", {"bureaus": bureaus, "contacts": contacts})
    (problem,) = refused(context, folder)
    assert str(problem) == (
        'contacts.csv:2: a@x.id XX officer: bureau: "XX" is not in the register; '
        "import it first, or write one of B-01, B-02"
    )


def test_near_name_of_an_agreement_is_offered(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    reports = "agreement,period\nKDS-1,2026-S1\nksd-1,2026-S2\n"
    far, same = refused(context, write_files(tmp_path / "in", {"reports": reports}))
    assert "write KSD-1" in far.hint
    assert same.hint == 'write it as it stands there: "KSD-1"'


@pytest.mark.parametrize(
    "replaces",
    [{"KSD-1": "KSD-1"}, {"KSD-1": "KSD-2", "KSD-2": "KSD-1"}],
    ids=["itself", "each other"],
)
def test_circle_of_replacements_is_refused(
    context: JobContext, tmp_path: Path, replaces: dict[str, str]
) -> None:
    rows = [[ref, "Kerja sama", "KSDPL", "B-01", other] for ref, other in replaces.items()]
    agreements = csv_text(["ref", "title", "kind", "bureau", "replaces"], rows)
    folder = write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreements})
    (problem,) = refused(context, folder)
    assert problem.key.endswith("replaces")


def test_circle_that_the_register_closes_is_refused(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    import_files(
        context,
        [
            write_files(
                tmp_path / "in", {"agreements": agreement_csv(ref="KSD-2", replaces="KSD-1")}
            )
        ],
    )
    folder = write_files(
        tmp_path / "in", {"agreements": agreement_csv(ref="KSD-1", replaces="KSD-2")}
    )
    (problem,) = refused(context, folder)
    assert "circle" in problem.message


def test_column_that_a_file_lacks_keeps_what_the_register_has(
    context: JobContext, tmp_path: Path
) -> None:
    import_small(context, tmp_path / "first")
    import_files(
        context, [write_files(tmp_path / "in", {"agreements": agreement_csv(title="Baru")})]
    )
    (row,) = _all(context, tables.agreements)
    assert (row["title"], row["partner"], row["expires_on"]) == ("Baru", "Queensland", "2026-05-31")


def test_empty_cell_empties_what_the_register_has(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    row = agreement_csv(partner="", expires_on="")
    import_files(context, [write_files(tmp_path / "in", {"agreements": row})])
    (stored,) = _all(context, tables.agreements)
    assert (stored["partner"], stored["expires_on"]) == ("", None)


def test_column_alone_may_not_contradict_what_the_register_has(
    context: JobContext, tmp_path: Path
) -> None:
    import_small(context, tmp_path / "first")
    folder = write_files(tmp_path / "in", {"agreements": agreement_csv(expires_on="2020-01-01")})
    (problem,) = refused(context, folder)
    assert problem.key == "KSD-1: expires_on"
    assert "before the signing 2021-05-31" in problem.message


def test_contradiction_is_named_beside_the_other_mistakes_of_its_row(
    context: JobContext, tmp_path: Path
) -> None:
    row = agreement_csv(kind="KSDXX", signed_on="2021-05-31", expires_on="2020-01-01")
    found = refused(context, write_files(tmp_path / "in", {**SMALL, "agreements": row}))
    assert [problem.key for problem in found] == ["KSD-1: kind", "KSD-1: expires_on"]


def test_missing_rows_are_listed_and_kept(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    folder = write_files(tmp_path / "in", {"agreements": agreement_csv(ref="KSD-2")})
    report = import_files(context, [folder])
    tally = report.tables["agreements"]
    assert (tally.added, tally.missing, tally.some_missing) == (1, 1, ["KSD-1"])
    assert len(_all(context, tables.agreements)) == 2


def test_entry_day_is_the_bureaus_own_and_stays(database: Database, tmp_path: Path) -> None:
    late = context_for(database, tmp_path, datetime(2026, 3, 1, 15, 30, tzinfo=UTC))
    bureaus = "code,name,timezone\nJKT,Jakarta,WIB\nJAY,Jayapura,WIT\n"
    rows = [["KSD-1", "Satu", "KSDPL", "JKT"], ["KSD-2", "Dua", "KSDPL", "JAY"]]
    agreements = csv_text(["ref", "title", "kind", "bureau"], rows)
    folder = write_files(tmp_path / "in", {"bureaus": bureaus, "agreements": agreements})
    import_files(late, [folder])
    entered = {row["ref"]: row["entered_on"] for row in _all(late, tables.agreements)}
    # 22:30 in Jakarta, half past midnight in Jayapura.
    assert entered == {"KSD-1": date(2026, 3, 1), "KSD-2": date(2026, 3, 2)}
    later = context_for(database, tmp_path, datetime(2026, 6, 1, 2, 0, tzinfo=UTC))
    write_files(folder, {"agreements": agreements.replace("Satu", "Satu baru")})
    import_files(later, [folder])
    (changed, unchanged) = _all(later, tables.agreements)
    assert (changed["entered_on"], changed["replan_on"]) == (date(2026, 3, 1), date(2026, 6, 1))
    assert (unchanged["entered_on"], unchanged["replan_on"]) == (date(2026, 3, 2), date(2026, 3, 2))


FACTS = {
    "reports": "agreement,period,submitted_on,evidence\nKSD-1,2025-S2,2026-01-20,x\n",
    "steps": "agreement,step,started_on\nKSD-1,prakarsa,2026-01-20\n",
    "follow_ups": "id,agreement,text,due_on\nF-1,KSD-1,x,2026-04-01\n",
    "activities": "agreement,date,type\nKSD-1,2026-01-20,visit\n",
    "documents": "agreement,type,number\nKSD-1,naskah,1\n",
    "plans": "agreement,item,due_on\nKSD-1,Pelatihan,2026-04-01\n",
    "checks": "agreement,check,answer\nKSD-1,urusan_pemda,yes\n",
    "opt_outs": "agreement,rule,until\nKSD-1,report,2026-04-01\n",
    "contacts": "email,bureau,role\nbaru@x.id,B-01,head\n",
    "bureaus": "code,name\nB-01,Nama baru\n",
    "agreements": agreement_csv(title="Judul baru"),
}


@pytest.mark.parametrize("table", FACTS)
def test_new_fact_marks_its_agreement_and_no_other(
    context: JobContext, tmp_path: Path, table: str
) -> None:
    import_small(context, tmp_path / "first")
    others = {
        "bureaus": "code,name\nB-02,Lain\n",
        "agreements": agreement_csv(ref="KSD-2", bureau="B-02"),
    }
    import_files(context, [write_files(tmp_path / "others", others)])
    _unmark(context)
    folder = write_files(tmp_path / "in", {table: FACTS[table]})
    import_files(context, [folder])
    assert _marked(context) == {"KSD-1": TODAY}
    _unmark(context)
    import_files(context, [folder])
    assert _marked(context) == {}
    assert not _all(context, tables.service)


def test_contact_of_a_parent_bureau_marks_the_agreements_of_its_children(
    context: JobContext, tmp_path: Path
) -> None:
    files = {
        "bureaus": "code,name,parent\nP,Induk,\nC,Anak,P\nG,Cucu,C\nX,Lain,\n",
        "agreements": csv_text(
            ["ref", "title", "kind", "bureau"],
            [[f"KSD-{code}", "Kerja sama", "KSDPL", code] for code in "PCGX"],
        ),
    }
    import_files(context, [write_files(tmp_path / "first", files)])
    _unmark(context)
    contacts = {"contacts": "email,bureau,role\na@x.id,P,head\n"}
    import_files(context, [write_files(tmp_path / "in", contacts)])
    assert sorted(_marked(context)) == ["KSD-C", "KSD-G", "KSD-P"]


def test_replacing_agreement_marks_the_replaced_one(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    _unmark(context)
    row = agreement_csv(ref="KSD-2", replaces="KSD-1")
    import_files(context, [write_files(tmp_path / "in", {"agreements": row})])
    assert sorted(_marked(context)) == ["KSD-1", "KSD-2"]


@pytest.mark.parametrize("table", ["steps", "activities"])
def test_what_happens_on_the_way_to_a_successor_marks_the_replaced_one_too(
    context: JobContext, tmp_path: Path, table: str
) -> None:
    import_small(context, tmp_path / "first")
    row = agreement_csv(ref="KSD-2", replaces="KSD-1")
    import_files(context, [write_files(tmp_path / "more", {"agreements": row})])
    _unmark(context)
    fact = {table: FACTS[table].replace("KSD-1", "KSD-2")}
    import_files(context, [write_files(tmp_path / "in", fact)])
    assert sorted(_marked(context)) == ["KSD-1", "KSD-2"]


def test_follow_up_that_moves_marks_both_agreements(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    files = {"agreements": agreement_csv(ref="KSD-2"), "follow_ups": FACTS["follow_ups"]}
    import_files(context, [write_files(tmp_path / "more", files)])
    _unmark(context)
    moved = {"follow_ups": FACTS["follow_ups"].replace("KSD-1", "KSD-2")}
    import_files(context, [write_files(tmp_path / "in", moved)])
    assert sorted(_marked(context)) == ["KSD-1", "KSD-2"]


def test_follow_up_without_agreement_is_planned_too(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    _unmark(context)
    follow_ups = {"follow_ups": "id,text,bureau,due_on\nF-1,x,B-01,2026-04-01\n"}
    import_files(context, [write_files(tmp_path / "in", follow_ups)])
    (row,) = _all(context, tables.service)
    assert (row["name"], row["value"]) == ("replan_unattached", "2026-03-02")
    assert _marked(context) == {}


def test_import_is_journaled_once_and_each_changed_record_once(
    context: JobContext, tmp_path: Path
) -> None:
    import_small(context, tmp_path / "first")
    changed = {"agreements": AGREEMENTS.replace("Queensland", "Fujian")}
    import_files(context, [write_files(tmp_path / "in", changed)])
    events = [
        (row["kind"], row["agreement"], json.loads(row["data"]))
        for row in sorted(_all(context, tables.events), key=lambda row: int(row["id"]))
    ]
    assert events == [
        (
            "import",
            "",
            {
                "files": ["agreements.csv", "bureaus.csv", "contacts.csv"],
                "tables": {
                    name: {"added": 1, "changed": 0}
                    for name in ("bureaus", "contacts", "agreements")
                },
            },
        ),
        (
            "fact",
            "KSD-1",
            {
                "table": "agreements",
                "key": ["KSD-1"],
                "changed": {"partner": ["Queensland", "Fujian"]},
            },
        ),
        (
            "import",
            "",
            {"files": ["agreements.csv"], "tables": {"agreements": {"added": 0, "changed": 1}}},
        ),
    ]


def test_dry_run_counts_todays_mails_and_changes_nothing(
    context: JobContext, tmp_path: Path
) -> None:
    before = _everything(context)
    folder = write_files(tmp_path / "in", SMALL)
    report = import_files(without_findings(context), [folder], dry_run=True)
    assert report.tables["agreements"].added == 1
    assert report.mails_today == 1  # H-90 of an expiry on 2026-05-31 was reached on 27 February
    assert report.mails_without == 0
    assert _everything(context) == before


def _many(context: JobContext, tmp_path: Path, number: int) -> list[list[str]]:
    rows = [[f"KSD-{index:03}", "Kerja sama", "KSDPL", "B-01", ""] for index in range(number)]
    _import_rows(context, tmp_path, rows)
    return rows


def _import_rows(
    context: JobContext, tmp_path: Path, rows: list[list[str]], confirmed: int | None = None
) -> int:
    agreements = csv_text(["ref", "title", "kind", "bureau", "status"], rows)
    folder = write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreements})
    return import_files(context, [folder], confirmed_ends=confirmed).tables["agreements"].changed


def test_import_that_ends_many_agreements_must_be_confirmed(
    context: JobContext, tmp_path: Path
) -> None:
    rows = _many(context, tmp_path, 50)
    for row in rows[:6]:
        row[4] = "dihentikan"
    agreements = csv_text(["ref", "title", "kind", "bureau", "status"], rows)
    folder = write_files(tmp_path / "in", {"agreements": agreements})
    (problem,) = refused(context, folder)
    assert "would end 6 of 50 open agreements" in problem.message
    assert "--yes-remove=6" in problem.hint
    assert _import_rows(context, tmp_path, rows, confirmed=6) == 6


def test_import_that_ends_few_agreements_needs_no_confirmation(
    context: JobContext, tmp_path: Path
) -> None:
    rows = _many(context, tmp_path, 50)
    for row in rows[:5]:
        row[4] = "terminated"
    assert _import_rows(context, tmp_path, rows) == 5


def test_batches_are_stored_whole(context: JobContext, tmp_path: Path) -> None:
    _many(context, tmp_path, 2_345)
    with context.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.agreements)) == 2_345
    assert len(_marked(context)) == 2_345


def test_unknown_rule_and_step_are_warned_of(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    facts = {
        "opt_outs": "agreement,rule,reason\nKSD-1,no-such-rule,x\n",
        "steps": "agreement,step,due_on\nKSD-1,langkah_sendiri,2026-05-01\n",
    }
    report = import_files(context, [write_files(tmp_path / "in", facts)])
    assert sorted(str(warning) for warning in report.warnings) == [
        'opt_outs.csv:2: KSD-1 no-such-rule: rule: "no-such-rule" is not in rules.yaml; '
        "check the name",
        'steps.csv:2: KSD-1 langkah_sendiri: step: "langkah_sendiri" is not in steps.yaml; '
        "check the name",
    ]


def test_opt_out_without_a_reason_or_past_its_end_is_warned_of_once(
    context: JobContext, tmp_path: Path
) -> None:
    import_small(context, tmp_path / "first")
    rows = "agreement,rule,reason,until\nKSD-1,report,,\nKSD-1,expiry-foreign,x,2025-12\n"
    folder = write_files(tmp_path / "in", {"opt_outs": rows})
    report = import_files(context, [folder])
    found = [str(warning) for warning in report.warnings if ": rule:" not in str(warning)]
    assert found == [
        "opt_outs.csv:2: KSD-1 report: reason: is empty; say why nobody is told; reminder why "
        "shows it",
        "opt_outs.csv:3: KSD-1 expiry-foreign: until: 2025-12 is past, so this excuses only what "
        "was due by then; write the day until which it holds, or leave it empty",
    ]
    again = import_files(context, [folder])
    assert not [one for one in again.warnings if ": rule:" not in str(one)]
