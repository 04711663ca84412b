"""Acting: the pages that a link opens. GET shows; only a person's press of a button does anything.

    GET  /a/<token>[/<wanted>]       -> 303 /act/<session>[/<wanted>], with a cookie
    GET  /act/<session>[/<wanted>]   -> the page, with a form that bears a nonce
    POST /act/<session>[/<wanted>]   -> what the form says, once

What a page shows and takes depends on the grant's purpose: see ``Purpose`` and ``PURPOSES``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from reminder.storage.grants import Grant, find_live
from reminder.web.callers import caller_of
from reminder.web.hosts import is_https, own_hosts, public_path
from reminder.web.limits import OPENED, REFUSED, Limits
from reminder.web.links import grant_or_answer
from reminder.web.sessions import LASTS, Age, Use, age_of, make_mark, read_mark
from reminder.web.site import Page, Served

if TYPE_CHECKING:
    from starlette.requests import Request

    from jobs.context import JobContext
    from reminder.web.site import Site

MOST_FIELDS = 20
LONGEST_FIELD = 4000
"""Characters; what is longer is cut, and refused where its length matters."""
FORM = "application/x-www-form-urlencoded"
_WANTED = re.compile(r"[a-z-]{1,16}", re.ASCII)
NONCE, CONFIRMED = "nonce", "confirmed"
"""Fields of the form that are ours, and no part of an answer."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at the pages of a grant, or one answer."""

    context: JobContext
    grant: Grant
    path: str
    """Where the form is sent: ``/act/<session>``, below the public URL."""
    nonce: str
    """Goes with the form, in the field ``nonce``."""
    wanted: str = ""
    """Which answer the reader came for (``later``, ``done``, ...); empty for any."""
    form: Mapping[str, str] = field(default_factory=dict)
    """What was sent; empty for a look."""
    problem: str = ""
    """Why what was sent is asked for again: ``too_fast``, ``form_over``; empty for no such."""


class Purpose(Protocol):
    """What the pages of the grants of one purpose show and take."""

    def show(self, site: Site, visit: Visit) -> Page:
        """The page with its forms; also again, with what was sent, where that has a *problem*."""

    def repeated(self, site: Site, visit: Visit) -> Page | None:
        """The page for an answer that this link gave before; None where it did not."""

    def take(self, site: Site, visit: Visit) -> Page:
        """Take the answer, and show what is on record now; or the form again, with its faults
        (status 422). Called once a person has pressed the button."""


