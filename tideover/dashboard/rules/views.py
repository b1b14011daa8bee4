"""The rules' pages: the editor with its calendar, the versions, and what open cases would have of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tideover import clock
from tideover.core.declines import Family
from tideover.core.rules import PRESETS
from tideover.dashboard.forms.answers import NOT_YET, saved
from tideover.dashboard.frame.drawing import fragment, show, zone_of
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.rules.calendar import Account, Calendar, calendar
from tideover.dashboard.rules.forms import RulesForm, repaired, with_row, without_row
from tideover.recovery.editing.moving import ask, waiting
from tideover.recovery.editing.reach import ask_to_count, count_of, reach_of
from tideover.recovery.models import Case, Ruleset
from tideover.recovery.rulesets import Overtaken, Wish, history, newest, revise, rules_of, version_of
from tideover.recovery.telling.habits import stripes_habit
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Connection
from tideover.tenants.roles import Permission
from tideover.upkeep.checklist import Name, passed

PAGE: Final = "dashboard/rules/page.html"
HERE: Final = "dashboard:rules"


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def editor(request: MemberRequest) -> HttpResponse:
    """Every choice, and what it would do."""
    live = newest(request.project)
    if request.method != "POST":
        passed(request.project, Name.RULES, request.member.user.email, clock.now())
        return editor_of(request, live, _opened(request, live))
    if request.POST.get("do", "save") == "save" and "repair" not in request.POST:
        return _save(request, live)
    return editor_of(request, live, form_of(live, _edited(request)))


def _opened(request: MemberRequest, live: Ruleset) -> RulesForm:
    """The live rules, or with ?from= a preset or an older version, to be looked at and saved."""
    asked = request.GET.get("from", "")
    if asked in PRESETS:
        return RulesForm(rules_of(live), PRESETS[asked], base=live.version, preset=asked)
    if not asked:
        return RulesForm(rules_of(live), rules_of(live), base=live.version)
    return RulesForm(rules_of(live), rules_of(_version(request, asked)), base=live.version)


def _version(request: MemberRequest, number: str) -> Ruleset:
    known = number.isascii() and number.isdecimal() and len(number) < 6
    found = version_of(request.project, int(number)) if known else None
    if found is None:
        raise Http404("There is no such version.")
    return found


def _edited(request: MemberRequest) -> Mapping[str, Any]:
    """What was sent, with what a button does to it."""
    sent, do = request.POST, request.POST.get("do", "")
    if "repair" in sent:
        return repaired(sent, sent["repair"])
    if do == "add":
        return with_row(sent)
    row = do.removeprefix("remove-")
    return without_row(sent, int(row)) if do != row and row.isascii() and row.isdecimal() and len(row) < 3 else sent


def form_of(live: Ruleset, data: Mapping[str, Any]) -> RulesForm:
    """What was sent, against the live rules."""
    return RulesForm(rules_of(live), rules_of(live), base=live.version, data=data)


def _save(request: MemberRequest, live: Ruleset) -> HttpResponse:
    form = form_of(live, request.POST)
    if not form.is_valid():
        return editor_of(request, live, form, NOT_YET)
    base = str(request.POST.get("base", ""))
    wish = Wish(
        form.draft.rules,
        request.member.user.email,
        request.POST.get("preset", "") if request.POST.get("preset") in PRESETS else "",
        int(base) if base.isascii() and base.isdecimal() and len(base) < 6 else None,
    )
    try:
        made = revise(request.project, wish, clock.now())
    except Overtaken as overtaken:
        form = form_of(overtaken.newest, {**request.POST.dict(), "base": overtaken.newest.version})
        form.add_error(None, str(overtaken))
        return editor_of(request, overtaken.newest, form, NOT_YET)
    if request.POST.get("scope") == "open":
        return saved(request, "dashboard:rules-apply", _said(live, made))
    return saved(request, HERE, _said(live, made))


def _said(before: Ruleset, made: Ruleset | None) -> Flash:
    if made is None:
        return Flash("Nothing was changed.")
    text = f"Version {made.version} is live for new cases."
    if not before.version:
        return Flash(text)
    return Flash(text, undo_url="/rules/undo/", undo_fields={"version": str(before.version)})


def editor_of(request: MemberRequest, live: Ruleset, form: RulesForm, status: int = 200) -> HttpResponse:
    form.read_only = Permission.SET not in request.member.permissions
    context = {"form": form, "live": live, "presets": PRESETS, "drawn": _drawn(request, form)}
    context |= {"on_its_way": waiting(request.project), "open": _open_cases(request)}
    return show(request, PAGE, context, status)


def _open_cases(request: MemberRequest) -> int:
    of = {"organization_id": request.organization.pk, "project": request.project}
    return Case.objects.filter(**of, state=Case.State.FAILING).count()


def _drawn(request: MemberRequest, form: RulesForm) -> Calendar:
    asked = (request.POST if request.method == "POST" else request.GET).get("family", "")
    family = Family(asked) if asked in set(Family) else Family.NO_FUNDS
    now = clock.now()
    return calendar(form.live, form.draft, family, _account(request), now)


def _account(request: MemberRequest) -> Account:
    connections = Connection.objects.filter(project=request.project, state=Connection.State.ACTIVE)
    connected = list(connections)
    may_charge = not connected or any(connection.may_write for connection in connected)
    return Account(zone_of(request), stripes_habit(request.project, clock.now()), may_charge)


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def drawn(request: MemberRequest) -> HttpResponse:
    """The calendar of what is being typed, and what of it differs."""
    form = form_of(newest(request.project), request.GET)
    context = {"form": form, "drawn": _drawn(request, form), "open": _open_cases(request)}
    return fragment(request, "dashboard/rules/drawn.html", {**context, "scope": request.GET.get("scope", "")})


@require_safe
@member_required
@may(Permission.READ)
def versions(request: MemberRequest) -> HttpResponse:
    """Every version, and what it changed."""
    return show(request, "dashboard/rules/versions.html", {"versions": history(request.project)})


@require_POST
@member_required
@may(Permission.SET)
def undo(request: MemberRequest) -> HttpResponse:
    """Makes the next version with the content of an older one."""
    live, old = newest(request.project), _version(request, request.POST.get("version", ""))
    made = revise(request.project, Wish(rules_of(old), request.member.user.email), clock.now())
    return saved(request, HERE, _said(live, made))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def apply(request: MemberRequest) -> HttpResponse:
    """What the newest version changes for the open cases, before they go on by it."""
    live, now = newest(request.project), clock.now()
    if request.method != "POST":
        on_its_way = live.version and live.to_open_cases_at is not None
        context = {"live": live, "asked": on_its_way, "reach": reach_of(live, now), "count": count_of(live)}
        return show(request, "dashboard/rules/apply.html", context)
    if request.POST.get("version", "") != str(live.version) or not live.version:
        text = f"Version {live.version} was saved meanwhile: look at what it changes, and apply it again."
        return saved(request, "dashboard:rules-apply", Flash(text, bad=True))
    if request.POST.get("do") == "count":
        ask_to_count(live)
        return saved(
            request, "dashboard:rules-apply", Flash("All open cases are being counted: look again in a minute.")
        )
    ask(live, request.member.user.email, now)
    return saved(request, HERE, Flash(f"The open cases go on by version {live.version} within a minute."))
