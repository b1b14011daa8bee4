"""The texts' pages: which there are, the editor of one, and its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tideover import clock
from tideover.core.catalogue import CHANNELS, TEMPLATES, Channel, Template, Tone
from tideover.core.settings.designs import DESIGNS
from tideover.dashboard.forms.answers import NOT_YET, saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash, say
from tideover.dashboard.search import text_of
from tideover.dashboard.texts.drafting import became_a_version, drafted
from tideover.dashboard.texts.drafts import Draft, Place, asked_for, is_number, opened
from tideover.dashboard.texts.previews import LOOKS
from tideover.dashboard.texts.situations import (
    KNOWN,
    SAMPLES,
    Coming,
    NothingToShow,
    chosen,
    coming,
    is_sample,
    open_cases,
)
from tideover.dashboard.texts.trials import BEGUN, begun, trial_address
from tideover.dashboard.words import language_label
from tideover.flow.throttle import Throttle
from tideover.messages.brand import design_of
from tideover.messages.channels import compose
from tideover.messages.languages import all_languages
from tideover.messages.models import TextVersion
from tideover.messages.own.rows import (
    Overtaken,
    Part,
    Shelf,
    UnderTrial,
    Which,
    Wish,
    all_standing,
    content_of,
    differences,
    own_of,
    revise,
    shelf_of,
    version_of,
)
from tideover.messages.own.rows import versions as versions_of
from tideover.messages.own.saying import Own
from tideover.messages.own.trials import MOST_DAYS, WITHIN_DAYS, can_be_measured
from tideover.messages.trial import show_to
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

# To be read once or twice; more than that is no look at them any more.
MAILING: Final = Throttle("text mail", limit=5, seconds=3600)
TOO_OFTEN: Final = "That was the sixth time within an hour. Wait a while: too many mails look like spam."
MADE_UP: Final = "It is for a made-up customer: what is known of a case stays on this page."
Standing = Mapping[Which, TextVersion]  # the newest version of each text that was ever changed
ON_PAGE: Final = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Listed:
    """A kind of message, by each channel, and the languages in which its text is the merchant's."""

    label: str
    texts: Sequence[tuple[str, str, Sequence[str]]]  # the channel's name, the editor's query, languages


@require_safe
@member_required
@may(Permission.READ)
def index(request: MemberRequest) -> HttpResponse:
    """Every kind of message, and which of its texts are the merchant's own."""
    mine = {which for which, row in all_standing(request.project).items() if row.content is not None}
    listed = [_listed(template, mine, request.project.language) for template in Template]
    label, _ = DESIGNS[design_of(request.project)]
    return show(request, "dashboard/texts/index.html", {"listed": listed, "mine": len(mine), "design": label})


def _listed(template: Template, mine: set[Which], language: str) -> Listed:
    spoken = language if language in all_languages() else "en"
    texts = []
    for channel in Channel:
        own = [each.language for each in mine if (each.template, each.channel) == (template, channel)]
        query = Place(Which(template, channel, spoken)).query
        texts.append((CHANNELS[channel], query, sorted(language_label(each) for each in own)))
    return Listed(TEMPLATES[template].label, texts)


# ── the editor ──


@ON_PAGE
@member_required
@may(Permission.READ, send=Permission.SET)
def editor(request: MemberRequest) -> HttpResponse:
    """One text, beside what it looks like; looked at, changed by a button, checked, tried out or saved."""
    which = asked_for(request.GET)
    texts = shelf_of(request.project)
    live = texts.standing.get(which)
    if request.method != "POST":
        draft = Draft.of_version(which, opened(request.project, which, request.GET.get("from", ""), live), live)
        return _page(request, texts, draft.after("source") if request.GET.get("as") == "source" else draft)
    draft, do = Draft.sent(which, request.POST), request.POST.get("do", "save")
    if do == "save":
        return _save(request, texts, draft.looked_at())
    if do == "try":
        return _try(request, texts, draft.looked_at())
    if do == "draft":
        return _draft(request, texts, draft)
    if do == "test":
        return _mail(request, texts, draft.looked_at())
    return _page(request, texts, draft.looked_at() if do == "check" else draft.after(do), unsaved=True)


def _save(request: MemberRequest, texts: Shelf, draft: Draft) -> HttpResponse:
    if draft.problems:
        return _page(request, texts, draft, NOT_YET, unsaved=True)
    wish = Wish(draft.content, request.member.user.email, draft.note, draft.base)
    try:
        made = revise(request.project, draft.which, wish, clock.now())
    except Overtaken as overtaken:
        return _overtaken(request, draft, overtaken)
    except UnderTrial as running:
        say(request, Flash(str(running), bad=True))
        return _page(request, texts, draft, NOT_YET, unsaved=True)
    became_a_version(request.project, draft)
    text = f"Version {made.number} is live for new cases; open ones keep theirs." if made else "Nothing was changed."
    return saved(request, _address(draft.which), Flash(text))


def _try(request: MemberRequest, texts: Shelf, draft: Draft) -> HttpResponse:
    """Begin a trial: what was typed beside what is in use."""
    if draft.problems:
        return _page(request, texts, draft, NOT_YET, unsaved=True)
    try:
        told = begun(request, draft.which, draft.content, draft.base)
    except Overtaken as overtaken:
        return _overtaken(request, draft, overtaken)
    if told:
        say(request, Flash(told, bad=True))
        return _page(request, texts, draft, NOT_YET, unsaved=True)
    return saved(request, trial_address(draft.which), Flash(BEGUN))


def _overtaken(request: MemberRequest, draft: Draft, overtaken: Overtaken) -> HttpResponse:
    """What was typed, beside the version that came in between: the next press of the button counts."""
    say(request, Flash(str(overtaken), bad=True))
    base = overtaken.newest.number
    return _page(request, shelf_of(request.project), replace(draft, base=base), NOT_YET, unsaved=True)


