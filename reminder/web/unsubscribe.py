"""Unsubscribing: ``/unsubscribe/<token>``, for readers and for their mail programs (RFC 8058).

    GET                                       shows what can be stopped, and changes nothing
    POST List-Unsubscribe=One-Click           a mail program: acts at once, without a cookie
    POST stop=1 or again=1, with the nonce    a person's press of the page's button

The page's own button sends something else than mail programs do: a scanner that sends every
form it finds comes sooner than any person, and changes nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from jobs.unsubscribe import AskedBy, resume, stop
from reminder.storage.unsubscribed import UNSUBSCRIBE, is_unsubscribed, last_language
from reminder.web.acting import FORM, MOST_FIELDS, NONCE, read_form
from reminder.web.callers import caller_of
from reminder.web.hosts import public_path
from reminder.web.links import grant_or_answer
from reminder.web.sessions import Age, Use, age_of, make_mark
from reminder.web.site import Page, Served
from reminder.web.unsubscribe_words import unsubscribe_words
from reminder.web.words import page_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from jobs.context import JobContext
    from reminder.storage.grants import Grant
    from reminder.web.site import Site

ONE_CLICK = ("List-Unsubscribe", "One-Click")
STOP, AGAIN = "stop", "again"
ASKED, STOPPED, RESUMED = "ask", "stopped", "resumed"
"""What the page tells."""
_MULTIPART = "multipart/form-data"
_BOUNDARY = re.compile(r"""boundary="?([0-9A-Za-z'()+_,./:=?-]{1,70})""", re.ASCII | re.IGNORECASE)
_NAME = re.compile(rb"""[ ;]name="?([A-Za-z-]{1,40})""", re.IGNORECASE)


def unsubscribe_routes(site: Site) -> list[Route]:
    """What is served."""

    async def show(request: Request) -> Response:
        token, caller = request.path_params["token"], caller_of(request.scope)
        return await site.serve("unsubscribe", lambda context: _show(site, context, token, caller))

    async def act(request: Request) -> Response:
        token, caller = request.path_params["token"], caller_of(request.scope)
        form = read_sent(request.headers.get("content-type", ""), await request.body())
        if form is None:
            return PlainTextResponse("Unsupported media type\n", 415)
        return await site.serve(
            "unsubscribe", lambda context: _act(site, context, token, caller, form)
        )

    path = "/unsubscribe/{token}"
    return [Route(path, show, methods=["GET"]), Route(path, act, methods=["POST"])]


def read_sent(content_type: str, body: bytes) -> dict[str, str] | None:
    """The fields of a form; mail programs may send either kind (RFC 8058, section 3.2).

    None for any other kind.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return read_form(body)
    boundary = _BOUNDARY.search(content_type)
    if kind != _MULTIPART or boundary is None:
        return None
    fields: dict[str, str] = {}
    # Flat, as forms are: the parser of mails would follow parts within parts.
    for part in body.split(f"--{boundary[1]}".encode(), MOST_FIELDS + 1)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is not None:
            fields.setdefault(
                name[1].decode(), value.removesuffix(b"\r\n").decode("utf-8", "replace")
            )
    return fields


def _show(site: Site, context: JobContext, token: str, caller: str) -> Served:
    # How often a good one is used is not limited: the mail programs of many readers ask from few
    # addresses.
    found = grant_or_answer(site, context, token, (UNSUBSCRIBE,), caller)
    if isinstance(found, Served):
        return found
    with context.database.read() as connection:
        is_stopped = is_unsubscribed(connection, found.recipient, found.subject)
    return _page(site, context, token, found, STOPPED if is_stopped else ASKED)


def _act(
    site: Site, context: JobContext, token: str, caller: str, form: Mapping[str, str]
) -> Served:
    grant = grant_or_answer(site, context, token, (UNSUBSCRIBE,), caller)
    if isinstance(grant, Served):
        return grant
    name, value = ONE_CLICK
    if form.get(name) == value:
        stop(context, grant, AskedBy.MAIL_PROGRAM)
        return _page(site, context, token, grant, STOPPED)
    wants_again = AGAIN in form
    if not wants_again and STOP not in form:
        return _page(site, context, token, grant, ASKED, status=400)
    secret, now = context.settings.secret_key, context.clock.now()
    age = age_of(secret, Use.FORM, form.get(NONCE, ""), grant.id, now)
    if age is not Age.GOOD:
        told = STOPPED if wants_again else ASKED
        problem = "too_fast" if age is Age.TOO_YOUNG else "form_over"
        return _page(site, context, token, grant, told, problem, 400)
    if wants_again:
        resume(context, grant)
        return _page(site, context, token, grant, RESUMED)
    stop(context, grant, AskedBy.PAGE)
    return _page(site, context, token, grant, STOPPED)


def _page(
    site: Site,
    context: JobContext,
    token: str,
    grant: Grant,
    told: str,
    problem: str = "",
    status: int = 200,
) -> Served:
    with context.database.read() as connection:
        language = last_language(connection, grant.recipient)
    service = context.policy.service
    words = page_words(language or service.language)
    own = unsubscribe_words(words.language)
    local, _, domain = grant.recipient.rpartition("@")
    filled = {"digest": own.name_of(grant.subject), "address": f"{local[:1]}***@{domain}"}
    sentences = {
        ASKED: (own.ask, own.ask_why, "", own.stop, STOP),
        STOPPED: (own.stopped, own.stopped_why, own.again_why, own.again, AGAIN),
        RESUMED: (own.resumed, own.resumed_why, "", "", ""),
    }[told]
    title, why, button_why, button, field = (one.format(**filled) for one in sentences)
    values = {
        "words": words,
        "service_name": service.name,
        "title": title,
        "why": why,
        "keeps": own.keeps,
        "problem": {"too_fast": own.too_fast, "form_over": own.form_over}.get(problem, ""),
        "button_why": button_why,
        "button": button,
        "field": field,
        "path": f"{public_path(context.settings)}/unsubscribe/{token}",
        "nonce": make_mark(context.settings.secret_key, Use.FORM, grant.id, context.clock.now()),
    }
    page = Page("unsubscribe", values, status)
    return Served(site.render(page), {"purpose": UNSUBSCRIBE, "digest": grant.subject})
