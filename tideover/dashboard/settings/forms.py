"""The forms of the settings, made from the table of them: each field with its words, its bounds and its reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final
from zoneinfo import available_timezones

from django.core.files.uploadedfile import UploadedFile
from django.forms import Field

from tideover.core.ahead.offers import LONGEST as MOST_OFFERED
from tideover.core.ahead.offers import Offers
from tideover.core.settings.amounts import LONGEST, Amounts
from tideover.core.settings.designs import DESIGNS, Designs
from tideover.core.settings.pictures import MOST_BYTES, Picture, as_text, drawing
from tideover.core.settings.table import Setting, setting
from tideover.core.settings.values import (
    SPANS,
    BadValue,
    Color,
    Count,
    Currency,
    Email,
    Language,
    Line,
    Postal,
    Span,
    Switch,
    Value,
    Website,
    Zone,
)
from tideover.core.tongues import Tongue
from tideover.dashboard.forms import fields
from tideover.dashboard.forms.fields import Said
from tideover.dashboard.forms.form import About, Data, Files, Form
from tideover.dashboard.words import language_label
from tideover.flow.stripe import stripe_for
from tideover.recovery.telling import ways
from tideover.tenants.models import Project
from tideover.tenants.settings import settings_of


def field_of(key: str) -> Field:
    """The field in which a setting is changed. What was there when the page was drawn is sent along (see `changes`)."""
    each = setting(key)
    field = CONTROLS[type(each.kind)](each.kind, _said(each))
    field.show_hidden_initial = not isinstance(field, fields.File)  # a browser sends no file that was not chosen
    return field


def _said(each: Setting) -> Said:
    return {"label": each.label, "help_text": each.effect, "required": getattr(each.kind, "required", False)}


def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(available_timezones())]


def _tongues() -> list[tuple[str, str]]:
    return sorted(((str(tongue), language_label(tongue)) for tongue in Tongue), key=lambda pair: pair[1])


# The control for each kind of value; total over the table of settings, by test.
CONTROLS: Final[Mapping[type, Callable[[Any, Said], Field]]] = {
    Line: lambda kind, said: fields.Text(longest=kind.longest, **said),
    Email: lambda _, said: fields.Email(**said),
    Switch: lambda _, said: fields.Switch(**said),
    Count: lambda kind, said: fields.Number(least=kind.least, most=kind.most, unit=kind.unit, **said),
    Zone: lambda _, said: fields.Choice(choices=_zones(), **said),
    Language: lambda _, said: fields.Choice(choices=_tongues(), **said),
    Currency: lambda _, said: fields.Text(longest=3, **said),
    Color: lambda _, said: fields.Color(**said),
    Website: lambda _, said: fields.Address(**said),
    Postal: lambda _, said: fields.LongText(longest=240, rows=3, **said),
    Span: lambda _, said: fields.Choice(choices=[(span, span.capitalize()) for span in SPANS], **said),
    Designs: lambda _, said: fields.Choice(choices=[(each, label) for each, (label, _) in DESIGNS.items()], **said),
    Offers: lambda _, said: fields.LongText(longest=MOST_OFFERED, rows=6, **said),
    Amounts: lambda _, said: fields.Text(longest=LONGEST, **said),
    Picture: lambda _, said: fields.File(accept=("image/png", "image/jpeg"), most=MOST_BYTES, **said),
}


class SettingsForm(Form):
    """The settings of one group. Its fields are named as the table names them; title and intro are the page's."""

    group: ClassVar[str]
    own: ClassVar[Sequence[str]] = ()  # fields that are no settings
    title: ClassVar[str]
    intro: ClassVar[str]

    def __init__(self, project: Project, data: Data | None = None, files: Files | None = None) -> None:
        kept = settings_of(project)
        super().__init__(data, files, initial={name: kept[self.key(name)] for name in self._settings()})
        self._stays(kept)

    def _stays(self, kept: dict[str, Value]) -> None:
        """What is kept can be kept, also where a list would not offer it."""
        for name in self._settings():
            field, value = self.fields[name], kept[self.key(name)]
            if isinstance(field, fields.Choice) and value not in dict(field.choices):  # type: ignore[arg-type]
                field.choices = [(str(value), str(value)), *field.choices]  # type: ignore[misc]

    def _settings(self) -> Sequence[str]:
        return [name for name in self.base_fields if name not in self.own]

    def key(self, name: str) -> str:
        """How the table calls the setting of a field."""
        return f"{self.group}.{name}"

    def clean(self) -> dict[str, Any]:
        """Each value that was changed as it is kept, held to the table."""
        for name in set(self._settings()) & set(self.cleaned_data) & set(self.changed_data):
            try:
                self.cleaned_data[name] = self._checked(name, self.cleaned_data[name])
            except BadValue as wrong:
                self.add_error(name, str(wrong))
        return self.cleaned_data

    def _checked(self, name: str, value: object) -> Value:
        if isinstance(value, UploadedFile):
            value = as_text(drawing(value.read()))
        return setting(self.key(name)).kind.checked(value)

    @property
    def changes(self) -> dict[str, Value]:
        """What this person changed, by its key: what somebody else changed meanwhile stays theirs."""
        return {self.key(name): self.cleaned_data[name] for name in self.changed_data if name not in self.own}


