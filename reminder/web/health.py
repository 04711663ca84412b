"""Health: ``/healthz`` for who restarts the service, ``/readyz`` for who watches it.

Everybody gets one word. The reasons, which hold no secret either, are for callers on this
machine (ASVS 13.4.5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reminder.web.direct import is_direct
from reminder.web.readiness import Readiness, StuckJob

if TYPE_CHECKING:
    from starlette.requests import Request

    from jobs.context import JobContext


def health_routes(context: Callable[[], JobContext], stuck_job: StuckJob) -> list[Route]:
    """What is served."""
    readiness = Readiness(context, stuck_job)

    async def healthz(request: Request) -> Response:
        """Alive, and every job moves. Asks nothing else: a restart mends no database."""
        stuck = stuck_job()
        reasons = [f"the job {stuck} makes no progress"] if stuck else []
        return _said(request, "ok", "stuck", reasons)

    async def readyz(request: Request) -> Response:
        """Able to scan, to send and to record it."""
        return _said(request, "ready", "not ready", await readiness.reasons())

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
    ]


def _said(request: Request, good: str, bad: str, reasons: list[str]) -> Response:
    if not reasons:
        return JSONResponse({"status": good})
    told = {"reasons": reasons} if is_direct(request.scope) else {}
    return JSONResponse({"status": bad} | told, 503)
