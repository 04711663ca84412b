"""The web application: which address is which page. Only GET and HEAD; nothing is changed."""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from reminder.clock import steady_seconds
from reminder.resources import shipped, template_dirs
from reminder.web.headers import SecurityHeaders
from reminder.web.hosts import OwnAddress, is_https, public_path
from reminder.web.links import open_link
from reminder.web.notice_page import notice_page
from reminder.web.pages import STYLESHEET, Pages
from reminder.web.passages import Passages

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from jobs.context import JobContext

MOST_AT_ONCE = 8
"""Pages made at the same time, each in a thread with a connection of its own; others wait."""
KEPT_FOR = "public, max-age=86400"


def make_app(context: Callable[[], JobContext]) -> ASGIApp:
    """The application. *context* gives the present context, so that a reload is seen."""
    site = Site(context)
    routes = [
        Route("/a/{token}", site.notice, methods=["GET"]),
        Route(STYLESHEET, site.stylesheet, methods=["GET"]),
    ]
    app = Starlette(routes=routes, exception_handlers={404: site.not_found, 405: site.not_allowed})
    app.router.redirect_slashes = False
    return SecurityHeaders(
        OwnAddress(app, lambda: context().settings), lambda: is_https(context().settings)
    )


class Site:
    """The pages with what they are made from."""

    def __init__(self, context: Callable[[], JobContext]) -> None:
        self._context = context
        self._pages = Pages(shipped("templates"))
        self._passages: tuple[JobContext, Passages] | None = None
        self._turns = Semaphore(MOST_AT_ONCE)

    async def notice(self, request: Request) -> Response:
        """The page of one notice. The token stays out of everything that is logged."""
        context = self._context()
        token: str = request.path_params["token"]
        began = steady_seconds()
        try:
            async with self._turns:
                response, notice_id = await run_in_threadpool(self._notice, context, token)
        except Exception as error:
            context.log.error("page_failed", page="notice", exc_info=error)
            return self._told("unavailable", 500)
        taken = round(steady_seconds() - began, 3)
        level = context.log.info if notice_id else context.log.debug
        status = response.status_code
        level("page_served", page="notice", status=status, notice=notice_id, seconds=taken)
        return response

    async def stylesheet(self, request: Request) -> Response:
        """The style sheet; browsers may keep it, and ask whether it changed."""
        headers = {"ETag": f'"{self._pages.version}"', "Cache-Control": KEPT_FOR}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(self._pages.stylesheet, media_type="text/css", headers=headers)

    async def not_found(self, _request: Request, _error: Exception) -> Response:
        """The same page for whatever is not there, or is not for this reader."""
        return self._told("not_found", 404)

    async def not_allowed(self, _request: Request, error: Exception) -> Response:
        """Nothing here can be sent, only read."""
        headers = error.headers if isinstance(error, HTTPException) else None
        return PlainTextResponse("Method not allowed\n", 405, headers=headers)

    def _notice(self, context: JobContext, token: str) -> tuple[Response, int | None]:
        opened = open_link(context, token)
        if opened is None:
            return self._told("not_found", 404), None
        grant, notice = opened
        now = context.clock.now()
        values = notice_page(context.policy, self._passages_of(context), grant, notice, now)
        page = self._pages.page("notice", public_path(context.settings), values)
        return HTMLResponse(page), grant.notice_id

    def _told(self, name: str, status: int) -> Response:
        context = self._context()
        service = context.policy.service
        path = public_path(context.settings)
        return HTMLResponse(
            self._pages.told_page(name, path, service.language, service.name), status
        )

    def _passages_of(self, context: JobContext) -> Passages:
        """Compiled once for each context; a reload brings another one."""
        known = self._passages
        if known is None or known[0] is not context:
            dirs = template_dirs(context.settings.templates_dir)
            known = self._passages = (context, Passages(dirs, context.log))
        return known[1]
