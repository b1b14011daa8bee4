"""`tideover pay-page`: what a payer would read on the pay page after a failure of this kind. Nothing can be paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from tideover.cli.settings import project_named
from tideover.cli.start import OF_ONE, OF_PRODUCT, fail, said

if TYPE_CHECKING:
    from tideover.customer.queries import Page


def add_pay_page(app: typer.Typer) -> None:
    """The page of customers, looked at beforehand."""
    app.command("pay-page")(pay_page)


def pay_page(
    family: Annotated[str, typer.Argument(help="What happened, such as no_funds or expired")] = "no_funds",
    *,
    language: Annotated[str, typer.Option(help="The payer's language, such as de; default: the project's")] = "",
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Tell what the pay page says and offers after a failure of this kind, with sample data; nothing is charged."""
    of = project_named(said("--organization", organization), said("--project", project))
    from tideover import clock  # noqa: PLC0415
    from tideover.core.declines import Family  # noqa: PLC0415
    from tideover.customer.preview.shown import preview  # noqa: PLC0415
    from tideover.messages.languages import all_languages  # noqa: PLC0415

    if family not in set(Family):
        fail(f"there is no kind of failure {family!r}", then=f"There are {', '.join(Family)}.")
    if language and language not in all_languages():
        fail(f"there are no texts in {language!r}", then=f"There are {', '.join(sorted(all_languages()))}.")
    for line in _lines(preview(of, Family(family), language or of.language, clock.now())):
        typer.echo(line)


def _lines(page: Page) -> Iterator[str]:
    yield f"{page.brand.merchant}: {page.amount}"
    yield page.reason
    yield from (f"  {day.day}: {day.what}" for day in page.days)
    yield from (f"- {door.head}: {door.says}" for door in page.doors)
    if page.beside_stripes and page.hosted_url:
        yield f"- {page.say['stripes_page']}"
