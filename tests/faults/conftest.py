"""A relay that misbehaves as told, and an authority for the certificates that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.smtp_server import SmtpServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    """A relay on this machine, so without TLS."""
    with SmtpServer(tmp_path) as started:
        yield started


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that exists for these tests."""
    return trustme.CA()
