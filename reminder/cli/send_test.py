"""``send-test``: one mail through the real transport, outside the record."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.settings_checks import address as checked_address

_SUBJECT = {"id": "Uji kirim: {name}", "en": "Test: {name}"}
_TEXT = {
    "id": """\
Yth. Bapak/Ibu,

Surat elektronik ini adalah uji kirim dari {name} dan tidak memerlukan tindakan apa pun.
Apabila Bapak/Ibu menerimanya, pengiriman pengingat berjalan sebagaimana mestinya.

Dikirim: {at}
Alamat layanan: {url}
""",
    "en": """\
Dear colleague,

This is a test of {name}. Nothing needs to be done.
That you read it shows that its reminders can reach you.

Sent: {at}
Service: {url}
""",
}


def read_address(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    """One bare address."""
    try:
        if not text:
            raise ValueError("is empty; write one address")
        return checked_address(text, Path())
    except ValueError as error:
        raise click.BadParameter(f'"{text}" {error}') from None


def compose_test(app: App, recipient: str) -> tuple[str, bytes]:
    """The Message-ID and the mail."""
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime, parseaddr
    from secrets import token_hex

    from reminder.mail.links import message_id_domain, message_id_for

    settings, service, now = app.settings, app.policy.service, app.clock.now()
    name, sender = parseaddr(settings.mail_from)
    user, _, host = sender.rpartition("@")
    domain = message_id_domain(app.policy.mail.message_id_domain, settings.mail_from)
    # Unlike a notice, each test is a mail of its own: a relay must not take it for a repeat.
    message_id = message_id_for(settings.secret_key, domain, "test", token_hex(8))
    values = {"name": service.name, "at": now.isoformat(), "url": settings.public_url}
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(name, user, host)
    mail["To"] = recipient
    mail["Subject"] = _SUBJECT[service.language].format(**values)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = service.language
    mail.set_content(_TEXT[service.language].format(**values))
    return message_id, mail.as_bytes()


@click.command()
@click.argument("address", callback=read_address)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def send_test(app: App, address: str, as_json: bool) -> None:
    """Send a test mail to ADDRESS and tell how far it came. Nothing is recorded.

    Ends with 1 unless the next server took it.
    """
    from reminder.mail.open_transport import explain
    from reminder.mail.open_transport import send_test as send
    from reminder.mail.transport import Verdict

    settings = app.settings
    recipient = settings.redirect_to or address
    message_id, data = compose_test(app, recipient)
    outcome = send(settings.mail_url, settings.mail_from, recipient, message_id, data)
    if as_json:
        print_json({"message_id": message_id, "recipient": recipient, **asdict(outcome)})
    else:
        if recipient != address:
            click.echo(f"REMINDER_REDIRECT_TO is set: sent to {recipient} instead.")
        click.echo(f"{message_id} to {recipient}: {explain(outcome)}")
    if outcome.verdict is not Verdict.SENT:
        click.get_current_context().exit(1)
