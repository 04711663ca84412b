r"""A Django project with nothing but django-post-office in it: queues mails, or drains them.

Run by the interpreter that ``post_office.py`` makes, which has nothing of the service's:

    python -m tests.bench.peers.django_post_office queue DATABASE NUMBER
    python -m tests.bench.peers.django_post_office drain DATABASE NUMBER \
        PORT PROCESSES THREADS BATCH

DATABASE is a SQLite file, or FOLDER,ROLE,NAME for PostgreSQL behind the socket in FOLDER.
``drain`` prints the seconds that it took.
"""

from __future__ import annotations

import sys
from time import perf_counter

import django
from django.conf import settings
from django.core.management import call_command

from tests.bench.peers.sample import SENDER, html, recipient, subject, text

QUEUED_AT_ONCE = 1000


def queue(database: str, number: int) -> None:
    """Make the tables, and mails ready to leave: post_office renders them when it queues them."""
    _set_up(database)
    call_command("migrate", verbosity=0)
    from post_office.mail import send_many

    for first in range(0, number, QUEUED_AT_ONCE):
        send_many([_mail(index) for index in range(first, min(first + QUEUED_AT_ONCE, number))])


def drain(database: str, number: int, port: int, processes: int, threads: int, batch: int) -> None:
    """Send them all."""
    _set_up(database, port, {"THREADS_PER_PROCESS": threads, "BATCH_SIZE": batch})
    from post_office.mail import send_queued_mail_until_done
    from post_office.models import STATUS, Email

    began = perf_counter()
    send_queued_mail_until_done(lockfile="post_office.lock", processes=processes)
    seconds = perf_counter() - began
    sent = Email.objects.filter(status=STATUS.sent).count()
    if sent != number:
        sys.exit(f"post_office sent {sent} of {number} mails")
    sys.stdout.write(f"{seconds}\n")


def _set_up(database: str, port: int = 25, tuning: dict[str, int] | None = None) -> None:
    settings.configure(
        DATABASES={"default": _connection(database)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DEFAULT_FROM_EMAIL=SENDER,
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        POST_OFFICE=tuning or {},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        USE_TZ=True,
    )
    django.setup()


def _connection(database: str) -> dict[str, str]:
    if "," not in database:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": database}
    folder, role, name = database.split(",")
    engine = "django.db.backends.postgresql"
    return {"ENGINE": engine, "HOST": folder, "USER": role, "NAME": name}


def _mail(index: int) -> dict[str, object]:
    ref = f"KSDPL/{index:06}"
    return {
        "sender": SENDER,
        "recipients": [recipient(index)],
        "subject": subject(ref),
        "message": text(ref),
        "html_message": html(ref),
    }


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[3:]]
    if sys.argv[1] == "queue":
        queue(sys.argv[2], *numbers)
    else:
        drain(sys.argv[2], *numbers)