class GeneralForm(SettingsForm):
    """Names, time zone, currency and language."""

    group, title = "general", "General"
    intro = "What your workspace is called, in which days and money it counts, and in which language it writes."
    about = About(
        sections={
            "Names": ("organization", "project"),
            "Numbers and days": ("zone", "currency"),
            "Words": ("language",),
        }
    )
    organization = field_of("general.organization")
    project = field_of("general.project")
    zone = field_of("general.zone")
    currency = field_of("general.currency")
    language = field_of("general.language")


class BrandForm(SettingsForm):
    """What customers see of the merchant."""

    group, title = "brand", "Brand"
    intro = "What your customers see: in messages and on the pay page. This dashboard stays as it is."
    about = About(
        sections={
            "Look": ("name", "logo", "no_logo", "color", "design"),
            "Addresses": ("support", "address", "sender", "return_address"),
        }
    )
    own = ("no_logo",)
    name = field_of("brand.name")
    logo = field_of("brand.logo")
    no_logo = fields.Switch(label="Show no logo")
    color = field_of("brand.color")
    design = field_of("brand.design")
    support = field_of("brand.support")
    address = field_of("brand.address")
    sender = field_of("brand.sender")
    return_address = field_of("brand.return_address")

    @property
    def changes(self) -> dict[str, Value]:
        """With the logo taken away where that was asked for."""
        return {**super().changes, **({"brand.logo": ""} if self.cleaned_data["no_logo"] else {})}


class RecoveryForm(SettingsForm):
    """Whether failures are recovered at all."""

    group, title = "recovery", "Recovery"
    intro = "Whether failed payments become cases, what is charged for them, what payers may promise, who is warned."
    about = About(
        sections={
            "On or off": ("enabled",),
            "Promises to pay": ("promise_days", "promise_times"),
            "Backup methods": ("backup_methods", "backup_by_contract"),
            "Messages": ("most_a_week",),
            "Cards that end": ("card_alerts", "card_alert_days"),
        }
    )
    enabled = field_of("recovery.enabled")
    backup_methods = field_of("recovery.backup_methods")
    backup_by_contract = field_of("recovery.backup_by_contract")
    promise_days = field_of("recovery.promise_days")
    promise_times = field_of("recovery.promise_times")
    most_a_week = field_of("recovery.most_a_week")
    card_alerts = field_of("recovery.card_alerts")
    card_alert_days = field_of("recovery.card_alert_days")


class RenewalsForm(SettingsForm):
    """Who is told of what renews, and of trials that end."""

    group, title = "renewals", "Renewals"
    intro = "Whether your customers are told before a subscription renews or a trial ends, and how they cancel."
    about = About(
        sections={
            "Renewals": ("enabled", "days", "every_plan"),
            "Trials": ("trials", "trial_days"),
            "For both": ("by_law", "cancel_address"),
        }
    )
    enabled = field_of("renewals.enabled")
    days = field_of("renewals.days")
    every_plan = field_of("renewals.every_plan")
    trials = field_of("renewals.trials")
    trial_days = field_of("renewals.trial_days")
    by_law = field_of("renewals.by_law")
    cancel_address = field_of("renewals.cancel_address")


class WinbackForm(SettingsForm):
    """Who is asked back after a subscription has ended, and what they are offered."""

    group, title = "winback", "Win-back"
    intro = "Whether customers who have left are asked to come back, and what they are offered."
    about = About(sections={"Who is asked": ("enabled", "unpaid"), "What they are offered": ("offers",)})
    enabled = field_of("winback.enabled")
    unpaid = field_of("winback.unpaid")
    offers = field_of("winback.offers")


class PayPageForm(SettingsForm):
    """What customers may pay by."""

    group, title = "pay_page", "Pay page"
    intro = "What your customers may bring beside a card. They choose; a card is always there."
    about = About(
        sections={
            "Wallets": ("link", "paypal"),
            "Bank accounts": ("us_bank_account", "sepa_debit", "bacs_debit"),
            "Where it is changed": ("portal",),
        }
    )
    portal = field_of("pay_page.portal")
    link = field_of("pay_page.link")
    paypal = field_of("pay_page.paypal")
    us_bank_account = field_of("pay_page.us_bank_account")
    sepa_debit = field_of("pay_page.sepa_debit")
    bacs_debit = field_of("pay_page.bacs_debit")

    def __init__(self, project: Project, data: Data | None = None, files: Files | None = None) -> None:
        super().__init__(project, data, files)
        self.project = project

    def clean(self) -> dict[str, Any]:
        """Held to what the account at Stripe has activated, too."""
        super().clean()
        wanted = {self.key(name): self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data}
        for key, why in ways.refusals(self.project, wanted, stripe_for).items():
            self.add_error(setting(key).name, why)
        return self.cleaned_data


class PlansForm(SettingsForm):
    """What may be paid in parts."""

    group, title = "plans", "Payment plans"
    intro = "Customers who cannot pay at once may pay in monthly parts, which Tideover charges on their days."
    about = About(sections={"On or off": ("enabled",), "When and how": ("from_day", "most_parts", "least")})
    enabled = field_of("plans.enabled")
    from_day = field_of("plans.from_day")
    most_parts = field_of("plans.most_parts")
    least = field_of("plans.least")


class RetentionForm(SettingsForm):
    """How long what is no longer needed is kept."""

    group, title = "retention", "Retention"
    intro = "How long the words of others are kept. Cases, charges and their amounts stay, and so do opt-outs."
    about = About(sections={"Kept for": ("events", "messages", "opens"), "Minimal mode": ("minimal",)})
    events = field_of("retention.events")
    messages = field_of("retention.messages")
    opens = field_of("retention.opens")
    minimal = field_of("retention.minimal")
