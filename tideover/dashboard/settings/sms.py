"""SMS: the merchant's own Twilio account, whether it is used, where text messages stand, and a test of it."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.core.editing.by_sms import Place, by_mail_alone, by_sms
from tideover.dashboard.forms import fields
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.forms.form import About, Data, Files
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.settings.forms import SettingsForm, field_of
from tideover.dashboard.settings.views import on_a_page
from tideover.flow.throttle import Throttle
from tideover.gateways.twilio.client import Account
from tideover.messages.channels.sms import deliverable
from tideover.messages.channels.sms.account import account_of, told_at
from tideover.messages.channels.sms.trial import (
    WRONG_SENDER,
    WRONG_SID,
    NotTaken,
    is_account,
    is_sender,
    looked_up,
    samples,
    try_out,
)
from tideover.recovery.places import dialled
from tideover.recovery.rulesets import Wish, newest, revise, rules_of
from tideover.tenants import audit, texting
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Project
from tideover.tenants.roles import Permission
from tideover.tenants.secrets import Unreadable
from tideover.tenants.settings import change

PAGE: Final = "dashboard/settings/sms.html"
PERSON: Final = Throttle("test sms", limit=5, seconds=3600)
TOO_OFTEN: Final = "That was the sixth test message within an hour. Each of them costs money: wait a while."
NO_ACCOUNT: Final = "Save your Twilio account first."
AS_THEY_ARE, BY_MAIL = "", "mail"
STEPS: Final = (
    (AS_THEY_ARE, "As the rules say"),
    (Place.INSTEAD.value, "SMS in place of mail, from day 7"),
    (Place.BESIDE.value, "SMS a day after each mail, from day 7"),
    (BY_MAIL, "Every message by mail"),
)


class SmsForm(SettingsForm):
    """Whether text messages are sent, by whose account, and at which steps."""

    group, title = "sms", "SMS"
    intro = "Text messages by your own Twilio account, which you pay. Off, every customer is written to by mail alone."
    own = ("account_sid", "auth_token", "sender", "steps")
    about = About(
        sections={
            "On or off": ("enabled", "one_a_day_each"),
            "Your Twilio account": ("account_sid", "auth_token", "sender"),
            "Steps": ("steps",),
        }
    )
    enabled = field_of("sms.enabled")
    one_a_day_each = field_of("sms.one_a_day_each")
    account_sid = fields.Text(label="Account SID", longest=34, required=False, help_text="AC and 32 characters.")
    auth_token = fields.Secret(
        label="Auth Token", required=False, help_text="Kept encrypted, and never shown again. Empty: as it is."
    )
    sender = fields.Text(label="Number or messaging service", longest=34, required=False, help_text=WRONG_SENDER)
    steps = fields.Choice(
        choices=STEPS,
        label="Which messages go by SMS",
        required=False,
        help_text="Makes the next version of your rules, which you may edit step by step. Open cases keep theirs.",
    )

    def __init__(self, project: Project, data: Data | None = None, files: Files | None = None) -> None:
        super().__init__(project, data, files)
        self.project, self.account = project, account_of(project)
        self.account_name = self.account.account_name if self.account else ""
        if self.account:
            self.initial["account_sid"], self.initial["sender"] = self.account.account_sid, self.account.sender

    def clean(self) -> dict[str, Any]:
        """The account held to what Twilio says of it; nothing is on without one."""
        super().clean()
        sid, sender = self._typed("account_sid"), self._typed("sender")
        if sid and not is_account(sid):
            self.add_error("account_sid", WRONG_SID)
        if (sid or sender) and not is_sender(sender):
            self.add_error("sender", WRONG_SENDER)
        if self.cleaned_data.get("enabled") and not sid:
            self.add_error(
                "account_sid", "Nothing can be sent without an account: type in which one, or leave SMS off."
            )
        if sid and not self.errors:
            self._look_up(sid)
        return self.cleaned_data

    def _typed(self, name: str) -> str:
        return str(self.cleaned_data.get(name, "")).strip()

    def _look_up(self, sid: str) -> None:
        """Asked only where something of it is new."""
        token, kept = self._typed("auth_token"), self.account
        if kept and not token and kept.account_sid == sid:
            return
        if not token:
            self.add_error("auth_token", "The token of this account is needed: it is not the one that is kept.")
            return
        try:
            self.account_name = looked_up(Account(sid, token))
        except NotTaken as refused:
            self.add_error("auth_token", str(refused))

    @property
    def given(self) -> texting.Given | None:
        """The account as it is wanted; None where none is, or it stays."""
        sid, token, sender = (self._typed(name) for name in ("account_sid", "auth_token", "sender"))
        kept = self.account and (self.account.account_sid, self.account.sender) == (sid, sender) and not token
        return None if kept or not sid else texting.Given(sid, token, sender, self.account_name)

    @property
    def forgets(self) -> bool:
        """Whether the account that is kept was emptied."""
        return self.account is not None and not self._typed("account_sid")


@on_a_page
@member_required
@may(Permission.READ, send=Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """The settings, what each text costs in parts, and where Twilio is to tell us what is answered."""
    form = SmsForm(request.project, *sent(request))
    if not form.is_valid():
        account = form.account
        context = {
            "title": form.title,
            "intro": form.intro,
            "account": account,
            "inbound": told_at(account, "inbound") if account else "",
            "samples": samples(request.project, request.project.language),
        }
        return page_with(request, PAGE, form, context)
    return saved(request, request.path, Flash(_save(request, form)))


def _save(request: MemberRequest, form: SmsForm) -> str:
    """What was done, in a sentence."""
    by, now, done = request.member.user.email, clock.now(), list[str]()
    if form.given:
        texting.keep(request.project, form.given, by, now)
        done.append(f"Twilio account {form.account_name or form.given.account_sid}")
    if form.forgets and texting.forget(request.project, by, now):
        done.append("no Twilio account any more")
    if change(request.project, form.changes, by, now):
        done.append("settings")
    if (wanted := form.cleaned_data["steps"]) and (version := _revise(request.project, wanted, by)):
        done.append(f"version {version} of the rules, for new cases")
    return f"Saved: {', '.join(done)}." if done else "Nothing was changed."


def _revise(project: Project, wanted: str, by: str) -> int | None:
    """The number of the version in which steps go by SMS as wanted; None where they do."""
    rules = rules_of(newest(project))
    wished = by_mail_alone(rules) if wanted == BY_MAIL else by_sms(rules, Place(wanted))
    made = revise(project, Wish(wished, by), clock.now())
    return made.version if made else None


@require_POST
@member_required
@may(Permission.SET)
def test(request: MemberRequest) -> HttpResponse:
    """A real text message to a number that is typed in, and Twilio's own words about it."""
    back, account = "dashboard:settings-sms", account_of(request.project)
    number = dialled(request.POST.get("number", "")[:32].strip(), "")
    if account is None:
        return saved(request, back, Flash(NO_ACCOUNT, bad=True))
    if not deliverable(number):
        return saved(request, back, Flash("Type a mobile number with its country, as in +14155550100.", bad=True))
    if not PERSON.allows(str(request.member.user.pk), clock.wall()):
        return saved(request, back, Flash(TOO_OFTEN, bad=True))
    try:
        taken, says = try_out(account, request.project, number)
    except Unreadable:
        taken, says = False, "The Auth Token cannot be read with the keys of this installation. Type it in again."
    deed = audit.Deed(request.member.user.email, "test SMS", request.project.slug, after={"taken": taken})
    audit.write(request.organization.pk, deed, clock.wall())
    return saved(request, back, Flash(says, bad=not taken))
