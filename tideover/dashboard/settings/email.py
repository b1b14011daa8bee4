"""Email sending: by whom a project's mail goes, each provider with the form of what it asks for, and a test of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from tideover import clock
from tideover.config import config
from tideover.dashboard.forms import fields
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.forms.form import MISSING, About, Data, Files, Form
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.settings.views import on_a_page
from tideover.flow.circuit_breaker import is_open
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.hooks.table import HOOKS
from tideover.gateways.mailers.post import name_of
from tideover.gateways.mailers.service import Option
from tideover.gateways.mailers.table import SERVICES
from tideover.messages.accounts import MailAccount
from tideover.messages.channels.email import account
from tideover.messages.channels.email.account import Given, account_of, hook_of, told_at
from tideover.messages.channels.email.checking import SECRET, NotTaken, looked_up, problems
from tideover.messages.channels.email.envelope import sender_of
from tideover.messages.channels.email.server import server_name
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Project
from tideover.tenants.roles import Permission
from tideover.upkeep import sender
from tideover.upkeep.doctor import kept as examined

HOME: Final = "dashboard:settings-email"
PAGE: Final = "dashboard/settings/email.html"
LONGEST_KEY: Final = 1000
FORM_PAGE: Final = "dashboard/settings/email_provider.html"
INTRO: Final = "By whom your mails go to customers. Their addresses and words pass through there, and nowhere else."


def _field(option: Option) -> forms.Field:
    said: fields.Said = {"label": option.label, "help_text": option.help, "required": option.required}
    if option.choices:
        return fields.Choice(choices=list(option.choices), **said)
    return fields.Text(longest=200, **said)


class ProviderForm(Form):
    """What one provider asks for."""

    about = About()

    def __init__(
        self, project: Project, provider: Provider, data: Data | None = None, files: Files | None = None
    ) -> None:
        self.project, self.service, self.kept = project, SERVICES[provider], account_of(project)
        self.wish = Given(provider, {}, "")
        mine = self.kept if self.kept and self.kept.provider == provider else None
        defaults = {option.name: option.default for option in self.service.options if option.default}
        super().__init__(data, files, initial={**defaults, **(mine.options if mine else {})})
        for option in self.service.options:
            self.fields[option.name] = _field(option)
        stays = f"Kept encrypted, and never shown again.{' Empty: as it is.' if mine else ''}"
        self.fields[SECRET] = fields.Secret(
            label=self.service.key_name, required=mine is None, help_text=f"{self.service.where} {stays}"
        )

        for each in self.fields.values():
            each.error_messages["required"] = MISSING

    def clean(self) -> dict[str, Any]:
        """Held to its shape, and then to what the provider says of it."""
        typed = {name: str(self.cleaned_data.get(name, "")).strip() for name in self.fields}
        secret = typed.pop(SECRET)
        self.wish = Given(self.wish.provider, {name: value for name, value in typed.items() if value}, secret)
        for name, problem in problems(self.project, self.wish, self.kept):
            if name not in self.errors:
                self.add_error(name or None, problem)
        if not self.errors:
            try:
                self.wish = looked_up(self.project, self.wish, self.kept)
            except NotTaken as refused:
                self.add_error(SECRET, str(refused))
        return self.cleaned_data


@require_safe
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """By whom mail goes now, a test of it, and by whom else it could go."""
    kept = account_of(request.project)
    sender.have_looked_at(request.project, clock.now())
    context = {
        "title": "Email sending",
        "intro": INTRO,
        "kept": kept,
        "name": _name(request.project),
        "sender": sender_of(request.project),
        "hook": _hook(kept),
        "domain": sender.told(request.project, examined.kept(request.organization)),
        "rests": kept is not None and is_open(kept.open_until, clock.now()),
        "services": [
            (f"{HOME}-{each}", service, kept is not None and kept.provider == each)
            for each, service in SERVICES.items()
        ],
    }
    return show(request, PAGE, context)


def _hook(kept: MailAccount | None) -> Mapping[str, Any] | None:
    """Where the provider is to tell what becomes of mails; None where it does not tell."""
    hook = hook_of(kept) if kept else None
    if kept is None or hook is None or kept.provider not in HOOKS:
        return None
    about = HOOKS[Provider(kept.provider)]
    return {"about": about, "at": told_at(kept, hook), "heard_at": hook.heard_at, "has_key": hook.key_is_kept}


def _name(project: Project) -> str:
    kept = account_of(project)
    return name_of(Provider(kept.provider), kept.options) if kept else f"the mail server {server_name(config())}"


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def provider(request: MemberRequest, name: Provider) -> HttpResponse:
    """What a provider asks for: looked at, or saved once it lets us in."""
    form = ProviderForm(request.project, name, *sent(request))
    label = form.service.label
    if not form.is_valid():
        context = {"title": label, "intro": f"Your own account at {label}, by which your mails go from then on."}
        return page_with(request, FORM_PAGE, form, context)
    account.keep(request.project, form.wish, request.member.user.email, clock.now())
    examined.ask(request.organization, clock.now())  # who sends now wants other records
    return saved(request, HOME, Flash(f"Saved: mails go by {label} ({form.wish.name}). Send yourself a test."))


@require_POST
@member_required
@may(Permission.SET)
def key(request: MemberRequest) -> HttpResponse:
    """What the provider signs with."""
    kept, typed = account_of(request.project), request.POST.get("key", "").strip()[:LONGEST_KEY]
    if kept is None or not typed.isascii() or not typed.isprintable() or not typed:
        return saved(request, HOME, Flash("Nothing was changed: copy the key once more.", bad=True))
    account.keep_key(kept, typed, request.member.user.email, clock.now())
    return saved(request, HOME, Flash("Saved. What the provider tells is believed from now on where it is signed so."))


@require_POST
@member_required
@may(Permission.SET)
def renew(request: MemberRequest) -> HttpResponse:
    """Another address to be told at."""
    kept = account_of(request.project)
    if kept is None:
        return saved(request, HOME, Flash("Nothing was changed.", bad=True))
    account.renew_hook(kept, request.member.user.email, clock.now())
    return saved(request, HOME, Flash("The address is another one now: enter it at the provider."))


@require_POST
@member_required
@may(Permission.SET)
def house(request: MemberRequest) -> HttpResponse:
    """Back to the mail server of the installation."""
    gone = account.forget(request.project, request.member.user.email, clock.now())
    examined.ask(request.organization, clock.now())
    said = f"Mails go by the mail server {server_name(config())} again." if gone else "Nothing was changed."
    return saved(request, HOME, Flash(said))