class Acting:
    """The routes of the pages behind links."""

    def __init__(self, site: Site, purposes: Mapping[str, Purpose]) -> None:
        self._site = site
        self._purposes = purposes

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("/a/{token}", self.open, methods=["GET"]),
            Route("/a/{token}/{wanted}", self.open, methods=["GET"]),
            Route("/act/{session}", self.show, methods=["GET"]),
            Route("/act/{session}/{wanted}", self.show, methods=["GET"]),
            Route("/act/{session}", self.act, methods=["POST"]),
            Route("/act/{session}/{wanted}", self.act, methods=["POST"]),
        ]

    async def open(self, request: Request) -> Response:
        """From the token of a mail to a session that bears it no more."""
        token, wanted = request.path_params["token"], request.path_params.get("wanted", "")
        caller = caller_of(request.scope)
        return await self._site.serve(
            "link", lambda context: self._open(context, token, wanted, caller)
        )

    async def show(self, request: Request) -> Response:
        """The page of an opened link."""
        session, wanted = request.path_params["session"], request.path_params.get("wanted", "")
        return await self._site.serve("page", lambda context: self._show(context, session, wanted))

    async def act(self, request: Request) -> Response:
        """Take what a form says."""
        session, wanted = request.path_params["session"], request.path_params.get("wanted", "")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != FORM:
            return PlainTextResponse("Unsupported media type\n", 415)
        form = read_form(await request.body())
        cookies = dict(request.cookies)
        headers = {name: request.headers.get(name, "") for name in ("origin", "sec-fetch-site")}
        return await self._site.serve(
            "answer",
            lambda context: self._act(context, session, wanted, form, cookies, headers),
            failed="unsure",
        )

    def _open(self, context: JobContext, token: str, wanted: str, caller: str) -> Served:
        grant = grant_or_answer(self._site, context, token, self._purposes, caller)
        if isinstance(grant, Served):
            return grant
        if not Limits(context, caller).count(OPENED):
            return Served(self._site.too_many(int(OPENED.span.total_seconds())))
        secret, now = context.settings.secret_key, context.clock.now()
        session = make_mark(secret, Use.SESSION, grant.id, now)
        path = f"{public_path(context.settings)}/act/{session}"
        response = RedirectResponse(f"{path}/{wanted}" if _WANTED.fullmatch(wanted) else path, 303)
        secure = is_https(context.settings)
        response.set_cookie(
            cookie_name(secure=secure),
            make_mark(secret, Use.COOKIE, grant.id, now),
            max_age=int(LASTS.total_seconds()),
            path="/",
            secure=secure,
            httponly=True,
            samesite="strict",
        )
        return Served(response, {"notice": grant.notice_id, "purpose": grant.purpose})

    def _show(self, context: JobContext, session: str, wanted: str) -> Served:
        grant, refused = self._grant(context, session)
        if grant is None:
            return Served(refused)
        purpose = self._purposes[grant.purpose]
        page = purpose.show(self._site, self._visit(context, grant, session, wanted))
        return Served(self._site.render(page), {"notice": grant.notice_id})

    def _act(
        self,
        context: JobContext,
        session: str,
        wanted: str,
        form: Mapping[str, str],
        cookies: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Served:
        grant, refused = self._grant(context, session)
        if grant is None:
            return Served(refused)
        purpose = self._purposes[grant.purpose]
        visit = self._visit(context, grant, session, wanted, form)
        about = {"notice": grant.notice_id, "action": form.get("action", "")[:16]}
        before = purpose.repeated(self._site, visit)
        if before is not None:
            return Served(self._site.render(before), about)
        limits = Limits(context, grant.id)
        if limits.is_over(REFUSED):
            return Served(self._site.too_many(int(REFUSED.span.total_seconds())))
        if is_from_elsewhere(context, headers):
            limits.count(REFUSED)
            return Served(self._site.told("refused", 403))
        page = self._pressed(context, purpose, visit, cookies)
        if page.status != 200:
            limits.count(REFUSED)
        return Served(self._site.render(page), about)

    def _pressed(
        self, context: JobContext, purpose: Purpose, visit: Visit, cookies: Mapping[str, str]
    ) -> Page:
        """The answer taken, where a person pressed the button of a page of ours."""
        secret, grant, now = context.settings.secret_key, visit.grant, context.clock.now()
        confirmed = visit.form.get(CONFIRMED, "")
        use = Use.CONFIRM if confirmed else Use.FORM
        given = confirmed or visit.form.get(NONCE, "")
        match age_of(secret, use, given, grant.id, now):
            case Age.TOO_YOUNG:
                return _again(self._site, purpose, visit, "too_fast")
            case Age.FORGED | Age.OVER:
                return _again(self._site, purpose, visit, "form_over")
        name = cookie_name(secure=is_https(context.settings))
        cookie = read_mark(secret, Use.COOKIE, cookies.get(name, ""))
        if not confirmed and (cookie is None or cookie.grant_id != grant.id):
            # Somebody without cookies presses twice instead of being refused.
            return self._confirming(context, visit)
        return purpose.take(self._site, visit)

    def _confirming(self, context: JobContext, visit: Visit) -> Page:
        from reminder.web.confirming import confirming_page

        mark = make_mark(
            context.settings.secret_key, Use.CONFIRM, visit.grant.id, context.clock.now()
        )
        return confirming_page(visit, mark)

    def _grant(self, context: JobContext, session: str) -> tuple[Grant | None, Response]:
        """The grant of a session, or None and the answer that says so."""
        mark = read_mark(context.settings.secret_key, Use.SESSION, session)
        now = context.clock.now()
        if mark is None:
            return None, self._site.told("not_found", 404)
        if now - mark.made_at > LASTS:
            return None, self._site.told("over", 410)
        with context.database.read() as connection:
            grant = find_live(connection, mark.grant_id, now)
        is_ours = grant is not None and grant.purpose in self._purposes
        return grant if is_ours else None, self._site.told("not_found", 404)

    def _visit(
        self,
        context: JobContext,
        grant: Grant,
        session: str,
        wanted: str,
        form: Mapping[str, str] | None = None,
    ) -> Visit:
        nonce = make_mark(context.settings.secret_key, Use.FORM, grant.id, context.clock.now())
        path = f"{public_path(context.settings)}/act/{session}"
        return Visit(context, grant, path, nonce, wanted, form or {})


def cookie_name(*, secure: bool) -> str:
    """Browsers take a ``__Host-`` cookie over https only, and from no other host."""
    return "__Host-act" if secure else "act"


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of one that comes twice the first, as long as they are few."""
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return {}
    for name, value in pairs:
        fields.setdefault(name, value[:LONGEST_FIELD])
    return fields


def is_from_elsewhere(context: JobContext, headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site sent the form.

    Without a referrer, as our pages have it, browsers send ``Origin: null`` for our own forms.
    """
    site = headers.get("sec-fetch-site", "")
    if site and site != "same-origin":
        return True
    origin = headers.get("origin", "")
    if not origin or origin == "null":
        return False
    return (urlsplit(origin).hostname or "") not in {
        host.strip("[]") for host in own_hosts(context.settings)
    }


def _again(site: Site, purpose: Purpose, visit: Visit, problem: str) -> Page:
    """The form again with what was sent, for the button to be pressed once more."""
    page = purpose.show(site, replace(visit, problem=problem))
    return replace(page, status=400)
