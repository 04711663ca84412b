"""Postfix with three doors: the relay of the service, the way in, and the server of another office.

The *relay* takes what the service sends. It knows who has a mailbox here and refuses everybody
else at RCPT; mail for the other office it takes and passes on. The *way in* is where mail of the
world arrives. The server of the *other office* refuses all its people at RCPT, so that the relay
sends a bounce of its own making, late, to the envelope sender.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tests.realmail.programs import NotStarted, Running, Unavailable, find_program, start

OWNER = "postfix"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = {host}
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
recipient_delimiter = +
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
relay_domains = {other_domain}
transport_maps = inline:{{ {{ {other_domain}=smtp:[127.0.0.1]:{other_port} }} }}
"""

# What a filter for DMARC does at a real office is done by a table here: it looks only at the
# envelope sender, and lets nothing decide but whether that is one of our people.
_MASTER = """\
127.0.0.1:{relay_port} inet n - n - - smtpd
127.0.0.1:{incoming_port} inet n - n - - smtpd
    -o smtpd_sender_restrictions=check_sender_access,regexp:{home}/postfix/senders
127.0.0.1:{other_port} inet n - n - - smtpd
    -o myhostname=mx.{other_domain}
    -o smtpd_relay_restrictions=
    -o {{ smtpd_recipient_restrictions =
      check_recipient_access static:{{550 5.1.1 No such user}}, reject }}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Doors:
    """The ports, and who is behind them."""

    host: str
    """The name of the server, also in the results of its checks of senders."""
    domain: str
    people: Collection[str]
    """Addresses of *domain* with a mailbox."""
    other_domain: str
    relay_port: int
    incoming_port: int
    other_port: int


def start_postfix(home: Path, mail: Path, doors: Doors) -> Running:
    """Run it with all it writes in *home*; mail for a person goes to ``mail/NAME/Maildir``."""
    program = find_program("postfix", "postfix")
    if os.geteuid() != 0:
        raise Unavailable("Postfix can be started by root only")
    config = home / "postfix"
    for folder in (config, home / "queue", home / "data"):
        folder.mkdir()
    shutil.chown(home / "data", OWNER)
    owner = mail.stat()
    main = _MAIN.format(
        home=home,
        mail=mail,
        uid=owner.st_uid,
        gid=owner.st_gid,
        host=doors.host,
        domain=doors.domain,
        other_domain=doors.other_domain,
        other_port=doors.other_port,
        mailboxes=", ".join(
            f"{{ {one} = {one.partition('@')[0]}/Maildir/ }}" for one in doors.people
        ),
    )
    people = "|".join(re.escape(one) for one in doors.people)
    senders = (
        f"/^({people})$/ PREPEND {verdict(doors, 'pass')}\n/./ PREPEND {verdict(doors, 'fail')}\n"
    )
    master = _MASTER.format(
        home=home,
        relay_port=doors.relay_port,
        incoming_port=doors.incoming_port,
        other_port=doors.other_port,
        other_domain=doors.other_domain,
    )
    (config / "main.cf").write_text(main)
    (config / "master.cf").write_text(master)
    (config / "senders").write_text(senders)
    told = subprocess.run(
        [program, "-c", config, "check"], capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise NotStarted(f"postfix check: {told.stderr}")
    daemons = subprocess.run(
        [find_program("postconf", "postfix"), "-c", config, "-h", "daemon_directory"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    ports = (doors.relay_port, doors.incoming_port, doors.other_port)
    logs = (home / "postfix.log", home / "postfix.out")
    return start([Path(daemons) / "master", "-s", "-c", config], logs, ports)


def verdict(doors: Doors, result: str) -> str:
    """The header with the result of a check, as RFC 8601 has it."""
    return f"Authentication-Results: {doors.host}; dmarc={result} header.from={doors.domain}"
