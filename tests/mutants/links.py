"""Mutants of the pages behind links: what looking must not do, and what is taken only once."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

ACTING = "reminder/web/acting.py"
LINKS = "reminder/web/links.py"
SESSIONS = "tests/integration/test_web_sessions.py"

MUTANTS = (
    Mutant(
        "M14",
        "looking at the page answers it",
        (
            Change(
                ACTING,
                "page = purpose.show(self._site, self._visit(context, grant, session, wanted))\n",
                'asked = self._visit(context, grant, session, wanted, {"action": "ack"})\n'
                "        page = purpose.take(self._site, asked)\n",
            ),
        ),
        (SESSIONS,),
    ),
    Mutant(
        "M14b",
        "a form is taken from a robot that reads nothing",
        (
            Change(
                ACTING,
                '                return _again(self._site, purpose, visit, "too_fast")\n',
                "                pass\n",
            ),
        ),
        (SESSIONS,),
    ),
    Mutant(
        "M14c",
        "a form is taken from another site",
        (
            Change(
                ACTING, "        if is_from_elsewhere(context, headers):\n", "        if False:\n"
            ),
        ),
        (SESSIONS,),
    ),
    Mutant(
        "M15",
        "single use is keyed on the text of the form, not on the grant",
        (
            Change(
                "reminder/web/notice_answers.py",
                "grant_id=grant.id)",
                'grant_id=self._visit.form.get("nonce", "")[-22:])',
            ),
        ),
        (SESSIONS,),
    ),
    Mutant(
        "M15b",
        "a token is good whatever its signature says",
        (Change(LINKS, "    if found is None or not is_genuine:\n", "    if found is None:\n"),),
        (SESSIONS,),
    ),
    Mutant(
        "M15c",
        "the key of a link may be retired",
        (
            Change(
                "reminder/link_keys.py",
                "        if self.retired_at is not None:\n            return False\n",
                "",
            ),
        ),
        (SESSIONS,),
    ),
)
