"""Every setting of a merchant, once: its key, its words, what it may be, whose it is, and what it changes.

The pages, `tideover settings`, the file it exports, the docs and the audit log are made from this table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from tideover.core.ahead.offers import Offers
from tideover.core.settings.amounts import Amounts
from tideover.core.settings.designs import Designs
from tideover.core.settings.pictures import WHAT_IT_IS, Picture
from tideover.core.settings.values import (
    Color,
    Count,
    Currency,
    Email,
    Kind,
    Language,
    Line,
    Postal,
    Span,
    Switch,
    Value,
    Website,
    Zone,
)
from tideover.core.ways.plans import FEWEST, MOST


class Whose(StrEnum):
    """Whom a setting belongs to."""

    ORGANIZATION = "organization"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a merchant may choose.

    key: how the command and the file call it: its group, a point, its name. column: where it is kept, in the row of
    whose it is. reach: from when on a change is seen, and where. effect: what it does, in one line.
    """

    key: str
    label: str
    kind: Kind
    default: Value
    whose: Whose
    column: str
    reach: str
    effect: str

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        return self.key.partition(".")[2]


class UnknownSetting(ValueError):  # noqa: N818 - what it is
    """There is no setting of this key. Its words name the nearest."""

    def __init__(self, key: str) -> None:
        near = get_close_matches(key, SETTINGS, n=1, cutoff=0.5)
        super().__init__(f"There is no setting {key!r}{f'; did you mean {near[0]!r}?' if near else '.'}")


_PAGES_AT_ONCE: Final = "At once, on every page of the dashboard"
_AT_NIGHT: Final = "Within a day. What is gone is gone: a longer time brings nothing back"
_ON_THE_PAGE: Final = "With the next look at a pay page"
_OFFERED: Final = "With the next offer and the next look at a pay page; plans that stand go on"
_EMPTIED: Final = "From now on; what was kept before is emptied by a worker, which begins within minutes"
_PLANNED: Final = "When a case is next planned anew, and before each such charge"
_PROMISED: Final = "With the next look at a pay page; a promise that stands stays"
_ALERTED: Final = "Within a minute; who was told is not told again"
_NOTICED: Final = "Within a day; who was told is not told again"
_WRITTEN: Final = "With the next message and the next look at a page; what was sent stays"

