"""Every setting, changed on its page and by command, is seen where the table says: total over the settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests import factories as make
from tests.core.test_pictures import png
from tests.factories import NOW
from tests.people import Person
from tests.rooms.dashboard.settings.test_pages import fields_of
from tests.rooms.messages.texting import with_sms
from tideover import clock
from tideover.cli.settings import put
from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.core.settings.pictures import as_text, drawing
from tideover.core.settings.table import SETTINGS
from tideover.flow.stops import why_stopped
from tideover.inbox.models import StripeEvent
from tideover.messages.channels import compose
from tideover.messages.channels.email.envelope import mail_of
from tideover.messages.keyed import address_hash, plan_token
from tideover.messages.models import Message, MessageEvent
from tideover.messages.suppression import Meant, refusal
from tideover.mirror.models import Subscription
from tideover.recovery.known import WHOM, known_of
from tideover.recovery.links import make_link
from tideover.recovery.models import Action, Case
from tideover.recovery.ways.consents import backups_of
from tideover.recovery.ways.promises import offered
from tideover.recovery.writing import wording
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.models import Connection, Project
from tideover.tenants.terms import terms_of
from tideover.upkeep import aging
from tideover.upkeep.models import Walk

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Shop:
    """A merchant with a case that fails and one that was paid."""

    owner: Person
    failing: Case
    paid: Case

    def page(self, address: str = "/") -> str:
        return self.owner.browser().get(address).content.decode()

    def message(self) -> str:
        """What the next message about the case says."""
        case = Case.objects.select_related("project__organization", "connection", "ruleset").get(pk=self.failing.pk)
        action = make.make_action(
            case,
            do="message",
            template="failed",
            tone="friendly",
            channel="email",
            step=f"message-{Action.objects.count()}",
        )
        [known] = known_of([case], NOW)
        return compose(wording(action, known, "https://pay.example/c/x", [], NOW)).html

    def headers(self) -> str:
        """How the next message is addressed."""
        message = make.make_message(Case.objects.get(pk=self.failing.pk))
        return str(mail_of(Message.objects.select_related("project").get(pk=message.pk), NOW))

    def pay_page(self) -> str:
        return self._by_link(self.failing)

    def strangers_page(self) -> str:
        """The pay page of a customer of whom nothing tells what they read."""
        return self._by_link(make.make_case(self.failing.connection, locale=""))

    def plan_page(self) -> str:
        """Whether the pay page of what failed 15 days ago offers a plan, and of how many parts."""
        Case.objects.filter(pk=self.failing.pk).update(opened_at=NOW - 15 * make.DAY, payment_method_id="pm_1")
        clock.travel_to(NOW)
        try:
            offered = re.findall('name="parts" value="([0-9])"', self._by_link(Case.objects.get(pk=self.failing.pk)))
        finally:
            clock.travel_to(None)
        return f"up to {offered[-1]}" if offered else "no plan"

    def plan_terms(self) -> str:
        """What a plan is offered by."""
        terms = terms_of(type(self.owner.project).objects.get(pk=self.owner.project.pk))
        return f"from day {terms.from_day}, up to {terms.most}, above {terms.least_of('usd')}"

    def paid_page(self) -> str:
        return self._by_link(self.paid)

    def what_holds(self) -> str:
        """Why nothing may be charged or sent."""
        return why_stopped(Connection.objects.get(pk=self.failing.connection_id))

    def event(self) -> str:
        """What upkeep leaves of an event that came 100 days ago."""
        event = make.make_stripe_event(self.failing.connection, received_at=NOW - 100 * make.DAY)
        overnight()
        return "kept" if bytes(StripeEvent.objects.get(pk=event.pk).body) else "emptied"

    def mail(self) -> str:
        """What upkeep leaves of a message that was sent 100 days ago."""
        message = make.make_message(self.failing, at=NOW - 100 * make.DAY)
        overnight()
        return "kept" if Message.objects.get(pk=message.pk).html else "emptied"

    def opens(self) -> str:
        """Whether upkeep leaves it known who opened a message 100 days ago."""
        then = NOW - 100 * make.DAY
        make.make_event(make.make_message(self.failing, at=then), at=then)
        overnight()
        return "kept" if MessageEvent.objects.exists() else "forgotten"

    def name(self) -> str:
        """Whether upkeep leaves it known who has not paid."""
        case = make.make_case(self.failing.connection, opened_at=NOW - make.DAY, customer_name="Pia Payer")
        overnight()
        return "kept" if Case.objects.get(pk=case.pk).customer_name else "forgotten"

    def backups(self) -> str:
        """Why the customer's other methods may be charged, where the merchant charges them."""
        Project.objects.update(backup_methods=True)
        case = Case.objects.select_related("project").get(pk=self.failing.pk)
        return backups_of([case]).get(case.pk, "")

    def alerts(self) -> str:
        """What the page of scans says of cards that end, where they are written about."""
        Project.objects.update(card_alerts=True)
        return self.page("/scans/")

    def renewals(self) -> str:
        """What the page of renewals says."""
        return self.page("/renewals/")

    def told_of_renewals(self) -> str:
        """The same where they are told of."""
        Project.objects.update(renewal_notices=True)
        return self.renewals()

    def trials(self) -> str:
        """What the page of trials that end says."""
        return self.page("/renewals/?kind=trial")

    def told_of_trials(self) -> str:
        """The same where they are told of."""
        Project.objects.update(trial_notices=True)
        return self.trials()

    def in_france(self) -> str:
        """How long ahead a customer in France is told, where more than a month is asked for by law."""
        if not Subscription.objects.exists():
            who = make.make_customer(self.failing.connection, country="FR")
            make.make_subscription(who, renews_at=NOW + 60 * make.DAY, months=12)
        [told] = re.findall("told ([0-9]+ days before)</span>", self.renewals())
        return str(told)

    def winback(self) -> str:
        """What the page of who has left says."""
        return self.page("/winback/")

    def asked_back(self) -> str:
        """The same where they are asked back."""
        Project.objects.update(winback=True)
        return self.winback()

    def canceling(self) -> str:
        """The page behind a notice."""
        who = make.make_customer(self.failing.connection)
        plan = make.make_subscription(who, renews_at=NOW + 20 * make.DAY, months=12)
        notice = make.make_notice(plan)
        return Client().get(f"/plan/{plan_token(notice.pk)}").content.decode()

    def text(self) -> str:
        """Why a text message may not be sent, an hour after a mail to the same person."""
        project = Project.objects.select_related("organization").get(pk=self.owner.project.pk)
        if not SmsAccount.objects.exists():
            is_on = project.sms_enabled
            with_sms(project)
            Project.objects.update(sms_enabled=is_on)
        mailed = make.make_message(self.failing, at=NOW - timedelta(hours=1), to_hash=address_hash("a@acme.example"))
        meant = Meant(others=("a@acme.example",))
        return str(refusal(project, Channel.SMS, "+14155552671", mailed.sent_at + timedelta(hours=1), meant))

    def second_text(self) -> str:
        """The same where they are sent."""
        Project.objects.update(sms_enabled=True)
        return self.text()

    def second_mail(self) -> str:
        """Why a mail may not be sent two days after another one to the same person."""
        project = Project.objects.select_related("organization").get(pk=self.owner.project.pk)
        mailed = make.make_message(self.failing, at=NOW, to_hash=address_hash("b@acme.example"))
        return str(refusal(project, Channel.EMAIL, "b@acme.example", mailed.sent_at + timedelta(days=2)))

    def last_day(self) -> str:
        """How many days ahead the payer may promise to pay."""
        made = make.make_case(self.failing.connection, opened_at=NOW, card_brand="visa", card_last4="4242")
        case = Case.objects.select_related(*WHOM).get(pk=made.pk)
        choice = offered(case, NOW)
        return str((choice.days.last - NOW.date()).days) if choice else "never"

    def _by_link(self, case: Case) -> str:
        token = make_link(case, message_id=None, now=NOW)
        return Client().get(reverse("customer:card", args=[token])).content.decode()


