"""What each check says: evidence, the money that waits, and the step that mends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from typer.main import get_command

from tests import factories as make
from tests.factories import NOW
from tests.rooms.messages.texting import MOBILE, with_sms
from tests.rooms.tenants.lost_keys import damage
from tests.rooms.upkeep.doctor.world import raising
from tideover.cli.main import app
from tideover.config import config
from tideover.core.editing.by_sms import Place, by_sms
from tideover.core.rules import PRESETS, to_json
from tideover.flow.models import Provider
from tideover.gateways.answers import EndpointRead, LockedOut, NotNow
from tideover.gateways.permissions import PERMISSIONS, asked_of
from tideover.gateways.probe import Finding, Proof
from tideover.inbox.registration import hook_of
from tideover.recovery.models import Action, Case
from tideover.upkeep.doctor.findings import Finding as Found
from tideover.upkeep.doctor.findings import Level, finding, worst

pytestmark = pytest.mark.django_db


def of(world, check) -> list[Found]:
    found = [each for each in world.found() if each.check == check]
    for each in found:
        assert finding(each.to_json()) == each
        if each.mend and each.mend.page:
            assert reverse(each.mend.page)
        if each.mend and each.mend.command.startswith("tideover "):
            assert each.mend.command.split()[1] in get_command(app).commands
    return found


def test_a_dead_key_says_since_when_and_what_money_waits_for_a_better_one(world):
    from tideover.flow import refusals  # noqa: PLC0415

    make.make_case(world.connection, amount_due=5000, amount_open=4000, currency="eur")
    refusals.record(world.connection, "Expired API Key", NOW, all_calls=True)
    world.stripe.read = LockedOut("Expired API Key")
    [found] = of(world, "key")
    assert found.level == Level.BAD
    assert found.waits == {"usd": 9900, "eur": 4000}
    assert found.spoken_waits == ["€40.00", "$99.00"]
    assert "Expired API Key" in found.evidence
    assert f"Since {NOW:%Y-%m-%d}" in found.evidence


def test_a_key_of_another_account_and_one_that_cannot_be_read_are_told_apart(world):
    world.stripe.read = replace(world.stripe.read, id="acct_other")
    assert "acct_other" in of(world, "key")[0].evidence
    damage(world.connection)
    assert "TIDEOVER_DATA_KEYS" in of(world, "key")[0].evidence


def test_a_missing_permission_is_as_bad_as_what_does_not_work_without_it(world):
    vital = next(each for each in PERMISSIONS if each.vital)
    other = next(each for each in PERMISSIONS if not each.vital)
    world.say(probe=lambda _: [Finding(vital, Proof.MISSING, "no"), Finding(other, Proof.MISSING, "no")])
    levels = {each.says.rpartition("(")[2].rstrip(")"): each.level for each in of(world, "permissions")}
    assert levels == {vital.name: Level.BAD, other.name: Level.WARN}


def test_what_cannot_be_proved_is_told_once(world):
    world.say(probe=lambda _: [Finding(each, Proof.NOT_PROVABLE) for each in asked_of(act=True)])
    [found] = of(world, "permissions")
    assert found.level == Level.NOTE


def endpoint(world, **values):
    world.stripe.endpoints = [replace(world.stripe.endpoints[0], **values)]
    return of(world, "webhook")


def test_an_endpoint_that_is_disabled_or_asks_for_too_little_is_found(world):
    assert endpoint(world, enabled=False)[0].level == Level.BAD
    assert "invoice.paid" in endpoint(world, enabled=True, events=frozenset({"invoice.payment_failed"}))[0].evidence
    assert endpoint(world, events=frozenset({"*"})) == []


def test_without_a_secret_there_is_no_webhook(world):
    world.connection.webhook_secret = ""
    world.connection.save()
    assert hook_of(world.connection) in of(world, "webhook")[0].mend.words


def test_a_key_that_only_observes_need_not_see_the_endpoints_and_one_that_acts_must(world):
    world.stripe.endpoints = LockedOut("rak_webhook_read is missing")
    assert of(world, "webhook")[0].level == Level.UNKNOWN
    world.connection.mode = "observe"
    world.connection.save()
    assert of(world, "webhook")[0].level == Level.NOTE
    assert of(world, "endpoints") == of(world, "others") == []


@pytest.mark.parametrize(("count", "level"), [(13, None), (14, Level.WARN), (16, Level.BAD)])
def test_near_stripes_limit_of_endpoints_our_old_ones_are_named(world, count, level):
    mine = world.stripe.endpoints[0]
    old = EndpointRead("we_old", "https://before.example/hooks/stripe/abc", mine.events, enabled=True)
    rest = [EndpointRead(f"we_{n}", f"https://x{n}.example/", mine.events, enabled=True) for n in range(count - 2)]
    world.stripe.endpoints = [mine, old, *rest]
    found = of(world, "endpoints")
    assert [each.level for each in found] == ([level] if level else [])
    assert all("we_old" in each.evidence for each in found)


def test_an_event_that_stripe_has_and_we_have_not_is_a_gap_unless_it_is_on_its_way(world):
    made = int((NOW - timedelta(hours=2)).timestamp())
    on_its_way = {"id": "evt_new", "created": int(NOW.timestamp()) - 60}
    world.stripe.events += [{"id": "evt_missing", "created": made}, on_its_way, {"created": made}]
    [found] = of(world, "events")
    assert found.says.startswith("1 event of the last day")


def test_what_came_by_no_webhook_is_told(world):
    late = make.make_stripe_event(world.connection, happened_at=NOW - timedelta(hours=5), received_at=NOW)
    world.stripe.events.append({"id": late.event_id, "created": int(late.happened_at.timestamp())})
    [found] = of(world, "events")
    assert (found.level, found.says[:6]) == (Level.WARN, "1 of 2")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://localhost", "https://10.1.2.3", "http://box.local"]
)
def test_an_address_inside_of_the_network_is_of_no_use_to_stripe(world, monkeypatch, address):
    monkeypatch.setattr(config(), "base_url", address)
    assert of(world, "reachable")[0].level == Level.BAD


def test_what_answers_at_our_address_must_be_us(world):
    world.say(status_of=lambda _: 404)
    assert "404" in of(world, "reachable")[0].evidence
    world.say(status_of=raising(NotNow("its certificate could not be verified")))
    [found] = of(world, "reachable")
    assert (found.level, found.evidence) == (Level.UNKNOWN, "its certificate could not be verified")


def test_live_and_test_in_one_project_and_events_of_the_other_mode_are_mixed(world):
    make.make_connection(world.project, livemode=False, account_id=world.connection.account_id)
    make.make_stripe_event(world.connection, state="refused")
    assert len(of(world, "modes")) == 2


def test_a_domain_is_asked_for_three_records_and_each_that_is_missing_is_named(world):
    world.outside.names.published.clear()
    assert sorted(each.says[:4].strip() for each in of(world, "domain")) == ["DKIM", "DMAR", "SPF"]


def test_a_selector_that_nobody_told_is_no_fault_of_the_domain(world, monkeypatch):
    monkeypatch.setattr(config(), "dkim_selector", "")
    assert [each.level for each in of(world, "domain")] == [Level.UNKNOWN]


def test_a_sender_without_a_domain_cannot_be_asked_about(world):
    world.project.sender_email = "billing@localhost"
    world.project.save()
    assert of(world, "domain")[0].level == Level.BAD


def test_a_customer_without_an_address_costs_what_they_owe(world):
    make.make_case(world.connection, customer_email="", amount_due=2500)
    [found] = of(world, "addresses")
    assert found.waits == {"usd": 2500}


def test_a_wrong_clock_a_full_disk_and_what_was_given_up_on_are_found(world):
    Provider.objects.create(name="stripe", clock_ahead_seconds=40, clock_compared_at=NOW)
    world.say(disk=lambda: "the disk takes no writes: No space left on device")
    make.make_action(Case.objects.get(), state=Action.State.DEAD)
    assert "40 s ahead" in of(world, "clock")[0].evidence
    assert of(world, "disk")[0].says.startswith("The disk takes no writes")
    assert of(world, "given-up")[0].level == Level.WARN


def test_a_stop_a_quarantine_recovery_that_is_off_and_observing_are_each_told(world):
    world.connection.stopped_at = world.connection.quarantined_at = NOW
    world.connection.mode = "observe"
    world.connection.save()
    world.organization.stopped_at = NOW
    world.organization.save()
    world.project.recovery_enabled = False
    world.project.save()
    assert len(of(world, "stopped")) == 5


def test_stripes_own_tries_are_counted(world):
    case = Case.objects.get()
    make.make_attempt(case, at=NOW - timedelta(days=1))
    make.make_attempt(case, at=NOW - timedelta(days=40))
    assert of(world, "others")[0].evidence.startswith("1 tries in 1 cases")


def test_paypal_that_is_granted_is_asked_to_be_looked_at_and_none_is_said_where_nobody_pays_by_it(world):
    assert of(world, "paypal") == []
    Case.objects.update(card_brand="paypal")
    assert of(world, "paypal")[0].level == Level.NOTE


def test_a_test_account_writes_to_nobody_unless_that_is_on(world):
    make.make_connection(world.project, test_mail=False)
    assert of(world, "test-mail")[0].level == Level.NOTE


def test_who_likes_to_read_what_there_are_no_texts_in_is_counted_once_a_language(world):
    assert of(world, "languages") == []
    for number, locale in enumerate(("da", "da-DK, de", "da-DK", "zh-TW", "de-CH")):
        make.make_case(world.connection, customer_id=f"cus_{number}", locale=locale)
    make.make_case(world.connection, customer_id="cus_0", locale="da")
    make.make_case(world.connection, customer_id="cus_gone", locale="da", state="recovered")
    found = of(world, "languages")
    assert {each.level for each in found} == {Level.NOTE}
    assert [each.says for each in found] == [
        "2 customers want Danish, and get English",
        "1 customer wants Danish, and gets German",
        "1 customer wants Chinese (Traditional), and gets English",
    ]
    assert of(world, "languages")[0].mend.page == "dashboard:settings-general"


def test_the_worst_comes_first(world):
    world.stripe.read = LockedOut("Expired API Key")
    make.make_case(world.connection, customer_email="")
    ranks = [each.level.rank for each in world.found()]
    assert ranks == sorted(ranks, reverse=True)
    assert worst(world.found()) == Level.BAD
    assert worst([]) == Level.FINE


# ── cases that stand still ──

LONG_AGO = NOW - timedelta(days=15)


def test_a_case_for_which_nothing_is_planned_and_nothing_was_learnt_stands_still_with_its_money(world):
    Case.objects.update(opened_at=LONG_AGO)
    [found] = of(world, "stale")
    assert (found.level, found.waits) == (Level.WARN, {"usd": 9900})
    assert "1 case is open, and nothing is planned for it" in found.says
    assert Case.objects.get().public_id in found.evidence


def plan(case):
    make.make_action(case, state="planned", due_at=NOW + timedelta(days=9))


def under_way(case):
    make.make_action(case, state="claimed", due_at=NOW)


def learnt(case):
    make.make_fact(case, "processing", key="processing:pi_1", learnt_at=NOW - timedelta(days=13))


def young(case):
    Case.objects.update(opened_at=NOW - timedelta(days=13))


def over(case):
    Case.objects.update(state="recovered", ended_at=NOW)


@pytest.mark.parametrize("moves", [plan, under_way, learnt, young, over])
def test_a_case_with_something_ahead_or_lately_learnt_does_not(world, moves):
    Case.objects.update(opened_at=LONG_AGO)
    moves(Case.objects.get())
    assert of(world, "stale") == []


def test_a_case_that_was_not_read_at_stripe_for_days_is_told_and_one_of_a_disconnected_account_is_not(world):
    Case.objects.update(read_at=NOW - timedelta(days=4))
    [found] = of(world, "stale")
    assert "Stripe was not read for 3 days" in found.says
    world.connection.state = "disconnected"
    world.connection.save()
    assert of(world, "stale") == []


def test_of_many_a_few_are_named(world):
    for _ in range(7):
        make.make_case(world.connection)
    Case.objects.update(opened_at=LONG_AGO)
    [found] = of(world, "stale")
    assert found.says.startswith("8 cases are open")
    assert found.waits == {"usd": 8 * 9900}
    assert "and 3 more" in found.evidence


def _by_sms(project, place=Place.INSTEAD):
    make.make_ruleset(project, "recover", version=9, rules=to_json(by_sms(PRESETS["recover"], place)))


def test_text_messages_that_cannot_go_are_told_and_what_twilio_keeps_silent_about(world):
    project = world.connection.project
    assert of(world, "sms") == []
    _by_sms(project)
    assert [each.says for each in of(world, "sms")] == ["The rules write by SMS, which is off"]
    account = with_sms(project)
    [found] = of(world, "sms")
    assert (found.level, found.says.endswith("no phone number")) == (Level.NOTE, True)
    Case.objects.update(customer_phone=MOBILE)
    assert of(world, "sms") == []
    make.make_message(Case.objects.first(), at=NOW - timedelta(minutes=59), channel="sms", state="sent")
    assert of(world, "sms") == []  # Twilio may tell of it yet
    sent = make.make_message(Case.objects.first(), at=NOW - timedelta(hours=2), channel="sms", state="sent")
    assert [each.says for each in of(world, "sms")] == ["Twilio tells us nothing of what was sent"]
    type(account).objects.update(heard_at=sent.sent_at)
    assert of(world, "sms") == []
    account.delete()
    assert [each.says for each in of(world, "sms")] == ["SMS is on without a Twilio account"]
