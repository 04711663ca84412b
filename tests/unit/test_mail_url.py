"""Mail URLs: what each form means, and what is refused without showing a password."""

from __future__ import annotations

import pytest

from reminder.mail_url import MailUrl, is_loopback, parse_mail_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(
            "smtp://relay.example.go.id",
            MailUrl("smtp", "relay.example.go.id", 587),
            id="submission port by default",
        ),
        pytest.param(
            "smtp://localhost", MailUrl("smtp", "localhost", 25), id="port 25 on this machine"
        ),
        pytest.param("smtp://[::1]:2525", MailUrl("smtp", "::1", 2525), id="IPv6 with a port"),
        pytest.param(
            "smtps://u:p@relay.example.go.id",
            MailUrl("smtps", "relay.example.go.id", 465, "u", "p"),
            id="port 465 for smtps",
        ),
        pytest.param(
            "smtp://biro%40example.go.id:a%2Fb%25%C3%A9@h:25/",
            MailUrl("smtp", "h", 25, "biro@example.go.id", "a/b%é"),
            id="X-40 escapes in user and password are undone once",
        ),
        pytest.param(
            "smtp://u:p@ss:word@h:25",
            MailUrl("smtp", "h", 25, "u", "p@ss:word"),
            id="the last @ ends the password",
        ),
        pytest.param(
            'smtp://u:"quoted\'é"@h:25',
            MailUrl("smtp", "h", 25, "u", '"quoted\'é"'),
            id="X-40 quotes and letters outside ASCII in a password are kept",
        ),
        pytest.param(
            "maildir:var/mail", MailUrl("maildir", path="var/mail"), id="Maildir in the home"
        ),
        pytest.param(
            "maildir:///srv/my mail",
            MailUrl("maildir", path="/srv/my mail"),
            id="Maildir with a full path and a space",
        ),
    ],
)
def test_mail_url_is_read(url: str, expected: MailUrl) -> None:
    assert parse_mail_url(url) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("", "must start with smtp://", id="empty"),
        pytest.param("http://h", "must start with smtp://", id="another scheme"),
        pytest.param("smtp://", "names no host", id="no host"),
        pytest.param("smtp://h:smtp", 'the port "smtp"', id="a word as port"),
        pytest.param("smtp://h:0", "from 1 to 65535", id="X-40 port 0"),
        pytest.param("smtp://h:70000", "from 1 to 65535", id="X-40 port 70000"),
        pytest.param("smtp://h:587 ", "space or a control", id="X-40 port with a space"),
        pytest.param("smtp://h:\u0665", 'the port "', id="a digit that is not ASCII"),
        pytest.param("smtp://h\r\nRCPT:25", "space or a control", id="X-40 host with a line break"),
        pytest.param(
            "smtp://a%0d%0ab:25", "has the host", id="X-40 escaped line break in the host"
        ),
        pytest.param("smtp://bücher.example", "xn--", id="host outside ASCII"),
        pytest.param("smtp://u:@h", "no password", id="X-40 empty password"),
        pytest.param("smtp://u@h", "no password", id="user without password"),
        pytest.param("smtp://:sesame@h", "no user", id="password without user"),
        pytest.param("smtp://u:sesame100%@h", "bare %", id="X-40 password with a bare %"),
        pytest.param("smtp://u:sesame%0a@h", "control character", id="escaped line break"),
        pytest.param("smtp://u:ses/ame@h", "%2F", id="password with a slash"),
        pytest.param("smtp://u:ses#ame@h", "%23", id="password with a hash"),
        pytest.param(
            "smtp://h?require_tls=false", "after the host", id="X-41 TLS cannot be switched off"
        ),
        pytest.param("smtp://[::1", "IPv6", id="broken IPv6"),
        pytest.param("maildir:", "names no folder", id="Maildir without a folder"),
        pytest.param("maildir://var/mail", "two slashes", id="Maildir with two slashes"),
        pytest.param("maildir:a\nb", "control character", id="Maildir with a line break"),
    ],
)
def test_bad_mail_url_is_refused_with_what_to_write(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^(has|must|names) ") as refused:
        parse_mail_url(url)
    assert words in str(refused.value)
    assert "ses" not in str(refused.value).replace("addresses", "")


def test_password_is_not_in_the_repr() -> None:
    assert "sesame" not in repr(parse_mail_url("smtp://u:sesame@h"))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost", "127.9.9.9", "[::1]"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["relay.example.go.id", "localhost.example.org", "10.0.0.1", ""])
def test_other_machines_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)
