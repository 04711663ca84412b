"""``python -m reminder`` and the ``reminder`` script."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the program; never returns."""
    # First of all: every file of this service may hold names and addresses of people.
    os.umask(0o077)
    _open_closed_streams()
    from reminder.cli.main import program

    try:
        program(prog_name="reminder")
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader went away (``| head``); keep the interpreter's last flush quiet too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_closed_streams() -> None:
    """Give a stream that was closed before the start one that leads nowhere.

    Else the next file that is opened takes its number, and what is meant for people is
    written into the lock or the outcome journal.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Open for as long as the process lasts.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


if __name__ == "__main__":
    main()
