"""A merchant's own account for mail: a key that is refused, a breaker that is open, and a webhook that is never heard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.rooms.messages.mailers import sends_by
from tests.rooms.upkeep.doctor.world import raising
from tideover.gateways.answers import LockedOut, Unreachable
from tideover.gateways.mailers.account import Provider
from tideover.messages.accounts import MailAccount, MailHook
from tideover.recovery.models import Case
from tideover.upkeep.doctor.findings import Level

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def account(world):
    return sends_by(world.project, Provider.SENDGRID, NOW - 24 * HOUR)


def of(world):
    return [each for each in world.found() if each.check == "mail-account"]


def test_an_account_that_takes_mails_is_fine_before_the_first_mail(world):
    assert of(world) == []


def test_without_an_account_of_ones_own_nobody_is_asked(world):
    MailAccount.objects.all().delete()
    world.say(mail_account=raising(AssertionError("asked")))
    assert of(world) == []


def test_a_key_that_is_refused_says_so_in_the_providers_words_with_what_waits_and_the_step(world):
    world.say(mail_account=raising(LockedOut("this key may not send.")))
    [found] = of(world)
    assert (found.level, found.says) == (Level.BAD, "SendGrid does not let us in")
    assert found.evidence == "It says: this key may not send. Mails wait."
    assert (found.waits, found.mend.command) == ({"usd": Case.objects.get().amount_due}, "tideover email set sendgrid")


def test_a_provider_that_does_not_answer_is_not_known_and_no_fault(world):
    world.say(mail_account=raising(Unreachable("there is no connection")))
    assert [(each.level, each.evidence) for each in of(world)] == [(Level.UNKNOWN, "there is no connection")]


@pytest.mark.parametrize(("failures", "broken"), [(4, False), (5, True)])
def test_a_breaker_that_opened_says_what_waits_and_why(world, failures, broken):
    MailAccount.objects.update(failures=failures)
    case = Case.objects.get()
    waits = {"sent_at": None, "data_started_at": None, "state": "failed", "may_retry": True}
    make.make_message(case, **waits, reason="401 authorization grant is invalid")
    make.make_message(make.make_case(), **waits, reason="of another merchant")
    found = of(world)
    assert [each.says for each in found] == (["SendGrid took nothing 5 times in a row"] if broken else [])
    assert not broken or found[0].evidence.startswith("1 mail waits for it: 401 authorization grant is invalid.")


@pytest.mark.parametrize("provider", sorted(Provider))
def test_a_webhook_that_was_never_heard_though_mails_left_is_told_where_a_provider_has_one(world, provider):
    sends_by(world.project, provider, NOW - 24 * HOUR)
    make.make_message(Case.objects.get(), at=NOW - 2 * HOUR)
    found = of(world)
    if provider == Provider.SMTP:
        assert found == []
        return
    assert [each.level for each in found] == [Level.WARN]
    assert found[0].says.endswith("tells us nothing of what becomes of mails")
    assert found[0].evidence.startswith("1 left since November")
    unsigned = provider in {Provider.POSTMARK, Provider.BREVO}
    assert ("until the key it signs with is typed in" in found[0].evidence) is not unsigned


@pytest.mark.parametrize(
    ("hours_ago", "heard", "of_another"), [(0.5, False, False), (2, True, False), (30, False, False), (2, False, True)]
)
def test_what_left_just_now_or_before_the_account_or_was_told_of_is_no_reason(world, hours_ago, heard, of_another):
    case = make.make_case() if of_another else Case.objects.get()
    make.make_message(case, at=NOW - hours_ago * HOUR)
    MailHook.objects.update(heard_at=NOW - HOUR if heard else None)
    assert of(world) == []
