"""What an admin meets in the first hour: slips, odd folders, cron at the wrong time of day."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installed import dates_only, without_digests

MONDAY_EARLY = "2026-03-02T06:00:00+07:00"
MONDAY = "2026-03-02T09:00:00+07:00"
BUREAUS = "code,name\nB-01,Biro Kerja Sama\n"
CONTACTS = "email,bureau,role,name\npetugas@biro.example.go.id,B-01,officer,Siti\n"
AGREEMENTS = (
    "ref,title,kind,bureau,partner,signed_on,expires_on\n"
    "KSD-1,Kerja sama pendidikan,KSDPL,B-01,Queensland,2021-05-31,2026-05-31\n"
)


def reminder(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reminder", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "REMINDER_HOME": str(home), **environ},
        cwd=Path(__file__).parents[2],
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one agreement, entered on Monday 2 March 2026, in a folder with blanks."""
    folder = tmp_path_factory.mktemp("kerja sama é") / "rumah baru"
    made = reminder(folder, "init", str(folder))
    assert made.returncode == 0, made.stderr
    assert f"reminder --home '{folder}' check" in made.stdout
    dates_only(without_digests(folder))
    files = {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": AGREEMENTS}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    paths = [str(folder / f"{name}.csv") for name in files]
    imported = reminder(folder, "--as-of", MONDAY_EARLY, "import", *paths)
    assert imported.returncode == 0, imported.stderr
    return folder


def test_commands_in_the_readme_of_a_home_can_be_copied(home: Path) -> None:
    text = (home / "config" / "README.txt").read_text()
    assert f"plan --against '{home}/config'.new" in text


def test_log_of_a_mistyped_agreement_is_no_comfort(home: Path) -> None:
    told = reminder(home, "log", "--agreement", "KSD-2")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == 'The register has no agreement "KSD-2"; did you mean KSD-1?\n'
    assert reminder(home, "log", "--skips", "--agreement", "KSD-2").returncode == 1


def test_day_of_plan_says_what_to_write(home: Path) -> None:
    told = reminder(home, "plan", "--from", "kemarin")
    assert told.returncode == 2
    assert '"kemarin" is not a day; write for example 2026-03-01' in told.stderr


def test_config_in_force_is_not_compared_with_itself_in_silence(home: Path) -> None:
    told = reminder(home, "--as-of", MONDAY, "plan", "--against", str(home / "config"))
    assert told.returncode == 0
    assert "is the config in force" in told.stderr


def test_missing_file_is_named_before_its_name_is_judged(home: Path) -> None:
    told = reminder(home, "import", str(home / "tidak-ada.csv"))
    assert told.returncode == 1
    assert "there is no such file" in told.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(
            ("report", "KSD-1", "2026-S1", "--on", "2062-03-01", "--evidence", "x"), id="report"
        ),
        pytest.param(("step", "KSD-1", "prakarsa", "--done", "2062-03-01"), id="step"),
    ],
)
def test_day_that_is_still_to_come_ends_no_reminder(home: Path, arguments: tuple[str, ...]) -> None:
    told = reminder(home, "--as-of", MONDAY, *arguments)
    assert told.returncode == 1
    assert "2062-03-01 is still to come; write the day on which it happened" in told.stderr


def test_file_in_utf_16_has_one_mistake_and_not_two(home: Path, tmp_path: Path) -> None:
    (tmp_path / "reminder.yaml").write_bytes("service: {}\n".encode("utf-16"))
    told = reminder(home, "check", "--json", REMINDER_CONFIG_DIR=str(tmp_path))
    errors = [one for one in json.loads(told.stdout) if one["level"] == "error"]
    assert [one["message"] for one in errors] == ["is UTF-16"]


def test_run_before_the_window_opens_says_until_when_mails_wait(home: Path) -> None:
    early = reminder(home, "--as-of", MONDAY_EARLY, "once")
    assert early.returncode == 0
    assert "Delivered: nothing to send now.\n" in early.stdout
    assert "Waiting: 1, the first until 2026-03-02 08:00 Asia/Jakarta" in early.stdout
    later = reminder(home, "--as-of", MONDAY, "once", REMINDER_REDIRECT_TO="uji@biro.example.go.id")
    assert "Delivered: 1 sent.\n" in later.stdout
    assert "Waiting" not in later.stdout
    # A trial's mail reached somebody else than its recipient, and the record says so.
    told = json.loads(reminder(home, "log", "--json").stdout)
    (attempt,) = told[0]["attempts"]
    assert attempt["text"].endswith("[to REMINDER_REDIRECT_TO instead of the recipient]")


def test_status_shows_that_all_mail_is_redirected(home: Path) -> None:
    redirect = {"REMINDER_REDIRECT_TO": "uji@biro.example.go.id"}
    shown = reminder(home, "--as-of", MONDAY, "status", **redirect)
    assert "all mail goes to uji@biro.example.go.id" in shown.stdout
    as_json = json.loads(reminder(home, "--as-of", MONDAY, "status", "--json", **redirect).stdout)
    assert as_json["redirected"] is True
    assert "redirected" not in reminder(home, "--as-of", MONDAY, "status").stdout
