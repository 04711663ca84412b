"""The template language of mails: Jinja2 cut down to what a letter needs.

A template formats what it is given. What it could otherwise do (call, assign, repeat
without end, build enormous texts) is refused when it is loaded, with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.loaders import BaseLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reminder.errors import TemplateError
from reminder.mail.plain_text import columns, wrap
from reminder.mail.template_files import TemplateFiles

if TYPE_CHECKING:
    from types import CodeType

ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr,
    nodes.Getitem, nodes.Concat, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.FilterBlock, nodes.Test, nodes.For,
    nodes.Tuple, nodes.Block, nodes.Extends, nodes.Include, nodes.Call, nodes.Keyword,
)  # fmt: skip
"""Everything else is refused. No ``set``, ``with`` or ``macro``: with them a text can be
doubled a hundred times; no arithmetic: ``"a" * 999999999`` is one gigabyte."""
DEEPEST_LOOP = 2
FILTERS = ("wrap", "columns", "upper", "lower", "capitalize", "trim", "join", "length", "first")
TESTS = ("defined", "none", "odd", "even", "string", "number")
_BUILT_IN = ("loop", "super", "self", "caller", "varargs", "kwargs")

_STYLE = re.compile(r"<style\b", re.IGNORECASE)
_JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_HELD = re.compile(r"(?:<!--|&lt;!--)?JINJA-(\d+)-HELD(?:--&gt;|-->)?")


class TemplateSource(BaseLoader):
    """Gives Jinja the checked sources; CSS is moved into the elements here, once."""

    def __init__(self, files: TemplateFiles, *, inline: bool) -> None:
        self._files = files
        self._inline = inline

    def get_source(
        self, environment: object, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        found = self._files.read(template)
        if found is None:
            raise TemplateNotFound(template)
        check_language(found.source, found.shown)
        source = found.source
        if self._inline and template.endswith(".html.j2") and _STYLE.search(source):
            source = inline_css(source)
        return source, found.shown, None


class _Compiled(BytecodeCache):
    """Keeps the code of each template for as long as its source stays the same."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key] = bucket.checksum, bucket.code


_COMPILED = _Compiled()


def mail_environment(files: TemplateFiles, *, inline: bool = True) -> ImmutableSandboxedEnvironment:
    """A Jinja environment for *files*. What was compiled once is compiled again only once its
    source has changed, whatever environment asks for it."""
    environment = ImmutableSandboxedEnvironment(
        loader=TemplateSource(files, inline=inline),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )
    built_in = environment.filters
    own = {"wrap": _wrap, "columns": columns, "join": _join}
    environment.filters = {name: own.get(name) or built_in[name] for name in FILTERS}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    environment.globals.clear()
    return environment


def _wrap(text: str, indent: int = 0, hang: int | None = None) -> str:
    """``wrap`` with bounds: an indent of a thousand million is a gigabyte of blanks."""
    if not 0 <= indent <= 24 or (hang is not None and not 0 <= hang <= 24):
        raise ValueError("wrap indents by 0 to 24 columns")
    return wrap(text, indent, hang)


def _join(parts: tuple[str, ...] | str, between: str = "") -> str:
    """Jinja's own also joins the letters of a text, which multiplies it when repeated."""
    if isinstance(parts, str) or len(between) > 12:
        raise ValueError("join takes a list, and at most 12 characters between its parts")
    return between.join(parts)


_PARSER = ImmutableSandboxedEnvironment()


@lru_cache(maxsize=256)
def check_language(source: str, shown: str) -> nodes.Template:
    """Parse a template and refuse what mails have no use for, naming the line."""
    try:
        tree = _PARSER.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateError(f"{shown}:{error.lineno}: {error.message}") from error
    _check(tree, shown, loops=0)
    return tree


def _check(node: nodes.Node, shown: str, loops: int) -> None:
    problem = _refusal(node, loops)
    if problem:
        raise TemplateError(f"{shown}:{node.lineno}: {problem}")
    inner = loops + 1 if isinstance(node, nodes.For) else loops
    for child in node.iter_child_nodes():
        _check(child, shown, inner)


def _refusal(node: nodes.Node, loops: int) -> str:
    """Why this node is refused; empty where it is not."""
    if not isinstance(node, ALLOWED_NODES):
        what = type(node).__name__
        return f"{what} has no use in a mail template; write texts, names, if and for"
    match node:
        case nodes.Filter() if node.name not in FILTERS:
            return f'the filter "{node.name}" is not available; use one of {", ".join(FILTERS)}'
        case nodes.Test() if node.name not in TESTS:
            return f'the test "{node.name}" is not available; use one of {", ".join(TESTS)}'
        case nodes.Call() if not _is_super(node):
            return "nothing can be called but super(); the values are ready as they are"
        case nodes.Getattr() | nodes.Getitem():
            return _attribute_refusal(node)
        case nodes.For():
            return _loop_refusal(node, loops)
        case nodes.Block() | nodes.Include() if loops:
            return "a block or include cannot stand inside a loop"
        case nodes.Extends() | nodes.Include() if not isinstance(node.template, nodes.Const):
            return 'write the name of the other template itself, for example "_base.txt.j2"'
    return ""


def _is_super(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name == "super" and not call.args


def _loop_refusal(loop: nodes.For, loops: int) -> str:
    if loop.recursive or not isinstance(loop.iter, nodes.Name | nodes.Getattr):
        return "a for loop goes over a list that the mail has, such as facts or group.matters"
    return f"loops stand at most {DEEPEST_LOOP} deep" if loops >= DEEPEST_LOOP else ""


def _attribute_refusal(node: nodes.Getattr | nodes.Getitem) -> str:
    if isinstance(node, nodes.Getattr):
        name: object = node.attr
    else:
        name = node.arg.value if isinstance(node.arg, nodes.Const) else None
    if isinstance(name, int):
        return ""
    if not isinstance(name, str) or name.startswith("_"):
        return "only the fields of a value can be read"
    return ""


def referenced(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """The templates that this one extends or includes, each with the line."""
    parents = [node.template for node in tree.find_all(nodes.Extends)]
    included = [node.template for node in tree.find_all(nodes.Include)]
    for template in (*parents, *included):
        if isinstance(template, nodes.Const):
            yield template.lineno, str(template.value)


def unknown_names(tree: nodes.Template, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Names that no mail has, with their lines, also where rendering never comes by."""
    bound = {*_BUILT_IN}
    for loop in tree.find_all(nodes.For):
        bound.update(name.name for name in loop.target.find_all(nodes.Name))
        if isinstance(loop.target, nodes.Name):
            bound.add(loop.target.name)
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in known and name.name not in bound:
            yield name.lineno, name.name


@lru_cache(maxsize=64)
def inline_css(source: str) -> str:
    """Move the rules of ``<style>`` into the elements; ``@media`` rules stay in ``<style>``.

    The parser must not see Jinja's tags, which may stand where HTML allows no text (between
    two table rows): meanwhile each is a comment, or a word inside an HTML tag.
    """
    import css_inline

    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[0])
        before = source[: match.start()]
        inside_tag = before.rfind("<") > before.rfind(">")
        word = f"JINJA-{len(held) - 1}-HELD"
        return word if inside_tag else f"<!--{word}-->"

    inliner = css_inline.CSSInliner(
        keep_at_rules=True, minify_css=True, load_remote_stylesheets=False
    )
    inlined = inliner.inline(_JINJA.sub(hold, source))
    return _HELD.sub(lambda match: held[int(match[1])], inlined)
