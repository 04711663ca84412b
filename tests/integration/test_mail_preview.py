"""Whole mails as they are shipped, compared with those kept in ``tests/data/mails``.

After a change of wording write them anew with ``python -m tests.kept_mails``, and read what
changed, as its reader would, before you commit it. Of the HTML, which says the same as the text,
one mail of each form is kept, and of the ``.eml`` two.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reminder.agreements import LANGUAGES
from reminder.cli.app import App
from reminder.cli.preview import preview
from reminder.mail.template_files import TemplateFiles
from reminder.resources import shipped
from tests.kept_mails import KEPT, SECRET, run_preview, to_keep


def run(home: Path, *arguments: str, templates: Path | None = None) -> Result:
    return run_preview(home, *arguments, templates=templates)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``preview --all`` writes in a fresh home."""
    home = tmp_path_factory.mktemp("home")
    result = run(home, "--all", str(home / "mails"))
    assert result.exit_code == 0, result.output
    return home / "mails"


@pytest.mark.parametrize("name", sorted(path.name for path in KEPT.iterdir()))
def test_mail_reads_as_it_is_kept(written: Path, name: str) -> None:
    assert (written / name).read_bytes() == (KEPT / name).read_bytes()


def test_every_mail_is_kept(written: Path) -> None:
    assert {path.name for path in KEPT.iterdir()} == {path.name for path in to_keep(written)}


def test_every_template_is_written_in_every_language(written: Path) -> None:
    for name in TemplateFiles([shipped("templates")]).names():
        for language in LANGUAGES:
            for kind in ("txt", "html", "eml"):
                assert (written / f"{name}.{language}.{kind}").is_file()


def test_mails_are_for_the_admin_only(written: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in written.iterdir()} == {0o600}


def test_one_language_can_be_asked_for(tmp_path: Path) -> None:
    result = run(tmp_path, "--all", str(tmp_path / "mails"), "--language", "en")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "mails" / "expiry.en.txt").is_file()
    assert not list((tmp_path / "mails").glob("*.id.*"))


def test_broken_template_is_shown_as_the_plain_notice_and_named(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "email/expiry/id").mkdir(parents=True)
    (own / "email/expiry/id/body.txt.j2").write_text("satu\n{{ titel }}\n")
    result = run(tmp_path, "--all", str(tmp_path / "mails"), templates=own)
    assert result.exit_code == 1
    assert "own/email/expiry/id/body.txt.j2:2: " in str(result.exception)
    assert "[H-90] MoU Sister" in (tmp_path / "mails/expiry.id.txt").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing named"),
        pytest.param(["expiry-foreign"], id="no agreement"),
        pytest.param(["expiry-foreign", "A-1", "--all", "x"], id="both"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, arguments: list[str]) -> None:
    assert run(tmp_path, *arguments).exit_code == 2


def test_rule_of_another_name_is_refused_with_a_near_one(tmp_path: Path) -> None:
    result = run(tmp_path, "expiry-foriegn", "A-1", "--json")
    assert result.exit_code == 1
    assert "did you mean expiry-foreign?" in str(result.exception)


def test_mail_of_the_register_is_shown_and_nothing_recorded(tmp_path: Path) -> None:
    from reminder.cli.register import import_

    register = tmp_path / "register"
    register.mkdir()
    (register / "bureaus.csv").write_text("code,name\nB-01,Biro Kerja Sama Contoh\n")
    (register / "contacts.csv").write_text(
        "email,bureau,role,name\npetugas@biro.example.go.id,B-01,officer,Siti Rahma\n"
    )
    (register / "agreements.csv").write_text(
        "ref,title,kind,bureau,partner,expires_on\n"
        "A-1,MoU Kota Kembar,KSDPL,B-01,Kota Contoh,2026-05-31\n"
    )
    app = App(tmp_path, datetime(2026, 4, 30, 1, 0, tzinfo=UTC), environ=SECRET)
    imported = CliRunner().invoke(import_, [str(register)], obj=app)
    assert imported.exit_code == 0, imported.output
    page = tmp_path / "a.html"
    arguments = ["expiry-foreign", "A-1", "--json", "--html", str(page)]
    result = CliRunner().invoke(preview, arguments, obj=app)
    assert result.exit_code == 0, result.output
    mail = json.loads(result.stdout)
    assert mail["recipient"] == "petugas@biro.example.go.id"
    assert mail["subject"] == "[H-30] MoU Kota Kembar berakhir 31 Mei 2026"
    assert "http://127.0.0.1:8025/a/preview" in mail["text"]
    assert page.read_text() == mail["html"]
    app.close()
