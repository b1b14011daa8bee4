"""`tideover drafts`: the model that drafts texts, and the drafts it made."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from tideover.cli.settings import BY, project_named
from tideover.cli.start import fail

if TYPE_CHECKING:
    from tideover.messages.drafts.brief import Wanted
    from tideover.messages.drafts.rows import Draft, DraftAccount
    from tideover.tenants.models import Project

SET_IT = "Set one: tideover drafts setup PROVIDER MODEL"
GOES_ON = "The text that stands goes on to be sent."
LIST = "See which there are: tideover drafts list"
Named = tuple[str, str, str]  # a kind of message, a channel and a language
How = tuple[str, bool]  # a tone, and whether psychology is in it
WHENS = {"approval": False, "sending": True}
FOR_APPROVAL = "Each draft is approved by a person from this moment on; messages say your texts and ours."
AT_SEND = "Cases that begin from now on are written to in drafts that nobody has read. See them: tideover drafts next"


def setup(provider: str, model: str, address: str, words: str | None, of: tuple[str, str]) -> int:
    """Draft by a model from now on."""
    project = project_named(*of)
    from tideover import clock  # noqa: PLC0415
    from tideover.gateways.drafting.drafter import AT, Provider  # noqa: PLC0415
    from tideover.messages.drafts.account import Given, account_of, as_given, keep, problems  # noqa: PLC0415

    if provider not in set(Provider):
        fail(f"{provider!r} is no provider", then=f"It is one of: {', '.join(Provider)}")
    kept = account_of(project)
    said = words if words is not None else (kept.words if kept else "")
    secret = typer.prompt("Key", hide_input=True, default="") if sys.stdin.isatty() else sys.stdin.readline().strip()
    before = as_given(kept) if kept else Given(Provider(provider), "", "")
    given = replace(
        before,
        provider=Provider(provider),
        address=address or AT[Provider(provider)],
        model=model,
        words=said,
        secret=secret,
    )
    for name, problem in problems(given, kept):
        fail(f"{name}: {problem}".removeprefix(": ").rstrip("."), then="Nothing was changed.")
    keep(project, given, BY, clock.now())
    typer.echo(f"Kept: texts are drafted by {model} at {given.address}. Try it: tideover drafts make failed")
    return 0


def when(choice: str, tokens: int | None, of: tuple[str, str]) -> int:
    """Have each draft approved by a person, or let them speak at send time."""
    project = project_named(*of)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.drafts.account import account_of, as_given, keep, problems  # noqa: PLC0415

    if choice not in WHENS:
        fail(f"{choice!r} is no moment", then=f"It is one of: {', '.join(WHENS)}")
    kept = account_of(project)
    if kept is None:
        fail("no model is set", then=SET_IT)
    budget = kept.tokens_a_day if tokens is None else tokens
    given = replace(as_given(kept), at_send=WHENS[choice], tokens_a_day=budget)
    for name, problem in problems(given, kept) if given.at_send else ():  # nothing keeps it from being turned off
        fail(f"{name}: {problem}".removeprefix(": ").rstrip("."), then="Nothing was changed.")
    keep(project, given, BY, clock.now())
    typer.echo(AT_SEND if given.at_send else FOR_APPROVAL)
    return 0


def next_(of: tuple[str, str]) -> int:
    """Each text that messages want within a day, and what they say."""
    project = project_named(*of)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.coming import standings  # noqa: PLC0415

    rows = standings(project, clock.now())
    for each in rows:
        at = f"{each.coming.next_at:%Y-%m-%d %H:%M} UTC" if each.coming.next_at else "sent lately"
        typer.echo(f"{at:20}  {each.coming.planned:5}  {each.coming.wanted.name:48}  {each.says}")
    if not rows:
        typer.echo("No message that a draft may speak for is planned within a day, and none left lately.")
    return 0


def off(of: tuple[str, str]) -> int:
    """Draft nothing any more."""
    project = project_named(*of)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.drafts.account import forget  # noqa: PLC0415

    gone = forget(project, BY, clock.now())
    typer.echo("Nothing is drafted any more. What was drafted stays." if gone else "No model was set.")
    return 0


def show(name: str, of: tuple[str, str]) -> int:
    """The model that is set, never its key; or a draft as a file, with what speaks against it."""
    project = project_named(*of)
    if name:
        return _show(_draft(project, name))
    from tideover.messages.drafts.account import account_of  # noqa: PLC0415

    kept = account_of(project)
    if kept is None:
        typer.echo(f"No model is set: nothing is drafted, and nothing leaves the house. {SET_IT}")
        return 0
    typer.echo(f"{kept.model} at {kept.address} ({kept.provider}), set at {kept.set_at:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"Answers that stayed away in a row: {kept.failures}.")
    typer.echo(f"It is told of you: {kept.words or '(nothing)'}")
    _figures(project, kept)
    typer.echo("All that leaves the house: tideover drafts make KIND --dry-run")
    return 0


def _figures(project: Project, kept: DraftAccount) -> None:
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.drafts.figures import figures  # noqa: PLC0415

    found, since = figures(project, clock.now()), kept.at_send_since
    when = f"at send time, for cases since {since:%Y-%m-%d %H:%M} UTC" if since else "for approval"
    typer.echo(f"Drafts are {when}.")
    typer.echo(f"Tokens within 24 hours: {found.tokens_today} of {kept.tokens_a_day}.")
    typer.echo(
        f"Within 30 days: {found.drafted} drafted, {found.refused} refused, {found.turned_down} turned down,"
        f" {found.tokens} tokens. Messages: {found.in_drafts} in drafts, {found.in_texts} in your texts or ours."
    )


def _show(draft: Draft) -> int:
    from tideover.messages.own.content import written  # noqa: PLC0415

    typer.echo(written(draft.text, draft.which.channel), nl=False)
    _objections(draft)
    return 0


def make(named: Named, how: How, of: tuple[str, str], *, dry_run: bool) -> int:
    """Draft a text, or print what would be sent for it."""
    project = project_named(*of)
    wanted = _wanted(named, how)
    from tideover import clock  # noqa: PLC0415
    from tideover.gateways.answers import NotHere, NotNow  # noqa: PLC0415
    from tideover.messages.drafts.account import account_of  # noqa: PLC0415
    from tideover.messages.drafts.asking import NotSet, propose  # noqa: PLC0415
    from tideover.messages.drafts.brief import told  # noqa: PLC0415

    kept = account_of(project)
    if dry_run:
        sent = told(wanted, kept.words if kept else "")
        typer.echo(f"{sent.instructions}\n{sent.request}", nl=False)
        return 0
    try:
        draft = propose(project, wanted, BY, clock.now())
    except NotSet as none:
        fail(str(none).rstrip("."), then=SET_IT)
    except (NotNow, NotHere) as silent:
        fail(f"nothing was drafted: {str(silent).rstrip('.')}", then=GOES_ON)
    typer.echo(f"{draft.public_id}: {draft.state}, {_cost(draft)}", err=True)
    return _show(draft) or (1 if draft.state == draft.State.REFUSED else 0)


def _cost(draft: Draft) -> str:
    asked = "once" if draft.times == 1 else f"{draft.times} times"
    return f"asked {asked}, {draft.tokens_in} tokens told and {draft.tokens_out} answered"


def _objections(draft: Draft) -> None:
    for each in draft.objections:
        typer.echo(f"  {each['where']}: {each['says']} ({each['rule']})", err=True)


def _wanted(named: Named, how: How) -> Wanted:
    from tideover.core.catalogue import Tone  # noqa: PLC0415
    from tideover.messages.drafts.brief import Wanted  # noqa: PLC0415
    from tideover.messages.own.moving import NoSuchText, which_named  # noqa: PLC0415

    tone, psychology = how
    if tone not in set(Tone):
        fail(f"there is no tone {tone!r}", then=f"It is one of: {', '.join(Tone)}")
    try:
        return Wanted(which_named(*named), Tone(tone), psychology)
    except NoSuchText as wrong:
        fail(str(wrong))


def list_drafts(of: tuple[str, str]) -> int:
    """Every draft, the newest first, a line each."""
    project = project_named(*of)
    from tideover.messages.drafts.asking import drafts  # noqa: PLC0415

    rows = list(drafts(project))
    for each in rows:
        typer.echo(f"{each.public_id}  {each.made_at:%Y-%m-%d %H:%M} UTC  {each.which!s:32}  {each.state}")
    if not rows:
        typer.echo("There is no draft: tideover drafts make KIND")
    return 0


def use(name: str, of: tuple[str, str]) -> int:
    """Make a draft the next version of its text."""
    draft = _draft(project_named(*of), name)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.drafts.asking import Refused  # noqa: PLC0415
    from tideover.messages.drafts.asking import use as make_it  # noqa: PLC0415
    from tideover.messages.own.rows import UnderTrial  # noqa: PLC0415

    try:
        number = make_it(draft, BY, clock.now())
    except Refused:
        _objections(draft)
        fail(f"{name} was refused, so it is no text", then=GOES_ON)
    except UnderTrial as running:
        fail(str(running), then=GOES_ON)
    said = f"Version {number} is live for new cases; open ones keep theirs." if number else "Nothing differs."
    typer.echo(said)
    return 0


def discard(name: str, of: tuple[str, str]) -> int:
    """Mark a draft as one that nobody wants."""
    draft = _draft(project_named(*of), name)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.drafts.asking import turn_down  # noqa: PLC0415

    turn_down(draft, BY, clock.now())
    typer.echo("Discarded: it is said to nobody. For another draft change the tone, or your words.")
    return 0


def _draft(project: Project, name: str) -> Draft:
    from tideover.messages.drafts.asking import draft_named  # noqa: PLC0415

    found = draft_named(project, name)
    if found is None:
        fail(f"there is no draft {name!r}", then=LIST)
    return found
