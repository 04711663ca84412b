"""``preview``: one mail of the register, or every template with sample data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reminder.agreements import LANGUAGES
from reminder.cli.app import App, pass_app, print_json
from reminder.errors import ReminderError
from reminder.mail.attachments import shown_in_place

if TYPE_CHECKING:
    from reminder.mail.letters import Letter
    from reminder.mail.render import Rendered
    from reminder.mail.summary_semester import Image

_SAMPLE_TOKEN = "preview"  # noqa: S105 - opens nothing: it is not signed


@click.command()
@click.argument("rule", required=False)
@click.argument("ref", required=False)
@click.option(
    "--all",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every template in every language, with sample data, into this folder.",
)
@click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the HTML part to this file.",
)
@click.option("--language", type=click.Choice(LANGUAGES), help="Instead of the bureau's own.")
@click.option(
    "--digest",
    "digest_name",
    type=click.Choice(("weekly", "semester", "daily")),
    help="Show a digest as it would be now, instead of a rule's mail.",
)
@click.option("--to", "recipient", metavar="EMAIL", help="Whose digest; else the first person's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def preview(
    app: App,
    rule: str | None,
    ref: str | None,
    folder: Path | None,
    html_file: Path | None,
    language: str | None,
    digest_name: str | None,
    recipient: str | None,
    as_json: bool,
) -> None:
    """Show the mail that RULE sends about the agreement REF. Sends and records nothing."""
    if folder is not None:
        if rule or ref or html_file or digest_name:
            raise click.UsageError("--all takes no RULE, REF, --digest or --html.")
        _preview_all(app, folder, (language,) if language else LANGUAGES)
        return
    if digest_name is not None:
        if rule or language:
            raise click.UsageError("--digest takes no RULE, REF or --language.")
        _show(app, _digest_letter(app, digest_name, recipient), html_file, as_json)
        return
    if rule is None or ref is None:
        raise click.UsageError("Name a rule and an agreement, or use --digest NAME or --all DIR.")
    from jobs.foresight import letter_for_preview

    letter = letter_for_preview(app.job_context(), rule, ref, language)
    _show(app, letter, html_file, as_json)


def _digest_letter(app: App, name: str, recipient: str | None) -> Letter:
    from jobs.digest_preview import digest_letters

    letters = digest_letters(app.job_context(), name)
    for letter in letters:
        if recipient is None or letter.recipient.casefold() == recipient.casefold():
            return letter
    others = f"; others are: {', '.join(letter.recipient for letter in letters)}" if letters else ""
    why = ", or is not wanted any more" if recipient else ""
    raise ReminderError(
        f"A {name} digest for {recipient or 'anybody'} would be empty now{why}{others}."
    )


def _show(app: App, letter: Letter, html_file: Path | None, as_json: bool) -> None:
    from reminder.mail.render import Renderer
    from reminder.resources import template_dirs

    mail = Renderer(template_dirs(app.settings.templates_dir)).render(letter)
    text, html = _linked(mail, app.settings.public_url)
    html = shown_in_place(html, _images(mail, letter))
    if html_file is not None:
        _write(html_file, html)
    if as_json:
        shown = {"recipient": letter.recipient, "language": letter.language}
        shown |= {"subject": mail.subject, "text": text, "html": html}
        print_json(shown | {"template": mail.template, "error": mail.error})
    else:
        click.echo(f"To: {letter.recipient}\nSubject: {mail.subject}\n\n{text}", nl=False)
    if mail.error:
        raise ReminderError(
            f"{mail.error}\nThis is the built-in plain notice, which goes out while the template "
            f"{letter.template} is broken; mend it, then run: reminder check"
        )


def _preview_all(app: App, folder: Path, languages: tuple[str, ...]) -> None:
    from reminder.mail.render import Renderer
    from reminder.mail.sample_variants import sample_variants
    from reminder.mail.samples import sample_letters
    from reminder.resources import template_dirs

    is_served = app.settings.serves_pages
    renderer = Renderer(template_dirs(app.settings.templates_dir))
    errors: list[str] = []
    written = 0
    for language in languages:
        rules = app.policy.findings
        letters = sample_letters(language, rules) | sample_variants(language, rules)
        for name, letter in letters.items():
            if not is_served:
                letter = replace(letter, can_answer=False, unsubscribe="")
            mail = renderer.render(letter)
            text, html = _linked(mail, app.settings.public_url)
            stem = folder / f"{name}.{language}"
            for image in _images(mail, letter):
                beside = stem.with_name(f"{stem.name}.{image.name}")
                _write(beside, image.data)
                html = html.replace(f"cid:{image.content_id}", beside.name)
                written += 1
            _write(stem.with_name(f"{stem.name}.txt"), f"Subject: {mail.subject}\n\n{text}")
            _write(stem.with_name(f"{stem.name}.html"), html)
            _write(stem.with_name(f"{stem.name}.eml"), _composed(mail, letter, app))
            written += 3
            if mail.error:
                errors.append(mail.error)
    click.echo(
        f"{written} files in {folder}: open the .html in a browser, the .eml in a mail program."
    )
    if errors:
        raise ReminderError("\n".join(errors))


def _composed(mail: Rendered, letter: Letter, app: App) -> bytes:
    from reminder.mail.compose import MailHeaders, compose, list_id_for
    from reminder.mail.headers import Mailbox, parse_mailbox
    from reminder.mail.links import message_id_domain

    links = _links(mail, app.settings.public_url)
    headers = MailHeaders(
        message_id=letter.message_id,
        date=datetime.combine(letter.today, time(1), UTC),
        sender=parse_mailbox(app.settings.mail_from),
        recipient=Mailbox(letter.recipient_name, letter.recipient),
        language=letter.language,
        list_id=list_id_for(letter.service_name, message_id_domain("", app.settings.mail_from)),
        service_name=letter.service_name,
        unsubscribe=next((url for place, url in links.items() if place.startswith("@")), ""),
    )
    return compose(mail, headers, links, _images(mail, letter))


def _images(mail: Rendered, letter: Letter) -> Sequence[Image]:
    """The images that go with the mail, as for one that is sent."""
    from reminder.mail.languages import words_for
    from reminder.mail.summary_semester import images_of

    return images_of(letter, words_for(letter.language), mail.html)


def _links(mail: Rendered, public_url: str) -> Mapping[str, str]:
    """An address in place of every link; it opens nothing."""
    from reminder.mail.links import PLACEHOLDER, link_url, unsubscribe_url

    places = set(PLACEHOLDER.findall(mail.text + mail.html))
    # Of the links that are no notice's, a mail has the one that stops it.
    return {
        place: (unsubscribe_url if place.startswith("@") else link_url)(public_url, _SAMPLE_TOKEN)
        for place in places
    }


def _linked(mail: Rendered, public_url: str) -> tuple[str, str]:
    from reminder.mail.compose import with_links

    links = _links(mail, public_url)
    return with_links(mail.text, links), with_links(mail.html, links)


def _write(file: Path, content: str | bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        # Not secret, but people's data: readable by the admin only.
        file.touch(mode=0o600)
        file.write_bytes(content)
    except OSError as error:
        raise ReminderError(f"{file} cannot be written ({error.strerror}).") from error
