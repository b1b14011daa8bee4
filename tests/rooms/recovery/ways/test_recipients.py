"""Others who read for a customer, told by the day: who gets what, whose opt-out it is, and a bounce that goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import make_case, make_connection
from tests.fakes import NOW, FakeMail
from tideover.core.rules import PRESETS
from tideover.core.ways.reader_file import Wish, read_file
from tideover.core.ways.readers import Role, Source
from tideover.gateways.transport import Refused, at_will
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.recovery.commands import Refusal, send_link
from tideover.recovery.models import Action
from tideover.recovery.rulesets import adopt
from tideover.recovery.ways import recipients
from tideover.recovery.ways.rows import Recipient
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.settings import change
from tideover.upkeep import aging
from tideover.upkeep.privacy.erase import erase

OFFICE, OWNER = "office@acme.example", "owner@acme.example"


class _Bouncing(FakeMail):
    """A mail server that knows nobody of this address."""

    def __init__(self, nobody) -> None:
        super().__init__()
        self.nobody = nobody

    def send(self, sender, recipient, mail, leaving=at_will):
        self.refuse = Refused(True, "550 no such user", mailbox=True) if recipient == self.nobody else None
        return super().send(sender, recipient, mail, leaving)


def named(world, address=OFFICE, **wish):
    case = world.case
    wanted = Wish(case.customer_id, address, **wish)
    return recipients.add(case.project, wanted, by="alice@alpine.example", source=Source.PAGE, now=world.now)


def sent(address):
    return list(Message.objects.filter(to_address=address, state="sent").order_by("sent_at").values_list("template"))


def test_who_is_named_gets_each_message_too_and_the_customer_gets_no_less(world):
    world.payment_fails()
    mine = world.case.customer_email
    named(world, name="Olga Office")
    world.day(30)
    assert sent(OFFICE) == sent(mine) != []
    message = Message.objects.filter(to_address=OFFICE).first()
    assert message.to_name == "Olga Office"
    assert "Olga Office" in message.text
    assert world.case.customer_name not in message.text.split("\n")[0]


def test_the_owner_hears_from_their_day_on(world):
    world.payment_fails()
    named(world, OWNER, role=Role.OWNER, from_day=5)
    world.day(30)
    first = Message.objects.filter(to_address=OWNER).order_by("sent_at").first()
    assert first.sent_at >= NOW + timedelta(days=5)
    assert 0 < len(sent(OWNER)) < len(sent(world.case.customer_email))


def test_each_has_a_way_out_of_their_own(world):
    world.payment_fails()
    case = world.case
    named(world)
    suppress(case.organization, "email", OFFICE, Suppression.Reason.UNSUBSCRIBED, NOW)
    world.day(30)
    assert sent(OFFICE) == []
    assert sent(case.customer_email) != []
    assert world.case.attention == ""  # nothing of the customer's waits for a person


def test_where_mail_to_the_customer_comes_back_the_next_gets_it_with_the_reason(world):
    world.payment_fails()
    case = world.case
    named(world, OWNER, role=Role.OWNER, from_day=20)
    suppress(case.organization, "email", case.customer_email, Suppression.Reason.BOUNCED, NOW)
    world.day(4)
    assert sent(case.customer_email) == []
    assert sent(OWNER) != []
    told = Action.objects.filter(step__contains="-to-").order_by("due_at").first()
    assert "as nobody before them is reached" in told.why


def test_a_mail_that_the_server_refuses_goes_on_to_the_next_at_once(world):
    world.payment_fails()
    named(world, OWNER, role=Role.OWNER, from_day=20)
    mine = world.case.customer_email
    world.mail = _Bouncing(mine)
    world.day(0.5)
    assert (sent(mine), len(sent(OWNER))) == ([], 1)


def test_a_bounce_goes_past_who_is_not_reached_either(world):
    world.payment_fails()
    case = world.case
    named(world, OFFICE, from_day=10)
    named(world, OWNER, from_day=20)
    for address in (case.customer_email, OFFICE):
        suppress(case.organization, "email", address, Suppression.Reason.BOUNCED, NOW)
    world.day(4)
    assert (sent(OFFICE), bool(sent(OWNER))) == ([], True)


def test_the_customers_own_address_is_written_to_once_whoever_names_it(world):
    world.payment_fails()
    address = world.case.customer_email
    named(world, f" {address.upper()} ".strip())
    world.day(30)
    assert not Action.objects.filter(step__contains="-to-").exists()


def test_who_is_taken_away_gets_no_more_and_it_is_told_in_the_log(world):
    world.payment_fails()
    row = named(world)
    world.day(2)
    before = sent(OFFICE)
    recipients.remove(row, by="bob@alpine.example", now=world.now)
    assert not Action.objects.filter(step__contains="-to-", state="planned").exists()
    world.day(30)
    assert sent(OFFICE) == before
    deeds = AuditEntry.objects.filter(what__startswith="recipient").values_list("what", "who")
    assert list(deeds.order_by("number")) == [
        ("recipient added", "alice@alpine.example"),
        ("recipient removed", "bob@alpine.example"),
    ]


def test_nobody_is_written_to_once_it_is_paid(world):
    world.payment_fails()
    named(world)
    world.change(status="paid")
    world.day(30)
    assert sent(OFFICE) == []


def test_to_ask_for_the_next_message_means_the_customers_own(world):
    world.payment_fails()
    named(world)
    assert send_link(world.case, by="alice", now=world.now) is None
    assert "-to-" not in Action.objects.get(asked_by="alice").step


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"address": "office@"}, "no address that mail can be sent to"),
        ({"customer": "cus_Strange00000001"}, "not known in which account"),
    ],
)
def test_who_cannot_be_written_to_is_refused_with_the_reason(world, wish, why):
    case = world.payment_fails()
    make_connection(case.project)  # a second account, so that a stranger could be in either
    asked = Wish(wish.get("customer", case.customer_id), wish.get("address", OFFICE))
    answer = recipients.add(case.project, asked, by="alice", source=Source.PAGE, now=NOW)
    assert isinstance(answer, Refusal)
    assert why in answer.why
    assert not Recipient.objects.exists()


def test_where_no_names_are_kept_nobody_is(world):
    case = world.payment_fails()
    Project.objects.update(minimal=True)
    case.project.refresh_from_db()
    answer = recipients.add(case.project, Wish(case.customer_id, OFFICE), by="a", source=Source.PAGE, now=NOW)
    assert answer == Refusal(recipients.NO_NAMES)


def test_another_merchants_customer_of_the_same_id_has_nobody(world):
    case = world.payment_fails()
    named(world)
    theirs = make_case(make_connection(), customer_id=case.customer_id)
    assert not recipients.recipients_of(theirs.project).exists()
    assert recipients.recipients_of(case.project).count() == 1


def test_a_file_is_followed_line_by_line_or_told_what_is_wrong_with_each():
    text = (
        "customer,address,name,role,language,from_day\n"
        "cus_1,office@acme.example,Olga,billing,de,0\n"
        "\n"
        ",nobody@acme.example,,,,\n"
        "cus_1,nowhere,,,,\n"
        "cus_2,x@acme.example,,boss,,\n"
        "cus_2,y@acme.example,,,tlh,\n"
        "cus_2,z@acme.example,,,,-1\n"
        "cus_1,OFFICE@acme.example,,,,\n"
        "cus_3,last@acme.example\n"
    )
    read = read_file(text)
    assert [(number, wish.address, wish.role, wish.from_day) for number, wish in read.wishes] == [
        (2, OFFICE, Role.BILLING, 0),
        (10, "last@acme.example", Role.OTHER, 0),
    ]
    assert [wrong.number for wrong in read.problems] == [4, 5, 6, 7, 8, 9]
    assert "line 9: It names the same customer and address as line 2." in map(str, read.problems)


@pytest.mark.parametrize("text", ["", "who,what\n", "customer\ncus_1\n", 'customer,address\n"cus_1\0",x\n'])
def test_what_is_no_such_file_is_told(text):
    read = read_file(text)
    assert read.problems
    assert not read.wishes


def test_who_is_erased_is_written_to_no_more_and_nobody_knows_their_address(world):
    world.payment_fails()
    named(world, name="Olga Office")
    erase(world.case.organization, OFFICE, "ada", world.now)
    world.day(30)
    assert sent(OFFICE) == []
    assert not recipients.recipients_of(world.case.project).exists()
    row = Recipient.objects.get()
    assert (row.address, row.name) == ("", "")
    assert world.case.customer_name  # nothing of the customer's went
    answer = named(world)
    assert isinstance(answer, Refusal)
    assert "was erased" in answer.why


def test_what_was_kept_goes_where_no_names_are_to_be_kept(world):
    world.payment_fails()
    named(world)
    change(world.case.project, {"retention.minimal": True}, "ada", world.now)
    aging.clear(world.now + timedelta(minutes=1))
    assert not Recipient.objects.exists()


def for_the_owner(world):
    """Rules of whose three messages the second goes to the owner in the customer's place."""
    rules = PRESETS["revguard"]
    first, second, last = rules.messages
    messages = (first, replace(second, reader=Role.OWNER), last)
    adopt(world.connection.project, "mine", replace(rules, name="mine", messages=messages), NOW)


def test_a_message_for_the_owner_goes_to_them_alone_and_the_others_to_the_customer(world):
    for_the_owner(world)
    world.payment_fails()
    named(world, OWNER, role=Role.OWNER, from_day=30)
    named(world, OFFICE)
    world.day(13)
    assert [template for (template,) in sent(OWNER)] == ["reminder"]
    assert [template for (template,) in sent(world.case.customer_email)] == ["failed", "final"]
    assert [template for (template,) in sent(OFFICE)] == ["failed", "final"]


def test_a_message_for_an_owner_nobody_knows_goes_to_the_customer_and_says_so(world):
    for_the_owner(world)
    world.payment_fails()
    world.day(13)
    assert [template for (template,) in sent(world.case.customer_email)] == ["failed", "reminder", "final"]
    assert "no owner of theirs is reached" in Action.objects.get(template="reminder").why
