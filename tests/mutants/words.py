"""Mutants of the words: every copy is the same mail, and no template costs anybody a notice."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

WIRE_FORM = "jobs/wire_form.py"
PREPARING = "jobs/preparing.py"
RENDER = "reminder/mail/render.py"

DELIVER = "tests/integration/test_deliver.py"
UNCERTAIN = "tests/integration/test_deliver_uncertain.py"
CONTENT = "tests/integration/test_deliver_content.py"
TEMPLATES = "tests/unit/test_mail_templates.py"

MUTANTS = (
    Mutant(
        "M4",
        "each attempt has a Message-ID of its own",
        (
            Change(
                WIRE_FORM,
                "            message_id=row.message_id,\n            date=",
                '            message_id=f"<{row.attempts}.{row.message_id[1:]}",\n'
                "            date=",
            ),
        ),
        (DELIVER,),
    ),
    Mutant(
        "M4b",
        "each attempt has a Date of its own",
        (
            Change(
                WIRE_FORM,
                "date=content.dated_at",
                "date=content.dated_at.replace(second=row.attempts)",
            ),
        ),
        (DELIVER, UNCERTAIN),
    ),
    Mutant(
        "M4c",
        "a repeat on another day has other words under another Message-ID",
        (
            Change(
                PREPARING,
                "not claimed.row.has_notices or claimed.row.possible_duplicate",
                "not claimed.row.has_notices",
            ),
        ),
        (UNCERTAIN,),
    ),
    Mutant(
        "M4d",
        "other words go out under the Message-ID of the first",
        (
            Change(
                PREPARING,
                'message_id_for(secret, self._domain, "revision", message_id, number)',
                "(secret, self._domain, number) and message_id",
            ),
        ),
        (CONTENT,),
    ),
    Mutant(
        "M4e",
        "a mail says on another day how many days are left from the day before",
        (
            Change(
                PREPARING,
                "        return is_past or claimed.says_too_much\n",
                "        return False\n",
            ),
        ),
        (CONTENT,),
    ),
    Mutant(
        "M20",
        "the plain notice that stands in for a template can fail too",
        (
            Change(
                RENDER,
                'return _bare(letter, f"{problem}; and the plain notice: {error}")',
                'raise TemplateError(f"{problem}; and the plain notice: {error}") from error',
            ),
        ),
        (TEMPLATES,),
    ),
    Mutant(
        "M20b",
        "a template that fails costs the notice",
        (
            Change(
                RENDER,
                "            problem = self.explain(letter, error)\n        try:",
                "            raise TemplateError(self.explain(letter, error)) from error\n"
                "        try:",
            ),
            Change(RENDER, "context, PLAIN, problem)", 'context, PLAIN, "")'),
            Change(RENDER, 'f"{problem}; and the plain', 'f"and the plain'),
        ),
        (TEMPLATES,),
    ),
    Mutant(
        "M20c",
        "the admin's own broken frame breaks the plain notice too",
        (
            Change(
                RENDER,
                "files = self._shipped if built_in else self._files",
                "files = self._files",
            ),
            Change(
                RENDER,
                "environment = self._built_in if built_in else self._environment",
                "environment = self._environment",
            ),
        ),
        (TEMPLATES,),
    ),
    Mutant(
        "M20d",
        "one message that cannot be rendered stops the whole batch",
        (
            Change(
                PREPARING,
                "except Exception as error:  # whatever one record",
                "except ArithmeticError as error:  # whatever one record",
            ),
        ),
        (CONTENT,),
    ),
)
