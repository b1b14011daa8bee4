"""What becomes of each column once a customer is erased, of each table once an organization is, and what an export
leaves out: one table, total by test.

Only columns that can hold words are told of: a number, a time or a reference between rows of ours names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db import models

from tideover.tenants.secrets import SealedField

ERASED_NAME: Final = "Erased customer"
WORDS: Final = (models.CharField, models.TextField, models.JSONField, models.BinaryField, SealedField)


class Does(StrEnum):
    """What erasure does to a column of a customer's row."""

    CLEARED = "cleared"
    HASHED = "hashed"  # a pseudonym: the same id is the same one, so that books add up
    RENAMED = "renamed"  # reads as ERASED_NAME: pages, lists and files say what became of whom they tell of
    REWORDED = "reworded"  # ids within a text or JSON become pseudonyms


class Goes(StrEnum):
    """With whom the rows of a table go."""

    ORGANIZATION = "organization"  # whose they are
    PERSON = "person"  # who signs in, once they belong to no organization
    NOBODY = "nobody"  # all share them


@dataclass(frozen=True, slots=True)
class Table:
    """What erasure does to a customer's rows of it. kept: the other columns, under the reason why they stay.

    nothing: why no row of it is a customer's; then no column is told of. hidden: columns that no export shows, as
    they open something. not_exported: why none shows the table at all. goes: with whom its rows go.
    """

    does: Mapping[str, Does] | None = None
    kept: Mapping[str, str] | None = None
    nothing: str = ""
    hidden: str = ""
    not_exported: str = ""
    goes: Goes = Goes.ORGANIZATION

    def columns(self) -> Sequence[str]:
        """Every column that is told of."""
        return [*(self.does or {}), *(column for columns in (self.kept or {}).values() for column in columns.split())]


CLEARED, HASHED, REWORDED = Does.CLEARED, Does.HASHED, Does.REWORDED
CODES: Final = "a code of Stripe's or of ours"
OURS: Final = "words of ours, or of the merchant's people"
TOKENS: Final = "a hash that opens nothing any more"
KEYED: Final = "the keyed hash by which an opt-out outlives the person"


def _all(does: Does, columns: str) -> dict[str, Does]:
    return dict.fromkeys(columns.split(), does)


MERCHANTS: Final = "it is the merchant's own"
PERSONAL: Final = "it is of a person who signs in"
SHARED: Final = "it counts and times what all share"
_OF_A_PERSON: Final = Table(nothing=PERSONAL, not_exported=PERSONAL, goes=Goes.PERSON)
_OF_ALL: Final = Table(nothing=SHARED, not_exported=SHARED, goes=Goes.NOBODY)