_ALL: Final = (
    Setting(
        "general.organization", "Organization", Line(120, required=True), "", Whose.ORGANIZATION, "name",
        _PAGES_AT_ONCE, "Names your workspace beside its projects. Customers do not see it.",
    ),
    Setting(
        "general.project", "Project", Line(120, required=True), "", Whose.PROJECT, "name",
        _PAGES_AT_ONCE, "Names this product: in the sidebar, and to customers where the brand has no name.",
    ),
    Setting(
        "general.zone", "Time zone", Zone(), "UTC", Whose.PROJECT, "time_zone",
        "At once on the dashboard; a case keeps the zone it was last read with",
        "Counts the days of the dashboard, and the hours of customers whose own zone Stripe does not tell.",
    ),
    Setting(
        "general.currency", "Currency", Currency(), "usd", Whose.PROJECT, "currency",
        "At once, on Home and in its files", "Is shown first where there are several. Nothing is converted.",
    ),
    Setting(
        "general.language", "Language", Language(), "en", Whose.PROJECT, "language",
        _WRITTEN, "Speaks to customers for whom neither Stripe nor their country names another.",
    ),
    Setting(
        "brand.name", "Name", Line(120), "", Whose.PROJECT, "brand_name",
        _WRITTEN, "Is the sender's name and the first line of each page. Empty: the project's name.",
    ),
    Setting(
        "brand.logo", "Logo", Picture(), "", Whose.PROJECT, "logo",
        _WRITTEN, f"Stands above messages and on the pay page. {WHAT_IT_IS}.",
    ),
    Setting(
        "brand.color", "Color", Color(), "#00d4aa", Whose.PROJECT, "brand_color",
        _WRITTEN, "Colors buttons and accents, darkened where it could not be read.",
    ),
    Setting(
        "brand.design", "Design", Designs(), "card", Whose.PROJECT, "design",
        _WRITTEN, "How mails look: around your words and ours, in the order of their parts. Texts, Designs shows each.",
    ),
    Setting(
        "brand.support", "Support address", Email(), "", Whose.PROJECT, "support_email",
        _WRITTEN, "Gets the replies, and is named wherever a customer may have a question.",
    ),
    Setting(
        "brand.address", "Postal address", Postal(), "", Whose.PROJECT, "postal_address",
        _WRITTEN, "Stands at the foot of each message, as mail laws ask.",
    ),
    Setting(
        "brand.sender", "Sender", Email(), "", Whose.PROJECT, "sender_email",
        _WRITTEN, "Is the address that messages come from. Empty: the one of this installation.",
    ),
    Setting(
        "brand.return_address", "Return address", Website(), "", Whose.PROJECT, "return_url",
        "At once, on the pay page", "Is where the pay page leads back to once nothing is owed any more.",
    ),
    Setting(
        "recovery.enabled", "Recover failed payments", Switch(), True, Whose.PROJECT, "recovery_enabled",
        "At once, for every case; what came due while it was off is not made up for",
        "On: cases are charged and written about by the rules. Off: they are watched, and nothing is charged or sent.",
    ),
    Setting(
        "recovery.backup_methods", "Charge backup methods", Switch(), False, Whose.PROJECT, "backup_methods",
        _PLANNED,
        "Three days after a failure another saved method of the customer is charged, once, where they agreed to it on"
        " the pay page; at most two of them. They are told which one it was.",
    ),
    Setting(
        "recovery.backup_by_contract", "My contract covers it", Switch(), False, Whose.PROJECT, "backup_by_contract",
        _PLANNED,
        "You state that your contract with each customer lets you charge their other saved methods. On: nobody is asked"
        " on the pay page. It does nothing while backup methods are off.",
    ),
    Setting(
        "recovery.promise_days", "Days ahead", Count(1, 28, "days"), 14, Whose.PROJECT, "promise_days",
        _PROMISED,
        "How far ahead of the day on which they first chose one a customer may promise to pay, never after your rules"
        " end. You may note any day up to there.",
    ),
    Setting(
        "recovery.promise_times", "Promises in a case", Count(0, 5), 1, Whose.PROJECT, "promise_times",
        _PROMISED,
        "How often a customer may promise another day for one failed payment; a day that is moved counts once. 0: the"
        " pay page offers no other day, and only you note one.",
    ),
    Setting(
        "sms.enabled", "Text messages", Switch(), False, Whose.PROJECT, "sms_enabled",
        "At once. What came due while it was off is not made up for",
        "On: steps of your rules that go by SMS are sent by your own Twilio account. Off: they are left out, and mails"
        " go as ever.",
    ),
    Setting(
        "sms.one_a_day_each", "One of each a day", Switch(), False, Whose.PROJECT, "one_a_day_each",
        "With the next message",
        "On: a person may get one text message and one mail within a day. Off: one message in all, by whatever way.",
    ),
    Setting(
        "recovery.most_a_week", "Messages a week", Count(1, 7, "messages"), 5, Whose.PROJECT, "most_a_week",
        "With the next message",
        "Within seven days, for whatever they owe and by all channels; beside it, never more than one a day. What would"
        " be too much waits, and is left out where a newer one follows. A link they ask for always goes out.",
    ),
    Setting(
        "recovery.card_alerts", "Pre-dunning alerts", Switch(), False, Whose.PROJECT, "card_alerts",
        _ALERTED,
        "On: who pays by a card that ends before it is charged next, and that its network has not renewed, is told so"
        " once, with a link to update it. That opens Stripe's customer portal, whose settings you save at Stripe first."
        " Nobody is told in observe mode, nor where you keep no names and addresses.",
    ),
    Setting(
        "recovery.card_alert_days", "Days before the payment", Count(2, 28, "days"), 7, Whose.PROJECT,
        "card_alert_days", _ALERTED,
        "So long before the payment that the card does not live to see. Networks renew most cards by themselves as they"
        " end, so a later day writes to fewer people.",
    ),
    Setting(
        "renewals.enabled", "Renewal notices", Switch(), False, Whose.PROJECT, "renewal_notices",
        _NOTICED,
        "On: customers are told once before a subscription renews: when, for how much, by which card and how to cancel."
        " Who is being written to about a failed payment, has canceled or has opted out is not told.",
    ),
    Setting(
        "renewals.days", "Days before a renewal", Count(2, 90, "days"), 30, Whose.PROJECT, "renewal_days",
        _NOTICED,
        "So long before the renewal. The page Renewals and trials shows for whom that is too early or too late by law.",
    ),
    Setting(
        "renewals.by_law", "By law", Switch(), True, Whose.PROJECT, "renewals_by_law",
        _NOTICED,
        "On: where a law that Tideover knows names a window for such a notice, the days are moved into it, customer by"
        " customer. Off: they stay as you chose them.",
    ),
    Setting(
        "renewals.every_plan", "Every plan", Switch(), False, Whose.PROJECT, "renewals_of_every_plan",
        _NOTICED, "On: renewals of plans that are paid more often than once a year are told of, too. Off: yearly ones.",
    ),
    Setting(
        "renewals.trials", "Trial notices", Switch(), False, Whose.PROJECT, "trial_notices",
        _NOTICED,
        "On: customers are told once before a trial ends and the first payment comes: when, for how much, by which card"
        " and how to cancel.",
    ),
    Setting(
        "renewals.trial_days", "Days before a trial ends", Count(2, 28, "days"), 7, Whose.PROJECT, "trial_days",
        _NOTICED, "So long before the end of the trial. Of a trial that is shorter they are told as it begins.",
    ),
    Setting(
        "renewals.cancel_address", "Where customers cancel", Website(), "", Whose.PROJECT, "cancel_url",
        _NOTICED,
        "Is where the page behind a notice leads to cancel. Empty: to Stripe's portal, where an account in act mode can"
        " open it. Without either no notice is sent.",
    ),
    Setting(
        "winback.enabled", "Win-back", Switch(), False, Whose.PROJECT, "winback",
        _NOTICED,
        "On: who canceled is asked back 1, 7, 14 and 30 days after the subscription has ended, until they subscribe"
        " again. One click stops these letters alone. Nobody is asked in observe mode, nor where you keep no names and"
        " addresses.",
    ),
    Setting(
        "winback.unpaid", "Those who did not pay", Switch(), False, Whose.PROJECT, "winback_unpaid",
        _NOTICED,
        "On: who lost the subscription because no payment came is asked back, too. Off: those alone who canceled.",
    ),
    Setting(
        "winback.offers", "Offers", Offers(), "", Whose.PROJECT, "winback_offers",
        "With the next letter; what was offered holds",
        "A line each: the day of the letter, what is taken off and for how many months; then, where you like, how long"
        " it is valid and for whom it is. The first that fits is made at Stripe as a promotion code for that customer.",
    ),
    Setting(
        "pay_page.portal", "Stripe's customer portal", Switch(), False, Whose.PROJECT, "prefers_portal",
        _ON_THE_PAGE,
        "On: in the place of the form stands a button to Stripe's portal, where customers change their method, and from"
        " which they come back. Save the portal's settings at Stripe first; where Stripe does not open it, the form"
        " stands there. A bank's question is always answered on the page.",
    ),
    Setting(
        "pay_page.link", "Link", Switch(), True, Whose.PROJECT, "pay_by_link",
        _ON_THE_PAGE, "Stripe's own wallet, for an email address and a code.",
    ),
    Setting(
        "pay_page.us_bank_account", "US bank account (ACH)", Switch(), True, Whose.PROJECT, "pay_by_us_bank_account",
        _ON_THE_PAGE, "For invoices in USD. The bank answers after about four business days.",
    ),
    Setting(
        "pay_page.sepa_debit", "SEPA Direct Debit", Switch(), True, Whose.PROJECT, "pay_by_sepa_debit",
        _ON_THE_PAGE, "For invoices in EUR. The bank answers after about five business days.",
    ),
    Setting(
        "pay_page.bacs_debit", "Bacs Direct Debit", Switch(), True, Whose.PROJECT, "pay_by_bacs_debit",
        _ON_THE_PAGE, "For invoices in GBP. The bank answers after about three business days.",
    ),
    Setting(
        "pay_page.paypal", "PayPal", Switch(), True, Whose.PROJECT, "pay_by_paypal",
        _ON_THE_PAGE, "The customer agrees on PayPal's page and comes back.",
    ),
    Setting(
        "plans.enabled", "Payment plans", Switch(), False, Whose.PROJECT, "plans_enabled",
        _OFFERED, "Customers may pay a failed invoice in monthly parts. Plans need an account in act mode.",
    ),
    Setting(
        "plans.from_day", "From day", Count(0, 60, "days"), 14, Whose.PROJECT, "plans_from_day",
        _OFFERED, "Days after the failure. From then on the pay page has a plan, and one message offers it.",
    ),
    Setting(
        "plans.most_parts", "Most parts", Count(FEWEST, MOST, "parts"), 4, Whose.PROJECT, "plans_most_parts",
        _OFFERED, "A month apart; the first is charged as the customer agrees.",
    ),
    Setting(
        "plans.least", "Only above", Amounts(), "", Whose.PROJECT, "plans_least",
        _OFFERED, "What a debt must exceed, by currency. Where you name none: 50 US dollars, or about as much.",
    ),
    Setting(
        "retention.events", "Stripe's events", Span(), "90 days", Whose.PROJECT, "keep_events",
        _AT_NIGHT, "Then the content of each goes; that it came, when and about what stays, so that none counts twice.",
    ),
    Setting(
        "retention.messages", "Words of messages", Span(), "2 years", Whose.PROJECT, "keep_messages",
        _AT_NIGHT, "Then the text of each message goes; its subject, to whom, when and what came of it stay.",
    ),
    Setting(
        "retention.opens", "Opens and clicks", Span(), "2 years", Whose.PROJECT, "keep_opens",
        _AT_NIGHT, "Then it is forgotten who opened a message or followed its link, and those figures end there.",
    ),
    Setting(
        "retention.minimal", "Keep no names and addresses", Switch(), False, Whose.PROJECT, "minimal",
        _EMPTIED,
        "Ids, amounts, times and outcomes are kept. Names and addresses are read from Stripe as a message leaves, and"
        " not kept; nor are its words, nor what Stripe's events say. Nobody is found by name any more, lists show ids,"
        " and what was written cannot be read again.",
    ),
)  # fmt: skip

SETTINGS: Final[Mapping[str, Setting]] = {each.key: each for each in _ALL}


def setting(key: str) -> Setting:
    """The setting of this key. Raises UnknownSetting."""
    if key not in SETTINGS:
        raise UnknownSetting(key)
    return SETTINGS[key]


def in_words(value: Value) -> str:
    """A value as people read it, in a sentence or a line of a terminal."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return str(value)
    if value.startswith("data:"):
        return f"a picture of {len(value) * 3 // 4000} kB"
    return value or "nothing"


def listed(keys: Iterable[str]) -> str:
    """The labels of some settings: "time zone, currency"."""
    labels = [SETTINGS[key].label for key in keys]
    # PayPal and SEPA stay as they are written.
    return ", ".join(label.lower() if label == label.capitalize() else label for label in labels)
