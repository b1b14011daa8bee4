"""`tideover texts`: a merchant's own texts, listed, shown, edited as files, checked, and brought back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tideover.cli.settings import BY, project_named, put
from tideover.cli.start import fail
from tideover.core.settings.designs import DESIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tideover.messages.models import TextVersion
    from tideover.messages.own.checks import Finding
    from tideover.messages.own.content import Content
    from tideover.messages.own.rows import Part, Which, Wish
    from tideover.tenants.models import Project

NOTHING = "Nothing was changed."
Named = tuple[str, str, str]  # a kind of message, a channel and a language


def list_texts(organization: str, project: str) -> int:
    """Those that are the merchant's, a line each."""
    of = project_named(organization, project)
    from tideover.messages.own.rows import all_standing  # noqa: PLC0415

    mine = {str(which): row for which, row in all_standing(of).items() if row.content is not None}
    for name, row in sorted(mine.items()):
        typer.echo(f"{name:32}  version {row.number} of {row.at:%Y-%m-%d %H:%M} UTC by {row.made_by}")
    typer.echo(f"{len(mine)} of yours; every other text is ours, in each language: tideover texts show KIND")
    return 0


def design(name: str, organization: str, project: str) -> int:
    """Every design with what it is, and which is used; or that of every mail from now on."""
    if name:
        return put("brand.design", name, organization, project)
    of = project_named(organization, project)
    from tideover.messages.brand import design_of  # noqa: PLC0415

    for each, (_, says) in DESIGNS.items():
        typer.echo(f"{'*' if each == design_of(of) else ' '} {each:9} {says}")
    return 0


def show(named: Named, version: int, organization: str, project: str) -> int:
    """A text as a file: the one that stands, an older one, or ours."""
    which, of = which_text(named), project_named(organization, project)
    from tideover.messages.own.content import written  # noqa: PLC0415
    from tideover.messages.own.rows import content_of, newest  # noqa: PLC0415

    row = _version(of, which, version) if version else newest(of, which)
    typer.echo(written(content_of(which, row), which.channel), nl=False)
    return 0


def edit(named: Named, file: Path, note: str, organization: str, project: str, *, dry_run: bool) -> int:  # noqa: PLR0913
    """Make what stands in a file the next version."""
    which, of = which_text(named), project_named(organization, project)
    content = content_to_send(file, which)
    from tideover.messages.own.rows import Wish, content_of, differences, newest  # noqa: PLC0415

    _tell(differences(content_of(which, newest(of, which)), content, which.channel))
    if dry_run:
        typer.echo("Nothing was changed: without --dry-run it will be.")
        return 0
    return _make(of, which, Wish(content, BY, note))


def check(named: Named, file: Path) -> int:
    """Whether a file could be sent."""
    from tideover.cli.start import awake  # noqa: PLC0415

    awake()
    which = which_text(named)
    from tideover.messages.own.checks import stopping  # noqa: PLC0415

    wrong = stopping(_looked_at(_from_file(file, which), which))
    if wrong:
        fail(f"{len(wrong)} problems keep it from being sent")
    typer.echo("It can be sent: all its fields are known, and it is true in every situation.")
    return 0


def history(named: Named, organization: str, project: str) -> int:
    """Every version, the newest first, with what it changed."""
    which, of = which_text(named), project_named(organization, project)
    from tideover.messages.own.rows import content_of, differences, versions  # noqa: PLC0415

    rows = versions(of, which)
    for row in rows:
        before = next((each for each in rows if each.number < row.number and not each.for_trial), None)
        ours = ", for a trial" if row.for_trial else ", ours again" if row.content is None else ""
        note = f": {row.note}" if row.note else ""
        typer.echo(f"Version {row.number} of {row.at:%Y-%m-%d %H:%M} UTC by {row.made_by}{ours}{note}")
        _tell(differences(content_of(which, before), content_of(which, row), which.channel))
    if not rows:
        typer.echo("It was never changed: what goes out is ours.")
    return 0


def restore(named: Named, version: str, organization: str, project: str) -> int:
    """Make the next version with the content of an older one, or with none: ours."""
    which, of = which_text(named), project_named(organization, project)
    from tideover.messages.own.rows import Wish, own_of  # noqa: PLC0415

    if version == "ours":
        return _make(of, which, Wish(None, BY, "ours again"))
    if not (version.isascii() and version.isdecimal() and len(version) < 6):
        fail(f"there is no version {version!r}", then=f"See which there are: tideover texts history {which.template}")
    own = own_of(_version(of, which, int(version)))
    return _make(of, which, Wish(own.content if own else None, BY, f"as version {version}"))


def _make(project: Project, which: Which, wish: Wish) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.own.rows import UnderTrial, revise  # noqa: PLC0415

    try:
        made = revise(project, which, wish, clock.now())
    except UnderTrial as running:
        fail(str(running), then=NOTHING)
    says = f"Version {made.number} is live for new cases; open ones keep theirs." if made else "Nothing differs."
    typer.echo(says)
    return 0


def which_text(named: Named) -> Which:
    """The text that was named."""
    from tideover.cli.start import awake  # noqa: PLC0415

    awake()
    from tideover.messages.own.moving import NoSuchText, which_named  # noqa: PLC0415

    try:
        return which_named(*named)
    except NoSuchText as wrong:
        fail(str(wrong))


def _version(project: Project, which: Which, number: int) -> TextVersion:
    from tideover.messages.own.rows import version_of  # noqa: PLC0415

    found = version_of(project, which, number)
    if found is None:
        fail(f"there is no version {number}", then=f"See which there are: tideover texts history {which.template}")
    return found


def content_to_send(file: Path, which: Which) -> Content:
    """What a file says, looked at: it can be sent."""
    content = _from_file(file, which)
    from tideover.messages.own.checks import stopping  # noqa: PLC0415

    if stopping(_looked_at(content, which)):
        fail(f"{file} cannot be sent as it is", then=NOTHING)
    return content


def _from_file(file: Path, which: Which) -> Content:
    from tideover.messages.own.content import BadContent, read  # noqa: PLC0415

    try:
        return read(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"), which.channel)
    except OSError as refused:
        fail(f"{file} cannot be read: {refused.strerror}", then=NOTHING)
    except (BadContent, UnicodeDecodeError) as wrong:
        fail(f"{file}: {wrong}", then=NOTHING)


def _looked_at(content: Content, which: Which) -> Sequence[Finding]:
    """All that there is to say about it, told."""
    from tideover.messages.own.checks import found  # noqa: PLC0415
    from tideover.messages.own.moving import spoken  # noqa: PLC0415

    findings = found(content, spoken(which), which.channel, which.template)
    for each in findings:
        typer.echo(f"  {each.where}: {'' if each.stops else 'hint: '}{each.says}", err=True)
    return findings


def _tell(lines: Sequence[Sequence[Part]]) -> None:
    marks = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}
    for line in lines:
        typer.echo("  " + "".join(f"{marks[part.how][0]}{part.words}{marks[part.how][1]}" for part in line))
