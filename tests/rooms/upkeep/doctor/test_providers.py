"""The records of a sender's domain, by what the merchant's own provider has published; what cannot be seen is said."""

from __future__ import annotations

import pytest

from tests.rooms.messages.mailers import sends_by
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.published import PUBLISHED, Place
from tideover.simulator.mailing.providers import DOMAIN
from tideover.upkeep.doctor.findings import Level

pytestmark = pytest.mark.django_db
POLICY = {"_dmarc.alpine.example": ["v=DMARC1; p=none"]}
KEY = ["v=DKIM1; k=rsa; p=MIGfMA0"]
# What stands in DNS where everything is as each provider wants it.
RIGHT = {
    Provider.RESEND: {
        "send.alpine.example": ["v=spf1 include:amazonses.com ~all"],
        "resend._domainkey.alpine.example": KEY,
    },
    Provider.POSTMARK: {"pm-bounces.alpine.example": ["v=spf1 ip4:192.0.2.0/24 -all"]},
    Provider.SENDGRID: {"s1._domainkey.alpine.example": KEY},
    Provider.MAILGUN: {DOMAIN: ["v=spf1 include:mailgun.org ~all"]},
    Provider.SES: {},
    Provider.BREVO: {"brevo1._domainkey.alpine.example": KEY},
    Provider.SMTP: {"alpine.example": ["v=spf1 mx -all"]},
}


def told(world, published):
    world.outside.names.published = published
    return {each.says.split(" of ")[0]: each for each in world.found() if each.check == "domain"}


@pytest.mark.parametrize("provider", sorted(Provider))
def test_where_everything_is_published_nothing_is_wrong_and_what_cannot_be_seen_is_said(world, provider):
    sends_by(world.project, provider)
    found = told(world, {**POLICY, **RIGHT[provider]})
    unseen = {kind for kind, needed in PUBLISHED[provider].records.items() if isinstance(needed, str) and needed}
    assert {kind: each.level for kind, each in found.items()} == dict.fromkeys(unseen, Level.UNKNOWN)
    for each in found.values():
        assert (each.about, bool(each.mend.words)) == ("alpine.example", True)


@pytest.mark.parametrize("provider", sorted(Provider))
def test_each_record_that_can_be_seen_and_is_missing_is_named_with_its_place(world, provider):
    sends_by(world.project, provider)
    wrong = {kind: each for kind, each in told(world, {}).items() if each.level == Level.WARN}
    assert set(wrong) == {kind for kind, each in PUBLISHED[provider].records.items() if isinstance(each, Place)}
    names = sorted(name for names in (POLICY, RIGHT[provider]) for name in names)
    assert sorted(each.mend.words.rpartition(" at ")[2] for each in wrong.values()) == names


def test_an_spf_that_does_not_name_who_sends_is_wrong(world):
    sends_by(world.project, Provider.MAILGUN)
    found = told(world, {**POLICY, DOMAIN: ["v=spf1 include:_spf.google.com ~all"]})
    assert found["SPF"].level == Level.WARN
    assert "does not name mailgun.org" in found["SPF"].says


def test_the_key_under_a_providers_other_name_will_do(world):
    sends_by(world.project, Provider.BREVO)
    assert told(world, {**POLICY, "mail._domainkey.alpine.example": KEY}) == {}


def test_every_provider_says_what_is_published_and_the_step_where_that_is_not_seen():
    assert sorted(PUBLISHED) == sorted(Provider)
    for published in PUBLISHED.values():
        unseen = [each for each in (published.spf, published.dkim) if isinstance(each, str) and each]
        assert bool(published.ask) is bool(unseen)