TABLES: Final[Mapping[str, Table]] = {
    "recovery.Case": Table(
        {
            "customer_name": Does.RENAMED,
            **_all(
                CLEARED,
                "customer_email customer_phone invoice_number description locale time_zone hosted_url card_last4",
            ),
            **_all(CLEARED, "card_expires segment"),
            **_all(HASHED, "invoice_id customer_id subscription_id payment_method_id card_fingerprint new_method"),
        },
        {
            CODES: "billing_reason currency state via attention family first_family decline_code payment_method_from "
            "card_brand access_then rest test_clock counted prices",
            OURS: "paused_by plan_offered_by",
        },
    ),
    "recovery.LearntFact": Table(_all(REWORDED, "key detail"), {CODES: "kind"}),
    "recovery.Action": Table(
        _all(REWORDED, "step request why instead outcome reason"),
        {CODES: "do state template tone channel rule", OURS: "asked_by"},
        hidden="lease_token",
    ),
    "recovery.Attempt": Table(
        {**_all(CLEARED, "card_last4"), **_all(HASHED, "charge_id payment_intent_id card_fingerprint")},
        {CODES: "by currency outcome code advice_code network_decline_code network_advice_code card_brand"},
    ),
    "recovery.Clock": Table(nothing="a test clock and its time are no person's"),
    "recovery.Plan": Table({}, {CODES: "state currency via", OURS: "agreed_by why_ended"}),
    "recovery.Instalment": Table(nothing="an amount, a day and a charge of ours"),
    "recovery.Collection": Table(_all(HASHED, "intent_id"), {CODES: "currency"}),
    "recovery.Tally": Table({}, {CODES: "currency what state via family sort"}),
    "recovery.Recipient": Table(
        {**_all(CLEARED, "address name language"), **_all(HASHED, "customer_id")},
        {KEYED: "address_hash", CODES: "role source", OURS: "made_by"},
    ),
    "recovery.Forward": Table(_all(CLEARED, "address"), {KEYED: "address_hash"}),
    "recovery.Link": Table({}, {TOKENS: "token_hash"}, hidden="token_hash"),
    "messages.Message": Table(
        _all(CLEARED, "to_address to_name subject html text keys reason provider_id"),
        {
            CODES: "also_about channel locale template tone half state opened_by clicked_by",
            KEYED: "to_hash",
            TOKENS: "unsubscribe_hash open_token",
        },
        hidden="keys unsubscribe_hash open_token",
    ),
    "messages.MessageEvent": Table(_all(CLEARED, "detail heard"), {CODES: "kind by"}),
    "messages.Suppression": Table({}, {KEYED: "address_hash", CODES: "channel reason"}),
    "messages.LetBackIn": Table(
        _all(CLEARED, "why"), {KEYED: "address_hash", CODES: "channel consent was", OURS: "by"}
    ),
    "inbox.StripeEvent": Table(
        {**_all(CLEARED, "body reason"), **_all(HASHED, "object_id")},
        {CODES: "type state", "an event's own id tells whose it was to nobody but Stripe": "event_id"},
    ),
    "mirror.Mirror": Table(nothing=MERCHANTS),
    "mirror.Customer": Table(
        {
            "name": Does.RENAMED,
            **_all(CLEARED, "email locale country region readers readers_followed segment"),
            **_all(HASHED, "stripe_id method_id"),
        },
        {CODES: "test_clock"},
    ),
    "mirror.Subscription": Table(
        _all(HASHED, "stripe_id customer_id method_id"),
        {CODES: "status currency left_for led_by", OURS: "plan prices"},
    ),
    "mirror.MirrorInvoice": Table(
        {**_all(CLEARED, "number description"), **_all(HASHED, "stripe_id customer_id subscription_id")},
        {CODES: "status reason currency"},
    ),
    "mirror.Payment": Table(
        {
            **_all(CLEARED, "last4"),
            **_all(HASHED, "stripe_id customer_id intent_id invoice_id method_id fingerprint"),
        },
        {CODES: "currency outcome code advice_code network_decline_code network_advice_code brand"},
    ),
    "mirror.Method": Table(
        {**_all(CLEARED, "last4"), **_all(HASHED, "stripe_id customer_id fingerprint")}, {CODES: "brand"}
    ),
    "predunning.Alert": Table(
        {**_all(REWORDED, "reason"), **_all(HASHED, "customer_id card method_id subscription_id default_then")},
        {CODES: "kind state", TOKENS: "token_hash"},
        hidden="token_hash",
    ),
    "predunning.Offer": Table(_all(HASHED, "code_id"), {CODES: "currency"}),
    "tenants.Erased": Table({}, {KEYED: "hash"}),
    "tenants.Erasure": Table(_all(CLEARED, "words"), {OURS: "by"}, hidden="words"),
    "tenants.AuditEntry": Table(
        {},
        {
            "sealed: it names cases, people of the merchant and keyed hashes, and no customer": "subject who what "
            "about before after request_id previous_hash hash"
        },
    ),
    "tenants.Organization": Table(nothing=MERCHANTS),
    "tenants.Project": Table(nothing=MERCHANTS),
    "tenants.Logo": Table(nothing=MERCHANTS),
    "tenants.Member": Table(nothing=MERCHANTS),
    "tenants.Invitation": Table(nothing=MERCHANTS, hidden="token_hash"),
    "tenants.Connection": Table(
        nothing=MERCHANTS, hidden="api_key refresh_token webhook_secret webhook_secret_previous hook_token webhook_url"
    ),
    "tenants.Backlog": Table(nothing=MERCHANTS),
    "messages.MailAccount": Table(nothing=MERCHANTS, hidden="secret"),
    "messages.DraftAccount": Table(nothing=MERCHANTS, hidden="secret"),
    "messages.Draft": Table(nothing=MERCHANTS),
    "messages.MailHook": Table(nothing=MERCHANTS, hidden="key token"),
    "messages.StreamPause": Table(nothing=MERCHANTS),
    "notices.NoticeChoice": Table(nothing=MERCHANTS),
    "notices.Notice": Table(nothing="it says to which member what kind of mail went, and holds no words of it"),
    "tenants.SmsAccount": Table(nothing=MERCHANTS, hidden="auth_token hook_token"),
    "recovery.Ruleset": Table(nothing=MERCHANTS),
    "messages.TextVersion": Table(nothing=MERCHANTS),
    "messages.TextTrial": Table(nothing=MERCHANTS),
    "tenants.User": Table(nothing=PERSONAL, hidden="password last_login is_active", goes=Goes.PERSON),
    "tenants.SignInLink": _OF_A_PERSON,
    "tenants.SecondFactor": _OF_A_PERSON,
    "tenants.RecoveryCode": _OF_A_PERSON,
    "tenants.Passkey": _OF_A_PERSON,
    "tenants.SignedIn": _OF_A_PERSON,
    "flow.Lane": Table(nothing=SHARED, not_exported=SHARED),
    "tenants.OrganizationErasure": Table(
        nothing="it names nobody", not_exported="it is the operator's, and outlives the organization", goes=Goes.NOBODY
    ),
    "flow.Provider": _OF_ALL,
    "flow.Allowance": _OF_ALL,
    "worker.PeriodicJob": _OF_ALL,
    "tenants.OlderSeals": _OF_ALL,
    "upkeep.Walk": _OF_ALL,
    "upkeep.Milestone": Table(nothing=MERCHANTS),
    "upkeep.Watched": Table(nothing="it names rows by their ids", not_exported="it is looked anew every minute"),
    "upkeep.Examination": Table(nothing="it names accounts and domains", not_exported="it is looked anew at any time"),
}


def table_of(model: type[models.Model]) -> Table:
    """What becomes of this table's rows."""
    return TABLES[model._meta.label]  # noqa: SLF001 - documented


def words_in(model: type[models.Model]) -> Sequence[models.Field[Any, Any]]:
    """The columns that can hold words."""
    return [column for column in model._meta.concrete_fields if isinstance(column, WORDS)]  # noqa: SLF001 - documented
