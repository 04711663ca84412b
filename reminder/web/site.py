"""The site: what every page is made from, and the pages for readers of whom nothing is known."""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from reminder.clock import steady_seconds
from reminder.resources import shipped, template_dirs
from reminder.web.hosts import public_path
from reminder.web.pages import Pages
from reminder.web.passages import Passages

if TYPE_CHECKING:
    from jobs.context import JobContext

MOST_AT_ONCE = 8
"""Pages made at the same time, each in a thread with a connection of its own; others wait."""
TOO_MANY = "Too many requests; please try again later. / Terlalu banyak permintaan.\n"


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be filled in: a template of ``templates/web`` and its values."""

    template: str
    values: Mapping[str, object]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Served:
    """An answer, and what the log may say of it: never a token, nor an address."""

    response: Response
    about: Mapping[str, object] = field(default_factory=dict)


class Site:
    """The pages with what they are made from. *context* gives the present context."""

    def __init__(self, context: Callable[[], JobContext]) -> None:
        self._context = context
        self.pages = Pages(shipped("templates"))
        self._passages: tuple[JobContext, Passages] | None = None
        self._turns = Semaphore(MOST_AT_ONCE)

    def context(self) -> JobContext:
        """The context of now; a reload brings another one."""
        return self._context()

    async def serve(
        self, name: str, make: Callable[[JobContext], Served], failed: str = "unavailable"
    ) -> Response:
        """Make an answer in a thread, in its turn; what raises becomes the page *failed*."""
        context = self._context()
        began = steady_seconds()
        try:
            async with self._turns:
                served = await run_in_threadpool(make, context)
        except Exception as error:
            context.log.error("page_failed", page=name, exc_info=error)
            return self.told(failed, 500)
        taken = round(steady_seconds() - began, 3)
        level = context.log.info if served.about else context.log.debug
        status = served.response.status_code
        level("page_served", page=name, status=status, seconds=taken, **served.about)
        return served.response

    def render(self, page: Page) -> Response:
        """The page as it is sent."""
        path = public_path(self._context().settings)
        html = self.pages.page(page.template, path, page.values)
        return HTMLResponse(html, page.status)

    def told(self, name: str, status: int) -> Response:
        """A page for a reader of whom nothing is known, in every language."""
        context = self._context()
        service = context.policy.service
        path = public_path(context.settings)
        page = self.pages.told_page(name, path, service.language, service.name)
        return HTMLResponse(page, status)

    def too_many(self, seconds: int) -> Response:
        """Whoever comes too often is told so, always in the same words."""
        return PlainTextResponse(TOO_MANY, 429, headers={"Retry-After": str(seconds)})

    def passages(self, context: JobContext) -> Passages:
        """Sentences of the mail templates; compiled once for each context."""
        known = self._passages
        if known is None or known[0] is not context:
            dirs = template_dirs(context.settings.templates_dir)
            known = self._passages = (context, Passages(dirs, context.log))
        return known[1]
