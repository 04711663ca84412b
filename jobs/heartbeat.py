"""The heartbeat: a watcher outside hears of every scan that was completed, and of none else.

It speaks the protocol of Healthchecks: the address itself for success, ``/fail`` below it for
a scan that raised. A watcher that hears nothing in its time tells people by a way of its own.
Where a scan was refused (clock, disk, a database that is not adopted) nothing is said: the
silence is the alarm, and a copy of a home raises none in the name of the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from urllib.error import URLError

    from jobs.context import JobContext
    from jobs.watcher import ScanEnd

FAILURES = "heartbeat_failures"
"""The name under which calls that brought nothing are counted."""
SOCKET_PATIENCE = 10.0
"""Seconds for each single step; the call as a whole is limited by ``Watcher.call``."""


def heartbeat(context: JobContext) -> None:
    """Tell the watcher how the last scan ended, if nobody did yet. It never raises and never
    takes longer than ten seconds; what comes of it touches nothing else."""
    end = context.watcher.take()
    url = context.settings.heartbeat_url
    if end is None or not url:
        return
    address, body = address_of(url, end), body_of(end)
    trouble = context.watcher.call(lambda: post(address, body), context.stopping)
    if trouble is None:
        return
    if trouble:
        context.tally.add(FAILURES)
    if context.last_heartbeat.changes_to(trouble):
        host = urlsplit(url).hostname  # the rest of the address is what opens it
        if trouble:
            context.log.warning("heartbeat_failed", host=host, reason=trouble)
        else:
            context.log.info("heartbeat_recovered", host=host)


def address_of(url: str, end: ScanEnd) -> str:
    """Where that end is told."""
    if end.is_whole:
        return url
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/fail").geturl()


def body_of(end: ScanEnd) -> bytes:
    """Counts, and nothing that has a name."""
    return " ".join(f"{name}={count}" for name, count in end.counts.items()).encode()


def post(url: str, body: bytes) -> str:
    """Call *url*; "" where it answered 2yz, else what it did instead, in our own words.

    The words never hold the address: whoever knows it could ring in our name.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class NoRedirect(HTTPRedirectHandler):
        def redirect_request(self, *_arguments: object) -> None:
            """A redirect is an answer like another: what is told goes nowhere else."""

    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "reminder"}
    # The scheme was checked with the settings; proxies are those of the environment.
    request = Request(url, body, headers, method="POST")  # noqa: S310
    try:
        with build_opener(NoRedirect).open(request, timeout=SOCKET_PATIENCE):
            return ""
    except HTTPError as error:
        error.close()
        what = ", a redirect, which is not followed" if 300 <= error.code < 400 else ""
        return f"it answered {error.code}{what}"
    except URLError as error:
        return _why(error)
    except HTTPException:
        return "it does not answer as a web server does"
    except OSError as error:
        return error.strerror or "the connection broke"
    except ValueError:
        return "its address cannot be called"


def _why(error: URLError) -> str:
    import ssl

    reason = error.reason
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {reason.verify_message}"
    if isinstance(reason, OSError):
        return reason.strerror or "it did not answer in time"
    return "it cannot be called"