def _draft(request: MemberRequest, texts: Shelf, form: Draft) -> HttpResponse:
    """What a language model proposes, to be looked at: a person saves it, or nobody does."""
    filled, told = drafted(request, form)
    say(request, told)
    return _page(request, texts, filled.looked_at(), unsaved=True)


def _mail(request: MemberRequest, texts: Shelf, draft: Draft) -> HttpResponse:
    """The text as it was typed, marked as a rehearsal, to the person who asks; facts of a case stay on the page."""
    user, which = request.member.user, draft.which
    if draft.problems or which.channel != Channel.EMAIL:
        return _page(request, texts, draft, NOT_YET, unsaved=True)
    if not MAILING.allows(str(user.pk), clock.wall()):
        say(request, Flash(TOO_OFTEN, bad=True))
        return _page(request, texts, draft, unsaved=True)
    said = request.POST.copy()
    made_up = is_sample(said.get("situation", ""))
    said["situation"] = said.get("situation", "") if made_up else KNOWN
    words = chosen(request, request.project, which, said)
    composed = compose(replace(words, own=Own(1, draft.content), is_rehearsal=True))
    trial = show_to(request.project, user.name, user.email, [composed], clock.now())
    say(request, Flash(trial.says if made_up else f"{trial.says} {MADE_UP}", bad=not trial.taken))
    return _page(request, texts, draft, unsaved=True)


def _page(
    request: MemberRequest, texts: Shelf, draft: Draft, status: int = 200, *, unsaved: bool = False
) -> HttpResponse:
    live = texts.standing.get(draft.which)
    posted = request.POST if request.method == "POST" else request.GET
    asked = {name: posted.get(name, "") for name in ("situation", "tone", "psychology", "look")}
    text, (following, nothing) = text_of(posted), _coming(request, asked["situation"])
    context: dict[str, Any] = {
        "draft": draft,
        "place": Place(draft.which),
        "live": live if live and live.content is not None else None,
        "next_number": texts.numbers.get(draft.which, 0) + 1,
        "in_trial": draft.which in texts.in_trial,
        "can_try": can_be_measured(draft.which.template),
        "days": posted.get("within_days", WITHIN_DAYS),
        "most_days": MOST_DAYS,
        "ends_by_itself": posted.get("ends_by_itself", "") == "on",
        "trying": posted.get("do", "") == "try",
        "may_edit": Permission.SET in request.member.permissions,
        "unsaved": unsaved,
        "languages": _languages(texts.standing, draft.which),
        "channels": [(CHANNELS[each], Place(replace(draft.which, channel=each))) for each in Channel],
        "samples": [(name, label) for name, (label, _) in SAMPLES.items()],
        "cases": open_cases(request.project, text, following),
        "looked_for": text,
        "coming": following,
        "nothing": nothing,
        "shown": urlencode({name: said for name, said in asked.items() if said}),
        "tones": list(Tone),
        "looks": LOOKS.items() if draft.which.channel == Channel.EMAIL else (),
        "chosen": asked,
    }
    return show(request, "dashboard/texts/page.html", context, status)


def _coming(request: MemberRequest, situation: str) -> tuple[Coming | None, str]:
    """What the case that is looked at is written next; or why there is nothing to show."""
    if is_sample(situation):
        return None, ""
    try:
        return coming(request.project, situation, clock.now()), ""
    except NothingToShow as none:
        return None, str(none)


def _languages(texts: Standing, which: Which) -> Sequence[tuple[Place, bool]]:
    """The same text in each language, and whether it is the merchant's there."""
    mine = {each for each, row in texts.items() if row.content is not None}
    places = [Place(replace(which, language=language)) for language in all_languages()]
    return [(place, place.which in mine) for place in sorted(places, key=lambda place: place.language)]


def _address(which: Which) -> str:
    return f"{reverse('dashboard:text')}?{Place(which).query}"


# ── its versions ──


@dataclass(frozen=True, slots=True)
class Version:
    """A version beside what it changed."""

    row: TextVersion
    changed: Sequence[Sequence[Part]]
    live: bool

    @property
    def is_ours(self) -> bool:
        return self.row.content is None


@ON_PAGE
@member_required
@may(Permission.READ, send=Permission.SET)
def versions(request: MemberRequest) -> HttpResponse:
    """Every version with what it changed; an older one, or ours, becomes the next."""
    which = asked_for(request.GET)
    if request.method == "POST":
        return _restore(request, which, request.POST.get("version", ""))
    rows = versions_of(request.project, which)
    used, said = [row for row in rows if not row.for_trial], partial(content_of, which)
    told = [
        Version(row, differences(said(before), said(row), which.channel), live=row in used[:1])
        for row in rows
        for before in [next((each for each in used if each.number < row.number), None)]
    ]
    context = {"place": Place(which), "versions": told, "is_ours": not used or used[0].content is None}
    return show(request, "dashboard/texts/versions.html", context)


def _restore(request: MemberRequest, which: Which, version: str) -> HttpResponse:
    by = request.member.user.email
    if version == "ours":
        wish = Wish(None, by, "Ours again")
    else:
        row = version_of(request.project, which, int(version)) if is_number(version) else None
        if row is None:
            return saved(request, _address(which), Flash("There is no such version.", bad=True))
        own = own_of(row)
        wish = Wish(own.content if own else None, by, f"As version {version}")
    try:
        made = revise(request.project, which, wish, clock.now())
    except UnderTrial as running:
        return saved(request, _address(which), Flash(str(running), bad=True))
    text = f"Version {made.number} is live for new cases; open ones keep theirs." if made else "Nothing was changed."
    return saved(request, _address(which), Flash(text))
