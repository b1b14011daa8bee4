"""Every cause that one of the four complaints may have is made, and Doctor finds it among the checks that answer it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.rooms.messages.mailers import sends_by
from tideover.gateways.answers import LockedOut
from tideover.gateways.mailers.account import Provider
from tideover.gateways.permissions import asked_of
from tideover.gateways.probe import Finding, Proof
from tideover.messages.accounts import MailAccount
from tideover.messages.keyed import address_hash
from tideover.messages.models import Suppression
from tideover.recovery.models import Case
from tideover.upkeep.doctor.findings import Level
from tideover.upkeep.doctor.table import CAUSES, CHECKS, WORDS, Symptom, checks_for

pytestmark = pytest.mark.django_db


def no_endpoint(world):
    world.stripe.endpoints = []


def nothing_failed(world):
    Case.objects.all().delete()


def disconnected(world):
    world.connection.state = "disconnected"
    world.connection.save()


def nobody_works(world):
    world.connection.events_seen_to = NOW - timedelta(hours=3)
    world.connection.save()


def another_tool(world):
    world.stripe.endpoints.append(replace(world.stripe.endpoints[0], url="https://hooks.churnkey.co/stripe"))


def paypal_pending(world):
    Case.objects.update(card_brand="paypal")
    world.stripe.read = replace(world.stripe.read, paypal="pending")


def dead_key(world):
    world.stripe.read = LockedOut("Expired API Key")


def no_permission(world):
    lacking = asked_of(act=True)[1]
    proofs = [Finding(each, Proof.MISSING if each == lacking else Proof.PROVED) for each in asked_of(act=True)]
    world.say(probe=lambda _: proofs)


def account_restricted(world):
    world.stripe.read = replace(world.stripe.read, restricted="requirements.past_due")


def crossed_keys(world):
    world.connection.publishable_key = "pk_test_x"
    world.connection.save()


def no_messages(world):
    from tideover.core.rules import PRESETS, to_json  # noqa: PLC0415

    silent = replace(PRESETS["tuned"], messages=())
    make.make_ruleset(world.project, rules=to_json(silent))


def unsubscribed(world):
    address = address_hash(Case.objects.get().customer_email)
    Suppression.objects.create(
        organization=world.organization, address_hash=address, reason="unsubscribed", at=NOW, channel="email"
    )


def no_address(world):
    Case.objects.update(customer_email="")


def no_spf(world):
    world.outside.names.published.pop("merchant.example")


def no_mail_server(world):
    world.say(mail_server=lambda: "the mail server refuses connections")


def own_account_rests(world):
    sends_by(world.project, Provider.SENDGRID)
    MailAccount.objects.update(failures=5)


def too_many_came_back(world):
    make.make_pause(world.organization)


def danish(world):
    Case.objects.update(locale="da")


def sms_without_an_account(world):
    world.connection.project.sms_enabled = True
    world.connection.project.save()


def long_ago(world):
    Case.objects.update(opened_at=NOW - timedelta(days=90))


def unread(world):
    make.make_stripe_event(world.connection, state="stored", received_at=NOW - timedelta(hours=1))


def standing_still(world):
    Case.objects.update(opened_at=NOW - timedelta(days=15))


MADE = {
    Symptom.NO_RECOVERIES: {
        "the webhook is not set up": no_endpoint,
        "nothing has failed yet": nothing_failed,
        "the connection is not active": disconnected,
        "the work is not done": nobody_works,
        "somebody else is at it": another_tool,
        "cases stand still": standing_still,
        "PayPal has not consented": paypal_pending,
    },
    Symptom.CONNECTION: {
        "it must be connected again": dead_key,
        "a permission is missing": no_permission,
        "the account is restricted": account_restricted,
        "test and live are mixed": crossed_keys,
    },
    Symptom.NO_MAIL: {
        "messages are off": no_messages,
        "the customer has unsubscribed": unsubscribed,
        "Stripe has no address": no_address,
        "they are taken for spam": no_spf,
        "the mail server takes none": no_mail_server,
        "your own account takes none": own_account_rests,
        "too many came back": too_many_came_back,
        "they read another language": danish,
        "text messages do not go": sms_without_an_account,
    },
    Symptom.EMPTY: {
        "nothing has failed yet": nothing_failed,
        "the days that are shown": long_ago,
        "what came is not read yet": unread,
        "the connection is not active": disconnected,
    },
}
PAIRS = [(symptom, cause) for symptom, causes in CAUSES.items() for cause in causes]


def test_each_complaint_has_words_and_causes_and_each_check_answers_one():
    assert set(CAUSES) == set(WORDS) == set(Symptom)
    assert {name for causes in CAUSES.values() for names in causes.values() for name in names} == set(CHECKS)
    assert {symptom: set(causes) for symptom, causes in MADE.items()} == {s: set(c) for s, c in CAUSES.items()}


@pytest.mark.parametrize(("symptom", "cause"), PAIRS)
def test_each_cause_is_found_by_the_checks_that_answer_it(world, symptom, cause):
    MADE[symptom][cause](world)
    hit = [each for each in world.found() if each.check in CAUSES[symptom][cause]]
    assert any(each.level in {Level.BAD, Level.WARN, Level.NOTE} for each in hit)
    assert all(each.check in checks_for(symptom) for each in hit)


def test_where_nothing_is_wrong_nothing_is_found(world):
    assert world.found() == []


def test_everything_is_looked_at_where_nothing_is_asked():
    assert checks_for(None) == list(CHECKS)
