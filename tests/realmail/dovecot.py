"""Dovecot with the mailboxes that Postfix fills, over IMAP with TLS by a certificate of a test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realmail.programs import Running, Unavailable, find_program, start

if TYPE_CHECKING:
    import trustme

PASSWORD = "sandi@/#rahasia"
"""Of every mailbox; with what a URL must escape."""

_COMMON = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
first_valid_uid = {uid}
last_valid_uid = {uid}
first_valid_gid = {gid}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""
# Version 2.4 has other names for some settings, and wants to be told what it reads.
_NEW = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl_server_cert_file = {home}/imap.pem
ssl_server_key_file = {home}/imap.pem
mail_driver = maildir
mail_path = ~/Maildir
passdb passwd-file {{
  passwd_file_path = {home}/users
}}
userdb passwd-file {{
  passwd_file_path = {home}/users
}}
"""
_OLD = """\
ssl_cert = <{home}/imap.pem
ssl_key = <{home}/imap.pem
mail_location = maildir:~/Maildir
passdb {{
  driver = passwd-file
  args = {home}/users
}}
userdb {{
  driver = passwd-file
  args = {home}/users
}}
"""


def start_dovecot(
    home: Path, mail: Path, names: Iterable[str], port: int, authority: trustme.CA
) -> Running:
    """Serve ``mail/NAME/Maildir`` of each of *names* on that port, with all it writes in *home*.

    The certificate is for ``localhost`` and no other name.
    """
    program = find_program("dovecot", "dovecot-imapd")
    if os.geteuid() != 0:
        raise Unavailable("Dovecot with mailboxes of another user can be started by root only")
    home.mkdir()
    owner = mail.stat()
    users = [
        f"{name}:{{PLAIN}}{PASSWORD}:{owner.st_uid}:{owner.st_gid}::{mail / name}::\n"
        for name in names
    ]
    (home / "users").write_text("".join(users))
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(home / "imap.pem"))
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    version = tuple(int(part) for part in said.stdout.split()[0].split(".")[:2])
    text = _NEW + _COMMON if version >= (2, 4) else _COMMON + _OLD
    config = home / "dovecot.conf"
    config.write_text(text.format(home=home, uid=owner.st_uid, gid=owner.st_gid, port=port))
    logs = (home / "dovecot.log", home / "dovecot.out")
    return start([program, "-F", "-c", config], logs, [port])
