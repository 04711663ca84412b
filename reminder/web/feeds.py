"""Feeds: ``/calendar/<token>.ics``, which a calendar program asks for again and again."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from jobs.feed_calendar import write_feed
from reminder.storage.feeds import FEED
from reminder.web.callers import caller_of
from reminder.web.links import grant_or_answer
from reminder.web.site import Served

if TYPE_CHECKING:
    from starlette.requests import Request

    from jobs.context import JobContext
    from reminder.web.site import Site

KEPT_FOR = "private, max-age=3600"
MEDIA_TYPE = "text/calendar"
FILE = 'inline; filename="calendar.ics"'
"""The name to save it under: that of the address would be its key."""


def feed_route(site: Site) -> Route:
    """Every feed, or the page that all readers get who are not shown one."""

    async def feed(request: Request) -> Response:
        token = request.path_params["token"]
        caller = caller_of(request.scope)
        known = request.headers.get("if-none-match", "")
        return await site.serve("feed", lambda context: _feed(site, context, token, caller, known))

    return Route("/calendar/{token}.ics", feed, methods=["GET"])


def _feed(site: Site, context: JobContext, token: str, caller: str, known: str) -> Served:
    grant = grant_or_answer(site, context, token, (FEED,), caller)
    if isinstance(grant, Served):
        return grant
    calendar = write_feed(context, grant)
    if calendar is None:
        return Served(site.told("not_found", 404))
    tag = f'"{sha256(calendar).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": KEPT_FOR}
    about = {"purpose": FEED}
    if is_known(known, tag):
        return Served(Response(status_code=304, headers=headers), about)
    headers["Content-Disposition"] = FILE
    return Served(Response(calendar, media_type=MEDIA_TYPE, headers=headers), about)


def is_known(header: str, tag: str) -> bool:
    """Whether an If-None-Match names that ETag; a proxy may have made it a weak one."""
    given = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in given or tag in given
