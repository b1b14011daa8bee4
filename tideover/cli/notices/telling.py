"""What members are told by mail, from the command line: shown, chosen, looked at and sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tideover.cli.people import member_of
from tideover.cli.settings import BY, project_named
from tideover.cli.start import fail

if TYPE_CHECKING:
    from tideover.core.calendars.paces import Pace
    from tideover.messages.letters import Letter
    from tideover.notices.kinds import Kind
    from tideover.notices.models import Notice


def show_notices(slug: str, product: str) -> int:
    """Each member, with how often they are told of each thing."""
    project = project_named(slug, product)
    from tideover.notices.choosing import paces_of  # noqa: PLC0415

    for member in project.organization.members.select_related("user").order_by("user__email"):
        told = ", ".join(f"{kind} {pace}" for kind, pace in paces_of(member, project).items())
        typer.echo(f"{member.user.email} ({member.role}): {told}")
    return 0


def set_notice(email: str, name: str, how_often: str, slug: str, product: str) -> int:
    """How often one member is told of one thing."""
    project = project_named(slug, product)
    member, kind = member_of(project.organization, email), _kind(name)
    pace = _pace(kind, how_often)
    from tideover import clock  # noqa: PLC0415
    from tideover.notices.choosing import choose  # noqa: PLC0415
    from tideover.tenants.people import NotPossible  # noqa: PLC0415

    try:
        choose(member, project, {kind: pace}, BY, clock.wall())
    except NotPossible as refused:
        fail(str(refused))
    typer.echo(f"{member.user.email} about {project.name}: {kind} {pace}")
    return 0


def send_notice(email: str, name: str, slug: str, product: str, *, preview: bool) -> int:
    """One notice as it is at this moment, to one member; or only its words."""
    project = project_named(slug, product)
    member, kind = member_of(project.organization, email), _kind(name)
    from tideover import clock  # noqa: PLC0415
    from tideover.gateways.answers import NotNow  # noqa: PLC0415
    from tideover.notices.planning import asked_for  # noqa: PLC0415
    from tideover.notices.saying.table import letter_of  # noqa: PLC0415

    notice = asked_for(kind, member, project, clock.now())
    try:
        letter = letter_of(notice, clock.now()) if notice else None
    except NotNow as early:
        fail(str(early))
    if notice is None or letter is None:
        return _nothing(kind)
    return _show(notice, letter) if preview else _send(notice)


def _show(notice: Notice, letter: Letter) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.letters import mail_of  # noqa: PLC0415

    mail = mail_of(notice.member.user.email, letter, clock.now())
    words = mail.get_body(("plain",))
    typer.echo(f"To: {mail['To']}\nSubject: {mail['Subject']}\n\n{words.get_content() if words else ''}", nl=False)
    return 0


def _send(notice: Notice) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.notices.sending import send  # noqa: PLC0415

    notice.save(force_insert=True)
    send(notice, clock.now())
    if notice.state == notice.State.UNWANTED:
        return _nothing(notice.kind)
    if notice.state != notice.State.SENT:
        fail(f"no mail server has confirmed the mail: it is {notice.state}", then="See: tideover check-mail --help")
    typer.echo(f"Sent to {notice.member.user.email}.")
    return 0


def _nothing(kind: str) -> int:
    typer.echo(f"There is nothing to tell now ({kind}), or they do not want to be told: tideover notices show")
    return 0


def _kind(name: str) -> Kind:
    from tideover.notices.kinds import Kind  # noqa: PLC0415

    if name not in set(Kind):
        fail(f"there is no notice {name!r}", then=f"There are {', '.join(Kind)}.")
    return Kind(name)


def _pace(kind: Kind, name: str) -> Pace:
    from tideover.core.calendars.paces import Pace  # noqa: PLC0415
    from tideover.notices.kinds import KINDS  # noqa: PLC0415

    offered = (*KINDS[kind].paces, Pace.OFF)
    if name not in offered:
        fail(f"{kind} cannot be had {name!r}", then=f"It can be {', '.join(offered)}.")
    return Pace(name)
