"""The web application: which address is which page, and what stands around all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from jobs.offers import ACCEPT
from jobs.preparing import ACTION
from jobs.undo import UNDO
from reminder.web.access import AccessLog
from reminder.web.acting import Acting, Purpose
from reminder.web.bodies import LimitedBodies
from reminder.web.feeds import feed_route
from reminder.web.headers import SecurityHeaders
from reminder.web.health import health_routes
from reminder.web.hosts import OwnAddress, is_https
from reminder.web.metrics import metrics_route
from reminder.web.notice_answers import NoticeAnswers
from reminder.web.offer_pages import OfferPages
from reminder.web.pages import STYLESHEET
from reminder.web.site import Site
from reminder.web.undo_pages import UndoPages
from reminder.web.unsubscribe import unsubscribe_routes

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from jobs.context import JobContext

KEPT_FOR = "public, max-age=86400"


def purposes() -> dict[str, Purpose]:
    """What the links of each purpose lead to."""
    return {ACTION: NoticeAnswers(), ACCEPT: OfferPages(), UNDO: UndoPages()}


def make_app(
    context: Callable[[], JobContext], stuck_job: Callable[[], str | None] = lambda: None
) -> ASGIApp:
    """The application. *context* gives the present context, so that a reload is seen;
    *stuck_job* the job of the daemon that makes no progress, None where all do."""
    site = Site(context)
    routes = [
        *Acting(site, purposes()).routes(),
        feed_route(site),
        *unsubscribe_routes(site),
        stylesheet_route(site),
        *health_routes(context, stuck_job),
        metrics_route(context),
    ]
    told = {404: _not_found(site), 405: _not_allowed}
    app = Starlette(routes=routes, exception_handlers=told)
    app.router.redirect_slashes = False
    own = OwnAddress(LimitedBodies(app), lambda: context().settings)
    return SecurityHeaders(AccessLog(own, context), lambda: is_https(context().settings))


def stylesheet_route(site: Site) -> Route:
    """The style sheet; browsers may keep it, and ask whether it changed."""

    async def stylesheet(request: Request) -> Response:
        headers = {"ETag": f'"{site.pages.version}"', "Cache-Control": KEPT_FOR}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(site.pages.stylesheet, media_type="text/css", headers=headers)

    return Route(STYLESHEET, stylesheet, methods=["GET"])


def _not_found(site: Site) -> Callable[[Request, Exception], Response]:
    """The same page for whatever is not there, or is not for this reader."""
    return lambda _request, _error: site.told("not_found", 404)


def _not_allowed(_request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, HTTPException) else None
    return PlainTextResponse("Method not allowed\n", 405, headers=headers)
