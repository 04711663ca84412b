"""The server as a process: prints its port, serves until SIGTERM, see ``process.py``."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from tests.smtp_server.rules import Luck
from tests.smtp_server.server import SmtpServer


def main() -> None:
    """Serve as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.smtp_server")
    parser.add_argument("folder", type=Path, help="where taken.jsonl is written")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--drop", type=float, default=0.0, help="share of mails that meet a drop")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--unsynced", action="store_true", help="faster; for a server never killed")
    arguments = parser.parse_args()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread starts, to be waited for
    with SmtpServer(
        arguments.folder, port=arguments.port, is_synced=not arguments.unsynced
    ) as server:
        if arguments.drop:
            server.by_rule(Luck.of_mails(arguments.drop, arguments.seed))
        print(server.port, flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
