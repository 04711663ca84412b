"""``python -m reminder`` and the ``reminder`` script."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the program; never returns."""
    # First of all: every file of this service may hold names and addresses of people.
    os.umask(0o077)
    from reminder.cli.main import program

    try:
        program(prog_name="reminder")
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader went away (``| head``); keep the interpreter's last flush quiet too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
