"""`tideover messages`: the list as the page shows it, and how messages do by kind, language, step, tone and wording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson
import typer

from tideover.cli.settings import project_named
from tideover.cli.start import fail

if TYPE_CHECKING:
    from django.http import QueryDict

    from tideover.analytics.messages import Standings
    from tideover.dashboard.figures.messages import Line
    from tideover.tenants.models import Project

UTC: Final = ZoneInfo("UTC")
ANY_DAY: Final = date(2000, 1, 1)
OF_THE_LIST: Final = {
    "status": "--status", "kind": "--kind", "language": "--language", "channel": "--channel", "q": "--search",
}  # fmt: skip


def tell_messages(organization: str, project: str, asked: Mapping[str, str], limit: int, *, as_json: bool) -> int:
    """Print the messages of the filter, newest first, with how many there are of what came of them."""
    of = project_named(organization, project)
    from tideover.analytics.messages import standings  # noqa: PLC0415
    from tideover.dashboard.messages.export import COLUMNS, rows_of  # noqa: PLC0415
    from tideover.dashboard.messages.filters import choices, read_filter  # noqa: PLC0415
    from tideover.dashboard.messages.statuses import Status  # noqa: PLC0415
    from tideover.dashboard.periods import ALL_TIME, RANGES  # noqa: PLC0415

    wanted = read_filter(_address(asked), *_where(of))
    known = {each.name: [name for name, _ in each.options] for each in choices(wanted)}
    _refuse_unknown(asked, {"status": [*Status], **known, "range": [*RANGES, ALL_TIME]})
    found = standings(wanted.listed(of), wanted.period, None)
    listed = islice(rows_of(of, wanted), limit)
    if as_json:
        told = [{name: cell(line, row) for name, cell in COLUMNS} for line, row in listed]
        return _print({"counts": _counts(found), "messages": told})
    typer.echo(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in _counts(found).items()))
    for line, _ in listed:
        moments = [f"{what} {at:%Y-%m-%d %H:%M}" for what, at in line.moments]
        about = ", ".join(filter(None, [*moments, line.detail]))
        typer.echo(f"{line.at:%Y-%m-%d %H:%M} UTC  {line.kind}  {line.name}  {line.word.label}{about and f': {about}'}")
    return 0


def tell_how(organization: str, project: str, asked: Mapping[str, str], *, as_json: bool) -> int:
    """Print the table of how messages do."""
    of = project_named(organization, project)
    from tideover.analytics.scope import Scope  # noqa: PLC0415
    from tideover.dashboard.figures.messages import BY, WITHIN, lines_of, read_choice  # noqa: PLC0415
    from tideover.dashboard.periods import RANGES  # noqa: PLC0415

    if of_list := [option for name, option in OF_THE_LIST.items() if asked[name]]:
        fail("--by tells of every message of its days", then=f"Leave out {' and '.join(of_list)}.")
    _refuse_unknown(asked, {"each": list(BY), "within": [str(days) for days in WITHIN], "range": list(RANGES)})
    choice = read_choice(_address(asked), *_where(of))
    scope = Scope(of.organization_id, of.pk, asked["currency"] or of.currency)
    lines = lines_of(scope, choice)
    if as_json:
        return _print({"by": choice.by, "days": choice.within, "lines": [_fields(line) for line in lines]})
    for line in lines:
        typer.echo(_spoken(line, choice.within))
    if not lines:
        typer.echo(f"No message about an invoice in {scope.currency.upper()} left in these days.")
    return 0


def _where(project: Project) -> tuple[date, ZoneInfo]:
    """The project's day, and its zone."""
    from tideover import clock  # noqa: PLC0415
    from tideover.core.timing import local_day  # noqa: PLC0415
    from tideover.recovery.places import zone  # noqa: PLC0415

    here = zone(project.time_zone)
    return local_day(clock.now(), here), here


def _address(asked: Mapping[str, str]) -> QueryDict:
    """What was typed, as the page's address says it."""
    from django.http import QueryDict  # noqa: PLC0415

    days = {"range": "custom"} if asked["from"] or asked["to"] else {}
    get = QueryDict(mutable=True)
    get.update({name: value for name, value in {**asked, **days}.items() if value})
    return get


def _refuse_unknown(asked: Mapping[str, str], known: Mapping[str, Iterable[str]]) -> None:
    """A page passes over a word that nobody knows; who types one is told."""
    from tideover.dashboard.periods import ALL_TIME, CUSTOM, read_period  # noqa: PLC0415

    for name, words in known.items():
        if asked[name] and asked[name] not in set(words):
            option = "by" if name == "each" else name
            fail(f"there is no {option} {asked[name]!r}", then=f"There are {', '.join(words)}.")
    if (asked["from"] or asked["to"]) and read_period(_address(asked), ANY_DAY, UTC, ALL_TIME)[0] != CUSTOM:
        fail("--from and --to are two days", then="Write each as 2026-12-01.")


def _counts(found: Standings) -> Mapping[str, int]:
    sums = found.now.sums
    opened = {f"opened_by_{who}": number for who, number in sorted(sums.opened.items())}
    clicked = {f"clicked_by_{who}": number for who, number in sorted(sums.clicked.items())}
    return {
        "queued": found.queued, "sent": sums.sent, "delivered": sums.delivered, **opened, **clicked,
        "bounced": sums.bounced, "unsent": found.now.unsent,
    }  # fmt: skip


def _fields(line: Line) -> Mapping[str, Any]:
    found, sums = line.found, line.found.sums
    return {
        "key": found.key, "label": line.label, "sent": sums.sent, "delivered": sums.delivered, "bounced": sums.bounced,
        "opened": sums.opened, "clicked": sums.clicked, "paid": found.paid, "paid_by_link": found.by_link,
        "money": found.money.minor, "currency": found.money.currency,
    }  # fmt: skip


def _spoken(line: Line, days: int) -> str:
    from tideover.core.money import spoken  # noqa: PLC0415

    sums, others = line.found.sums, line.opened_by_others
    left_out = f" ({others} left out)" if others else ""
    parts = [
        f"{sums.sent} sent, {sums.delivered} delivered, {sums.bounced} bounced",
        f"{line.opened} opened by people{_rate(line.opening_rate)}{left_out}",
        f"{line.clicked} clicked by people{_rate(line.click_rate)}",
        f"{line.found.paid} paid within {days} days after it ({spoken(line.found.money)})",
        f"{line.found.by_link} by a message's link",
    ]
    return f"{line.label}: {'; '.join(parts)}"


def _rate(basis_points: int | None) -> str:
    from tideover.dashboard.templatetags.house import percent  # noqa: PLC0415

    return f", {percent(basis_points)}%" if basis_points is not None else ""


def _print(told: Mapping[str, Any]) -> int:
    typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
    return 0
