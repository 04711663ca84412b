"""Finds the shipped templates and config, and the admin's own that stand before them."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The shipped folder *name*: ``templates`` or ``config``.

    A wheel carries both inside the package; a checkout has them beside it.
    """
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def template_dirs(own: Path) -> tuple[Path, ...]:
    """The folders that hold ``email/NAME/LANGUAGE/``, the admin's own first."""
    return (own, shipped("templates")) if own.is_dir() else (shipped("templates"),)
