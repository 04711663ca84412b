"""``check``: every mistake in one run, and what a script may rely on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def check(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reminder", "--home", str(home), "check", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environ},
        cwd=ROOT,
    )


def test_json_is_a_list_of_problems_in_the_promised_shape(home: Path) -> None:
    (home / "config" / "reminder.yaml").write_text("service:\n  timezone: Asia/Jakrta\n")
    seen = check(home, "--json")
    problems = json.loads(seen.stdout)
    assert seen.returncode == 1
    for problem in problems:
        assert set(problem) == {"file", "line", "key", "level", "message", "hint"}
    errors = [problem for problem in problems if problem["level"] == "error"]
    assert [(one["line"], one["key"]) for one in errors] == [(2, "service.timezone")]
    assert "Asia/Jakarta" in errors[0]["message"] + errors[0]["hint"]


def test_mistakes_in_settings_policy_and_templates_are_told_together(home: Path) -> None:
    with (home / ".env").open("a") as file:
        file.write("REMINDER_LISTEN=8025\n")
    (home / "config" / "reminder.yaml").write_text("scan: {evry: 5 minutes}\n")
    broken = home / "templates" / "email" / "expiry" / "en" / "subject.txt.j2"
    broken.parent.mkdir(parents=True)
    broken.write_text("{{ nobody_knows_this }}")
    broken.chmod(0o600)
    seen = check(home)
    assert seen.returncode == 1
    assert "REMINDER_LISTEN: is not HOST:PORT" in seen.stdout
    assert "evry" in seen.stdout
    assert "every" in seen.stdout
    assert "nobody_knows_this" in seen.stdout


def test_folder_of_many_mistakes_is_named_in_full(home: Path) -> None:
    mistakes = ROOT / "tests" / "data" / "policy-mistakes"
    shutil.copytree(mistakes, home, dirs_exist_ok=True)
    seen = check(home)
    assert seen.returncode == 1
    places = [
        'config/rules.yaml:4: rules[0].lead_times[2]: "H-3 bulan"',
        "config/rules.yaml:7: holds a tab",
        'config/rules.yaml:12: rules[1].template: the template "half" is not in English',
        "config/rules.yaml:13: rules[1].to[0]:",
        "config/rules.yaml:16: rules[2].lead_times: is empty",
        "config/rules.yaml:17: rules[2].lead_times: stands twice",
        "config/rules.yaml:19: rules[2].recipents:",
        "config/rules.yaml:21: rules[3].name:",
        "config/rules.yaml:24: rules[3].lead_times[2]:",
        "config/rules.yaml:25: rules[3].repeat.every:",
        "config/rules.yaml:27: rules[3].to: is empty",
        'config/reminder.yaml:3: service.timezone: "Asia/Jakrta"',
        "config/reminder.yaml:6: horizont:",
        "config/steps.yaml:5: chains.KSDPL[0].waits_for[0]:",
        "config/steps.yaml:11: chains.KSDPL[2].within:",
        "config/findings.yaml:2: findings.UNKNOWN_EXPIRE:",
        "config/holidays.yaml:5: holidays.2025: stands twice",
        "config/holidays.yaml:9: holidays.2028.add.2028-02-30:",
    ]
    missing = [place for place in places if place not in seen.stdout]
    assert not missing, seen.stdout


def test_check_makes_no_database_and_loads_none(home: Path) -> None:
    assert check(home).returncode == 0
    assert list((home / "var").iterdir()) == []
    code = (
        "import sys\nfrom reminder.cli.main import program\n"
        f"try:\n    program(['--home', {str(home)!r}, 'check'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "assert 'sqlalchemy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_help_and_version_load_no_database(home: Path) -> None:
    for argument in ("--help", "--version"):
        code = (
            "import sys\nfrom reminder.cli.main import program\n"
            f"try:\n    program([{argument!r}])\nexcept SystemExit:\n    pass\n"
            "heavy = {'sqlalchemy', 'jinja2', 'rich', 'apscheduler', 'pydantic', 'structlog'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("name", ["reminder.db", "reminder.db-wal"])
def test_database_that_others_can_read_is_an_error(home: Path, name: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "reminder", "--home", str(home), "db", "upgrade"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (home / "var" / name).touch()
    (home / "var" / name).chmod(0o644)
    seen = check(home)
    assert seen.returncode == 1
    assert f"var/{name}: can be read by others (mode 0644); run chmod 600" in seen.stdout


def test_environment_file_that_others_can_read_is_an_error(home: Path) -> None:
    (home / ".env").chmod(0o644)
    seen = check(home)
    assert seen.returncode == 1
    assert ".env: can be read by others (mode 0644)" in seen.stdout
    assert "REMINDER_SECRET_KEY: is missing" not in seen.stdout


def test_x42_home_inside_a_repository_must_be_ignored_there(home: Path) -> None:
    """X-42: a warning, and exit 0."""
    (home.parent / ".git").mkdir()
    assert "git repository" not in check(home).stdout
    (home / ".gitignore").unlink()
    seen = check(home)
    assert seen.returncode == 0
    assert "warning: .env: lies in the git repository" in seen.stdout


def test_secrets_are_shown_masked(home: Path) -> None:
    seen = check(
        home,
        REMINDER_MAIL_URL="smtp://biro:sesame@relay.example.go.id",
        REMINDER_MAIL_FROM="biro@example.go.id",
    )
    assert "smtp://biro:***@relay.example.go.id" in seen.stdout
    assert "sesame" not in seen.stdout + seen.stderr


def test_newer_database_is_an_error_and_not_a_traceback(home: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "reminder", "--home", str(home), "db", "upgrade"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    import sqlite3

    with sqlite3.connect(home / "var" / "reminder.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    seen = check(home)
    assert seen.returncode == 1
    assert "schema 9999" in seen.stdout