def overnight() -> None:
    """What upkeep does once a day."""
    Walk.objects.update(ended_at=None)
    aging.clear(NOW)


def without(method: str) -> Callable[[Shop], str]:
    """Whether the pay page asks Stripe's form for this way to pay."""

    def place(shop: Shop) -> str:
        [asked] = re.findall('data-methods="([^"]+)"', shop.pay_page())
        assert asked.split()[0] == "card"
        return "there" if method in asked.split() else "gone"

    return place


LOGO: Final = as_text(drawing(png()))
# For each setting a value, and the places where it is seen, each with what is seen there.
Places = dict[Callable[[Shop], str], str]
SEEN: Final[dict[str, tuple[Any, Places]]] = {
    "recovery.card_alerts": ("on", {lambda shop: shop.page("/scans/"): "is written to once, 7 days before"}),
    "recovery.card_alert_days": ("20", {Shop.alerts: "is written to once, 20 days before"}),
    "renewals.enabled": ("on", {Shop.renewals: "told once, 30 days before the renewal of a yearly plan"}),
    "renewals.days": ("45", {Shop.told_of_renewals: "told once, 45 days before"}),
    "renewals.every_plan": ("on", {Shop.told_of_renewals: "30 days before a renewal"}),
    "renewals.by_law": ("off", {Shop.in_france: "30 days before"}),
    "renewals.trials": ("on", {Shop.trials: "told once, 7 days before their trial ends"}),
    "renewals.trial_days": ("14", {Shop.told_of_trials: "told once, 14 days before"}),
    "renewals.cancel_address": ("https://acme.example/cancel", {Shop.canceling: 'href="https://acme.example/cancel"'}),
    "winback.enabled": ("on", {Shop.winback: "Who canceled is asked back 1, 7, 14, 30 days after the end"}),
    "winback.unpaid": ("on", {Shop.asked_back: "or was lost to non-payment,"}),
    "winback.offers": ("14: 20% for 3 months", {Shop.winback: "14: 20% for 3 months, valid 14 days"}),
    "recovery.most_a_week": ("1", {Shop.second_mail: Unsent.CAPPED}),
    "sms.enabled": ("on", {Shop.text: Unsent.CAPPED}),
    "sms.one_a_day_each": ("on", {Shop.second_text: "None"}),
    "general.organization": ("Umbrella", {Shop.page: "<b>Umbrella</b>"}),
    "general.project": ("Second", {Shop.page: "<small>Second</small>"}),
    "general.zone": ("Asia/Tokyo", {lambda shop: shop.page(f"/cases/{shop.paid.public_id}/"): "21:00"}),
    "general.currency": ("eur", {Shop.page: r'aria-current="\w+">EUR'}),
    "general.language": ("de", {Shop.strangers_page: '<html lang="de"'}),
    "recovery.enabled": ("off", {Shop.what_holds: "recovery is off", Shop.pay_page: "write to Alpine Analytics.</p>"}),
    "brand.name": ("Harbor", {Shop.message: "Harbor", Shop.headers: "From: Harbor <", Shop.pay_page: ">Harbor<"}),
    "brand.color": ("#aa0000", {Shop.message: "#aa0000", Shop.pay_page: "--button:#aa0000"}),
    "brand.design": ("ledger", {Shop.message: 'class="value" align="right"'}),
    "brand.logo": (LOGO, {Shop.message: 'src="https?://[^"]+/logo/[0-9a-f]{64}"', Shop.pay_page: 'src="/logo/'}),
    "brand.support": (
        "ask@acme.example",
        {Shop.message: "ask@acme", Shop.headers: "Reply-To: ask@acme.example", Shop.pay_page: "mailto:ask@acme"},
    ),
    "brand.address": ("1 Pier Road, Oslo", {Shop.message: "1 Pier Road, Oslo"}),
    "brand.sender": ("pay@acme.example", {Shop.headers: "<pay@acme.example>"}),
    "brand.return_address": ("https://acme.example/in", {Shop.paid_page: 'href="https://acme.example/in"'}),
    "recovery.backup_methods": ("on", {Shop.pay_page: "If a payment fails"}),
    "recovery.backup_by_contract": ("on", {Shop.backups: "contract"}),
    "recovery.promise_days": ("7", {Shop.last_day: "^7$"}),
    "recovery.promise_times": ("0", {Shop.last_day: "never"}),
    "pay_page.portal": ("on", {Shop.pay_page: "Go to Stripe&#x27;s page"}),
    "pay_page.link": ("off", {without("link"): "gone"}),
    "pay_page.paypal": ("off", {without("paypal"): "gone"}),
    "pay_page.us_bank_account": ("off", {without("us_bank_account"): "gone"}),
    "pay_page.sepa_debit": ("off", {without("sepa_debit"): "gone"}),
    "pay_page.bacs_debit": ("off", {without("bacs_debit"): "gone"}),
    "plans.enabled": ("on", {Shop.plan_page: "up to 4"}),
    "plans.from_day": ("20", {Shop.plan_terms: "from day 20"}),
    "plans.most_parts": ("2", {Shop.plan_terms: "up to 2"}),
    "plans.least": ("USD 100", {Shop.plan_terms: "above 10000"}),
    "retention.events": ("1 year", {Shop.event: "kept"}),
    "retention.messages": ("30 days", {Shop.mail: "emptied"}),
    "retention.opens": ("90 days", {Shop.opens: "forgotten"}),
    "retention.minimal": ("on", {Shop.name: "forgotten"}),
}


