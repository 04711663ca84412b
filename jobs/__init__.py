"""The jobs: what runs on a schedule. The same functions on one machine and on many."""

from __future__ import annotations

JOBS = {
    "scan": "jobs.scan:scan",
    "escalate": "jobs.escalate:escalate",
    "digest": "jobs.digest:digest",
    "deliver": "jobs.rounds:deliver_round",
    "recover": "jobs.recover:recover",
    "balance": "jobs.balance:balance",
    "seal": "jobs.seal:seal",
    "inbox": "jobs.inbox:inbox",
    "heartbeat": "jobs.heartbeat:heartbeat",
}
"""Name -> module:function, each called with a ``JobContext``. Text and not functions,
because ``import jobs.context`` must not load the database for commands that need none."""
