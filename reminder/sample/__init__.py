"""The sample register: real agreements, and what is made up around them to show the service.

``register/README.md`` says which facts are real and where they come from.
"""

from __future__ import annotations

from pathlib import Path

REGISTER = Path(__file__).resolve().parent / "register"
"""The folder of CSV files, one for each table, as ``reminder import`` takes them."""