@pytest.fixture
def shop(alice):
    connection = make.make_connection(alice.project, publishable_key="pk_test_1")
    failing = make.make_case(connection, opened_at=NOW)
    paid = make.make_case(connection, currency="eur", state="recovered", ended_at=NOW, amount_recovered=9900)
    make.make_message(paid, at=NOW)
    return Shop(alice, failing, paid)


def on_its_page(shop: Shop, key: str, value: Any) -> None:
    each = SETTINGS[key]
    address, browser = f"/settings/{each.group.replace('_', '-')}/", shop.owner.browser()
    html = browser.get(address).content.decode()
    switched_on = dict.fromkeys(re.findall(r'type="checkbox" name="([\w-]+)"[^>]* checked', html), "on")
    shown = {**fields_of(html), **switched_on}
    sent = {name: told for name, told in shown.items() if name not in {"no_logo", each.name}}
    if value != "off":  # a switch that is off is not sent at all
        sent[each.name] = SimpleUploadedFile("logo.png", png(), "image/png") if value == LOGO else value
    answer = browser.post(address, sent)
    assert answer.status_code == 302, answer.content.decode().partition("problems")[2][:500]


def by_command(shop: Shop, key: str, value: Any) -> None:
    assert put(key, value, shop.owner.organization.slug, shop.owner.project.slug) == 0


def test_every_setting_has_a_place_where_it_is_seen():
    assert set(SEEN) == set(SETTINGS)


@pytest.mark.parametrize("by", [on_its_page, by_command])
@pytest.mark.parametrize("key", SEEN)
def test_a_setting_is_seen_where_the_table_says_and_was_not_before(shop, key, by):
    value, places = SEEN[key]
    for place, words in places.items():
        assert not re.search(words, place(shop)), place
    by(shop, key, value)
    for place, words in places.items():
        assert re.search(words, place(shop)), place
