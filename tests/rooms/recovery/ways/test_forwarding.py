"""A payer forwards the link: what arrives where, what holds it back, and what is kept of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.factories import DAY, make_case
from tests.fakes import NOW, effects
from tideover import clock
from tideover.core.facts import Learnt
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.recovery import commands, links
from tideover.recovery.models import Action, Case, Link
from tideover.recovery.paying.new_link import ask
from tideover.recovery.ways import recipients
from tideover.recovery.ways.forwarding import forward
from tideover.recovery.ways.rows import Forward, Recipient
from tideover.tenants.settings import change
from tideover.upkeep import aging
from tideover.upkeep.privacy.erase import erase
from tideover.worker.loop import run_until_quiet

pytestmark = pytest.mark.django_db
PIA, OFFICE, OWNER = "pia@payer.example", "office@acme.example", "owner@acme.example"


def link_of(world) -> Link:
    if not Link.objects.exists():
        links.make_link(world.case, message_id=None, now=world.now)
    return Link.objects.earliest("created_at")


def forwarded(world, *addresses, **how):
    """The payer forwards to these, one after the other; returns to whom something went then."""
    before = len(world.mail.accepted)
    for address in addresses:
        forward(link_of(world), address, world.now, **how)
        run_until_quiet(effects(world.stripe, world.mail), world.now)
    return [to for to, _ in world.mail.accepted[before:]]


def failing(world, day=3.5):
    """A case whose customer has had their first messages."""
    world.payment_fails()
    world.day(day)
    return world.case


def test_one_mail_goes_there_with_a_link_that_opens_the_page_and_says_who_asked(world):
    failing(world)
    assert forwarded(world, OFFICE) == [OFFICE]
    message = Message.objects.get(template="forwarded")
    assert (message.to_address, message.to_name, message.state, message.about) == (OFFICE, "", "sent", world.case.pk)
    _, mail = world.mail.accepted[-1]
    text = mail.get_body(("plain",)).get_content()
    assert f"{world.case.customer_name} asked on our payment page" in text
    token = re.search(r"/c/([\w-]+)", text)
    assert links.find(token[1], world.now).case == world.case


def test_it_tells_nothing_of_the_card_and_of_why_it_failed(world):
    failing(world)
    forwarded(world, OFFICE)
    mine, theirs = (
        Message.objects.filter(to_address=address).order_by("created_at").last() for address in (PIA, OFFICE)
    )
    assert world.case.card_last4 in mine.text
    assert "Reason" in mine.text
    assert world.case.card_last4 not in theirs.text
    assert "Reason" not in theirs.text


def test_it_stands_in_the_story_of_the_case_and_names_no_address_there(world):
    failing(world)
    forwarded(world, OFFICE)
    told = world.case.facts.get(kind=Learnt.FORWARDED)
    assert told.detail == {"link": str(link_of(world).pk)}
    assert Action.objects.get(template="forwarded").step == "message-forward-1"


def test_it_leaves_in_the_night_too_and_moves_none_of_the_customers_messages(world):
    failing(world)
    later = [(each.step, each.due_at) for each in Action.objects.filter(state="planned").order_by("due_at")]
    assert forwarded(world, OFFICE) == [OFFICE]
    assert later == [(each.step, each.due_at) for each in Action.objects.filter(state="planned").order_by("due_at")]


def test_three_of_a_case_in_all_and_to_nobody_twice_however_it_is_written(world):
    failing(world)
    assert forwarded(world, OFFICE, " OFFICE@acme.example ", OFFICE) == [OFFICE]
    assert forwarded(world, OWNER, "third@acme.example", "fourth@acme.example") == [OWNER, "third@acme.example"]
    world.day(20)
    assert forwarded(world, "fifth@acme.example") == []
    assert Forward.objects.count() == 3


def test_the_customer_reads_it_anyway(world):
    failing(world)
    assert forwarded(world, PIA.upper()) == []


@pytest.mark.parametrize("reason", sorted(Suppression.Reason))
def test_who_wants_or_takes_no_mail_gets_none_and_nothing_waits_for_a_person(world, reason):
    failing(world)
    suppress(world.case.organization, "email", OFFICE, reason, world.now)
    assert forwarded(world, OFFICE) == []
    assert Action.objects.get(template="forwarded").reason == f"suppressed:{reason}"
    assert world.case.attention == ""


def test_who_had_a_message_today_gets_it_a_day_later(world):
    failing(world)
    other = make_case(world.connection, customer_email="somebody@payer.example", customer_id="cus_Other000000001")
    Message.objects.filter(pk=Message.objects.first().pk).update(
        to_hash=recipients.address_hash(OFFICE), about=other.pk, data_started_at=world.now - timedelta(hours=1)
    )
    assert forwarded(world, OFFICE) == []
    world.day((world.now - NOW) / DAY + 1)
    assert Message.objects.get(template="forwarded").state == "sent"


@pytest.mark.parametrize("status", ["paid", "void", "uncollectible"])
def test_of_what_is_paid_or_closed_at_stripe_by_then_nothing_is_sent(world, status):
    failing(world)
    world.change(status=status, amount_remaining=0, status_at=world.now)
    assert forwarded(world, OFFICE) == []


def test_of_a_case_that_was_stopped_nothing_is_asked(world):
    failing(world)
    commands.stop(world.case, by="alice", now=world.now)
    assert forwarded(world, OFFICE) == []
    assert not Forward.objects.exists()


def test_where_no_names_are_kept_nobody_is_forwarded_to_and_who_was_is_forgotten(world):
    failing(world)
    forwarded(world, OFFICE)
    change(world.case.project, {"retention.minimal": True}, "ada", world.now)
    assert forwarded(world, OWNER) == []
    aging.clear(world.now + timedelta(minutes=1))
    assert not Forward.objects.exists()


def test_a_new_link_goes_to_the_customer_though_the_last_message_went_elsewhere(world):
    failing(world)
    forwarded(world, OFFICE)
    ask(link_of(world), world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert world.mail.accepted[-1][0] == PIA


def test_who_is_to_hear_of_what_follows_is_written_to_from_then_on(world):
    failing(world)
    forwarded(world, OFFICE, from_now_on=True)
    row = Recipient.objects.get()
    assert (row.address, row.source, row.customer_id) == (OFFICE, "payer", world.case.customer_id)
    world.day(30)
    assert Action.objects.filter(step__contains="-to-", outcome="sent").exists()


def test_who_was_named_before_stays_as_a_person_chose(world):
    failing(world)
    wish = recipients.Wish(world.case.customer_id, OFFICE, name="Olga Office", from_day=9)
    recipients.add(world.case.project, wish, by="alice", source=recipients.Source.PAGE, now=world.now)
    forwarded(world, OFFICE, from_now_on=True)
    row = Recipient.objects.get()
    assert (row.name, row.from_day, row.source) == ("Olga Office", 9, "page")


def test_who_asked_for_one_mail_alone_gets_no_more(world):
    failing(world)
    forwarded(world, OFFICE)
    world.day(30)
    assert Message.objects.filter(to_address=OFFICE).count() == 1
    assert not Recipient.objects.exists()


def test_who_is_erased_is_forwarded_to_no_more_and_the_customer_stays(world):
    failing(world)
    forwarded(world, OFFICE)
    erase(world.case.organization, OFFICE, "ada", world.now)
    assert Forward.objects.get().address == ""
    assert world.case.customer_email == PIA
    assert forwarded(world, OFFICE.upper()) == []


def test_with_the_customer_goes_whom_they_named_and_nobody_who_pays_by_that_address(world):
    """Whoever forwards a link to another customer does not have them erased with themselves."""
    mine = failing(world)
    named = recipients.Wish(mine.customer_id, OWNER)
    recipients.add(mine.project, named, by="alice", source=recipients.Source.PAGE, now=world.now)
    forwarded(world, OFFICE)
    world.day(20)
    assert Message.objects.filter(to_address=OWNER, state="sent").exists()
    others = [
        make_case(world.connection, customer_email=address, customer_id=f"cus_Other00000000{at}", customer_name="Olga")
        for at, address in enumerate((OFFICE, OWNER))
    ]
    erase(mine.organization, PIA, "ada", world.now)
    assert Forward.objects.get().address == ""
    assert not Message.objects.filter(to_address__in=[OFFICE, OWNER]).exists()
    assert {Case.objects.get(pk=other.pk).customer_name for other in others} == {"Olga"}
    hashes = [recipients.address_hash(address) for address in (OFFICE, OWNER)]
    assert not Suppression.objects.filter(address_hash__in=hashes).exists()


def test_another_merchants_case_knows_nothing_of_it(world):
    failing(world)
    forwarded(world, OFFICE)
    assert {row.organization_id for row in Forward.objects.all()} == {world.case.organization_id}
    clock.travel_to(None)
