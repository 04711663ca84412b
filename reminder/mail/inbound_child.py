"""The child that reads inbound mails: raw on one pipe, what they say on the other.

A mail that costs too much ends this process and nothing else. It has no secrets, no files
and no database; ``safe_reading`` starts it.
"""

from __future__ import annotations

import math
import resource
import sys
from collections.abc import Sequence
from typing import IO

from reminder.mail.inbound_reading import read_inbound
from reminder.mail.inbound_wire import READY, read_frame, to_json, write_frame


def serve(requests: IO[bytes], answers: IO[bytes], cpu_seconds: int) -> None:
    """Answer each mail until there are no more; *cpu_seconds* for each of them."""
    answers.write(READY)
    answers.flush()
    while (raw := read_frame(requests)) is not None:
        _allow(cpu_seconds)
        write_frame(answers, to_json(read_inbound(raw)))


def _allow(cpu_seconds: int) -> None:
    """Let this process use so much more of the processor; beyond it the system ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + cpu_seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def main(arguments: Sequence[str]) -> None:
    """Arguments: seconds of processor time for a mail, octets of memory in all."""
    cpu_seconds, memory = int(arguments[0]), int(arguments[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    serve(sys.stdin.buffer, sys.stdout.buffer, cpu_seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
