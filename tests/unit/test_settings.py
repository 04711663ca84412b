"""Settings: where a value comes from, its defaults, and every mistake with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reminder.errors import SettingsError
from reminder.resources import shipped
from reminder.settings import NAMES, load_settings, read_settings

KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


def make_env(home: Path, text: str, mode: int = 0o600) -> Path:
    file = home / ".env"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def problems_of(home: Path, **environ: str) -> list[str]:
    return [str(problem) for problem in read_settings(home, environ).problems]


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"REMINDER_SECRET_KEY": KEY})
    assert settings.database_url == f"sqlite:///{tmp_path}/var/reminder.db"
    assert settings.mail_url == f"maildir:{tmp_path}/var/mail"
    assert settings.public_url == "http://127.0.0.1:8025"
    assert (settings.inbox_url, settings.redirect_to, settings.heartbeat_url) == ("", "", "")
    assert (settings.config_dir, settings.templates_dir) == (
        tmp_path / "config",
        tmp_path / "templates",
    )
    assert (settings.listen, settings.log_level, settings.log_format) == (
        "127.0.0.1:8025",
        "info",
        "text",
    )


def test_process_environment_wins_over_the_file(tmp_path: Path) -> None:
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\nREMINDER_LOG_LEVEL=debug\n")
    assert load_settings(tmp_path, {}).log_level == "debug"
    assert load_settings(tmp_path, {"REMINDER_LOG_LEVEL": "error"}).log_level == "error"


def test_empty_process_value_switches_off_what_the_file_says(tmp_path: Path) -> None:
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\nREMINDER_REDIRECT_TO=a@example.go.id\n")
    assert load_settings(tmp_path, {}).redirect_to == "a@example.go.id"
    assert load_settings(tmp_path, {"REMINDER_REDIRECT_TO": ""}).redirect_to == ""


def test_file_is_read_as_dotenv_reads_it(tmp_path: Path) -> None:
    make_env(
        tmp_path,
        f"# a comment\n\nexport REMINDER_SECRET_KEY='{KEY}'\n"
        'REMINDER_MAIL_FROM="Biro <biro@example.go.id>"  # the sender\nOTHER=1\n',
    )
    assert load_settings(tmp_path, {}).mail_from == "Biro <biro@example.go.id>"


def test_secret_comes_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(f"{KEY}\n")
    secret.chmod(0o400)
    make_env(tmp_path, "REMINDER_SECRET_KEY_FILE=key\n")
    assert load_settings(tmp_path, {}).secret_key == KEY


def test_process_value_wins_over_a_named_file(tmp_path: Path) -> None:
    make_env(tmp_path, "REMINDER_SECRET_KEY_FILE=absent\n")
    reading = read_settings(tmp_path, {"REMINDER_SECRET_KEY": KEY})
    assert reading.problems == []
    assert reading.settings is not None
    assert reading.settings.secret_key == KEY


def test_relative_paths_count_from_the_home(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    settings = load_settings(
        tmp_path,
        {
            "REMINDER_SECRET_KEY": KEY,
            "REMINDER_DATABASE_URL": "sqlite:///data/a.db",
            "REMINDER_MAIL_URL": "maildir:out",
            "REMINDER_INBOX_URL": "maildir:in",
            "REMINDER_CONFIG_DIR": "policy",
        },
    )
    assert settings.database_url == f"sqlite:///{tmp_path}/data/a.db"
    assert settings.mail_url == f"maildir:{tmp_path}/out"
    assert settings.inbox_url == f"maildir:{tmp_path}/in"
    assert settings.config_dir == tmp_path / "policy"


def test_full_path_of_a_database_stays(tmp_path: Path) -> None:
    environ = {"REMINDER_SECRET_KEY": KEY, "REMINDER_DATABASE_URL": "sqlite:////srv/a.db"}
    assert load_settings(tmp_path, environ).database_url == "sqlite:////srv/a.db"


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    make_env(
        tmp_path,
        "# the relay\n\nREMINDER_MAIL_URL=smtp://relay.example.go.id:smtp\n"
        "REMINDER_MIAL_FROM=x\nREMINDER_LOG_FORMAT=xml\nREMINDER_LOG_FORMAT=json\n"
        "REMINDER_LISTEN\nREMINDER_SECRET_KEY=short\n",
    )
    assert problems_of(tmp_path) == [
        '.env:3: REMINDER_MAIL_URL: has the port "smtp"; write a number, '
        "for example smtp://relay.example.go.id:587",
        ".env:4: REMINDER_MIAL_FROM: is not a setting; did you mean REMINDER_MAIL_FROM?",
        '.env:5: REMINDER_LOG_FORMAT: is "xml"; write one of text, json',
        ".env:6: REMINDER_LOG_FORMAT: was set in line 5; remove one",
        ".env:7: is not NAME=VALUE; write one a line",
        ".env:8: REMINDER_SECRET_KEY: is too easy to guess; remove the line and run "
        "reminder init, which makes a new one",
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("PUBLIC_URL", "http://biro.example.go.id", "https://", id="X-39 http"),
        pytest.param("PUBLIC_URL", "javascript:alert(1)", "https://", id="X-39 javascript"),
        pytest.param("PUBLIC_URL", "https://u:sesame@h", "user or password", id="X-39 with a user"),
        pytest.param("PUBLIC_URL", "https://h/?a=1", "? or #", id="X-39 with a query"),
        pytest.param("PUBLIC_URL", "http://10.0.0.5", "https://", id="X-39 http to an IP"),
        pytest.param("PUBLIC_URL", "https://", "names no host", id="no host"),
        pytest.param("DATABASE_URL", "sqlite://", "names no file", id="X-43 no file"),
        pytest.param("DATABASE_URL", "sqlite:///:memory:", "names no file", id="X-43 memory"),
        pytest.param("DATABASE_URL", "sqlite:///a.db?mode=ro", "has a ?", id="SQLite options"),
        pytest.param("DATABASE_URL", "mysql://h/d", "starts with mysql", id="another database"),
        pytest.param("DATABASE_URL", "postgres://h/d", "postgresql://", id="the old name"),
        pytest.param(
            "DATABASE_URL",
            "postgresql://u:sesame@db.example/d?sslmode=disable",
            "sslmode=verify-full",
            id="X-43 sslmode=disable to another machine",
        ),
        pytest.param(
            "MAIL_URL", "smtp://localhost", "REMINDER_MAIL_FROM: is missing", id="no sender"
        ),
        pytest.param("MAIL_FROM", "Biro <a@b@c>", "REMINDER_MAIL_FROM", id="X-26 two @"),
        pytest.param("MAIL_FROM", "a@x.id, b@x.id", "REMINDER_MAIL_FROM", id="X-26 two senders"),
        pytest.param("MAIL_FROM", "a@x.id\nBcc: b@x.id", "not a sender", id="X-27 line break"),
        pytest.param("REDIRECT_TO", "Biro <a@x.id>", "not one address", id="a name with it"),
        pytest.param("REDIRECT_TO", "a@x.id.", "not one address", id="X-31 trailing dot"),
        pytest.param("INBOX_URL", "imap://u:sesame@h/INBOX", "imaps://", id="mailbox in the clear"),
        pytest.param("INBOX_URL", "imaps://h/INBOX", "no user", id="mailbox without a user"),
        pytest.param("HEARTBEAT_URL", "file:///etc/passwd", "https://", id="heartbeat to a file"),
        pytest.param("HEARTBEAT_URL", "https://a:b@h.id/x", "without", id="heartbeat with a user"),
        pytest.param("HEARTBEAT_URL", "https://h.id/x#y", "check only", id="heartbeat with a #"),
        pytest.param("LISTEN", "8025", "HOST:PORT", id="port alone"),
        pytest.param("LISTEN", "127.0.0.1:99999", "65535", id="port too high"),
        pytest.param("LOG_LEVEL", "loud", "debug, info, warning, error", id="unknown level"),
        pytest.param("CONFIG_DIR", "absent", "no folder", id="folder that is not there"),
        pytest.param("TEMPLATE_DIR", "x", "REMINDER_TEMPLATES_DIR", id="near name"),
        pytest.param("HOME_FILE", "x", "is not a setting", id="no setting at all"),
    ],
)
def test_bad_value_is_an_error(tmp_path: Path, name: str, value: str, words: str) -> None:
    found = problems_of(tmp_path, REMINDER_SECRET_KEY=KEY, **{f"REMINDER_{name}": value})
    assert len(found) == 1
    assert words in found[0]
    assert found[0].startswith(("environment: REMINDER_", ".env: REMINDER_"))
    assert "sesame" not in found[0]
    assert read_settings(tmp_path, {f"REMINDER_{name}": value}).settings is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("PUBLIC_URL", "https://h.example/reminder/", id="X-39 trailing path"),
        pytest.param("PUBLIC_URL", "https://203.0.113.5:8443", id="X-39 IP with https"),
        pytest.param("PUBLIC_URL", "http://localhost:8025", id="http to this machine"),
        pytest.param("DATABASE_URL", "postgresql:///reminder?host=/run/postgresql", id="socket"),
        pytest.param("LISTEN", "[::1]:8025", id="IPv6"),
        pytest.param("LOG_LEVEL", "INFO", id="capitals"),
    ],
)
def test_good_value_is_taken(tmp_path: Path, name: str, value: str) -> None:
    assert problems_of(tmp_path, REMINDER_SECRET_KEY=KEY, **{f"REMINDER_{name}": value}) == []


def test_public_url_loses_its_last_slash(tmp_path: Path) -> None:
    environ = {"REMINDER_SECRET_KEY": KEY, "REMINDER_PUBLIC_URL": "https://h.example/r/"}
    assert load_settings(tmp_path, environ).public_url == "https://h.example/r"


def test_links_to_this_machine_with_a_remote_relay_are_a_warning(tmp_path: Path) -> None:
    reading = read_settings(
        tmp_path,
        {
            "REMINDER_SECRET_KEY": KEY,
            "REMINDER_MAIL_URL": "smtp://relay.example.go.id",
            "REMINDER_MAIL_FROM": "biro@example.go.id",
        },
    )
    assert [(one.key, one.level) for one in reading.problems] == [
        ("REMINDER_PUBLIC_URL", "warning")
    ]
    assert reading.settings is not None


def test_missing_key_says_how_to_get_one(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [
        ".env: REMINDER_SECRET_KEY: is missing; run reminder init, which makes one, or give --home"
    ]


def test_inbox_is_another_maildir_than_the_one_that_mail_goes_to(tmp_path: Path) -> None:
    urls = "REMINDER_MAIL_URL=maildir:var/mail\nREMINDER_INBOX_URL=maildir:var/mail\n"
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\n{urls}")
    (error,) = read_settings(tmp_path, {}).problems
    assert (error.key, error.level) == ("REMINDER_INBOX_URL", "error")
    assert error.hint == "name another"


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        pytest.param("https://h.example/x", [], id="encrypted"),
        pytest.param("http://127.0.0.1:8000/x", [], id="on this machine"),
        pytest.param("http://h.example/x", ["REMINDER_HEARTBEAT_URL"], id="over the network"),
    ],
)
def test_heartbeat_in_the_clear_is_a_warning(tmp_path: Path, url: str, warned: list[str]) -> None:
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\nREMINDER_HEARTBEAT_URL={url}\n")
    reading = read_settings(tmp_path, {})
    assert reading.settings is not None
    assert [one.key for one in reading.problems if one.level == "warning"] == warned


def test_likely_slip_in_the_prefix_is_a_warning(tmp_path: Path) -> None:
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\nMAIL_URL=x\nREMINDERMAIL_URL=x\n")
    reading = read_settings(tmp_path, {})
    assert [problem.level for problem in reading.problems] == ["warning", "warning"]


def test_home_cannot_be_set_in_the_home(tmp_path: Path) -> None:
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\nREMINDER_HOME=/srv\n")
    assert "REMINDER_HOME: cannot be set in the home itself" in problems_of(tmp_path)[0]
    assert (
        problems_of(tmp_path.parent / "none", REMINDER_HOME="/srv", REMINDER_SECRET_KEY=KEY) == []
    )


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660], ids=oct)
def test_x42_environment_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """X-42: refused, unread."""
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\n", mode)
    found = problems_of(tmp_path)
    assert found[0].startswith(f".env: can be read by others (mode {mode:04o}); run chmod 600")
    with pytest.raises(SettingsError, match="chmod 600"):
        load_settings(tmp_path, {})


def test_x42_secret_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """X-42: refused."""
    real = tmp_path / "real"
    real.write_text(KEY)
    real.chmod(0o600)
    (tmp_path / "key").symlink_to(real)
    make_env(tmp_path, "REMINDER_SECRET_KEY_FILE=key\n")
    assert "is a link" in problems_of(tmp_path)[0]


def test_x42_environment_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """X-42: refused."""
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\n").rename(tmp_path / "real")
    (tmp_path / ".env").symlink_to(tmp_path / "real")
    assert problems_of(tmp_path)[0] == ".env: is a link; put the file itself there"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: path.mkdir(), "not a regular file", id="a folder"),
        pytest.param(lambda path: None, "cannot be read", id="nothing there"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe"), "not UTF-8", id="not text"),
        pytest.param(lambda path: path.write_bytes(b"x" * 70_000), "64 KiB", id="too large"),
    ],
)
def test_secret_file_that_cannot_be_one_is_refused(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / "key")
    if (tmp_path / "key").exists():
        (tmp_path / "key").chmod(0o600)
    make_env(tmp_path, "REMINDER_SECRET_KEY_FILE=key\n")
    assert words in problems_of(tmp_path)[0]


def test_file_of_systemd_credentials_may_have_their_mode(tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    secret.write_text(KEY)
    secret.chmod(0o440)
    environ = {"REMINDER_SECRET_KEY_FILE": str(secret)}
    assert "chmod 600" in problems_of(tmp_path, **environ)[0]
    assert problems_of(tmp_path, **environ, CREDENTIALS_DIRECTORY=str(tmp_path)) == []


def test_value_and_file_of_one_name_are_an_error(tmp_path: Path) -> None:
    make_env(tmp_path, f"REMINDER_SECRET_KEY={KEY}\nREMINDER_SECRET_KEY_FILE=key\n")
    assert problems_of(tmp_path)[0] == (
        ".env:2: REMINDER_SECRET_KEY_FILE: and REMINDER_SECRET_KEY are set; keep one"
    )


def test_secrets_are_not_in_the_repr(tmp_path: Path) -> None:
    settings = load_settings(
        tmp_path,
        {
            "REMINDER_SECRET_KEY": KEY,
            "REMINDER_MAIL_URL": "smtp://u:sesame@localhost",
            "REMINDER_MAIL_FROM": "biro@example.go.id",
            "REMINDER_INBOX_URL": "imaps://u:sesame@h/INBOX",
            "REMINDER_DATABASE_URL": "postgresql://u:sesame@localhost/d",
            "REMINDER_HEARTBEAT_URL": "https://h.example/sesame",
        },
    )
    assert "sesame" not in repr(settings)
    assert KEY not in repr(settings)


def test_example_names_every_setting_and_sets_none_but_the_key() -> None:
    text = (shipped("config") / ".env.example").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"{name}=" in text
    active = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert active == ["REMINDER_SECRET_KEY="]


def test_pages_that_are_off_are_a_warning_since_every_mail_has_a_link(tmp_path: Path) -> None:
    reading = read_settings(tmp_path, {"REMINDER_SECRET_KEY": KEY, "REMINDER_LISTEN": "Off"})
    assert reading.settings is not None
    assert reading.settings.listen == ""
    [problem] = reading.problems
    assert (problem.level, problem.key) == ("warning", "REMINDER_LISTEN")


@pytest.mark.parametrize(
    ("public_url", "words"),
    [
        pytest.param("http://127.0.0.1:8025", "leads to port 8025", id="another port"),
        pytest.param("http://localhost", "leads to port 80,", id="no port"),
        pytest.param("http://localhost:8026", "", id="the same port"),
        pytest.param("https://ingat.example.go.id", "", id="a proxy in front"),
    ],
)
def test_link_that_leads_past_the_pages_is_a_warning(
    tmp_path: Path, public_url: str, words: str
) -> None:
    found = problems_of(
        tmp_path,
        REMINDER_SECRET_KEY=KEY,
        REMINDER_LISTEN="127.0.0.1:8026",
        REMINDER_PUBLIC_URL=public_url,
    )
    assert [words in problem for problem in found] == ([True] if words else [])
