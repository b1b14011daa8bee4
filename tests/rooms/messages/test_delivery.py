"""At most one copy of a message, whatever breaks, and none that may not be sent (I18, I19, I20)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.rooms.messages.post import NOW, claimed
from tideover.core.catalogue import Channel
from tideover.gateways.answers import Unknown
from tideover.gateways.email import on_the_wire
from tideover.gateways.transport import Accepted, Refused
from tideover.ids import new_id
from tideover.messages.channels import compose
from tideover.messages.channels.email.envelope import mail_of
from tideover.messages.delivery import Letter, claim, deliver, fate_of, skip
from tideover.messages.examples import EXAMPLE
from tideover.messages.keyed import links_of, normalized
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import refusal, suppress

pytestmark = pytest.mark.django_db
State = Message.State
LATER = NOW + timedelta(hours=1)
KNOWN_HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "Feedback-ID",
    "MIME-Version",
    "Content-Type",
}


class Scripted:
    """A transport that answers as told, and keeps what it was given."""

    def __init__(self, *answers: object, while_sending: Callable[[], object] = lambda: None) -> None:
        self.answers, self.while_sending = list(answers), while_sending
        self.sent: list[tuple[str, str, EmailMessage]] = []

    def send(self, sender, recipient, mail, leaving):
        leaving()
        self.sent.append((sender, recipient, mail.letter))
        self.while_sending()
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class AtTheDoor(Scripted):
    """A server that refuses the recipient, so that nothing is about to leave."""

    def send(self, sender, recipient, mail, leaving):
        return super().send(sender, recipient, mail, lambda: None)


def at(moment=NOW):
    return lambda: moment


def test_a_claimed_message_is_sent_once_and_then_never_again(alice, house, catcher):
    message = claimed(alice)
    assert deliver(message, house, at()).state == State.SENT
    assert deliver(message, house, at(NOW + timedelta(days=3))).state == State.SENT
    assert len(catcher.mails) == 1


def test_the_mark_is_in_the_database_before_the_mail_server_hears_of_it(alice):
    message, seen = claimed(alice), []
    transport = Scripted(Accepted("x"), while_sending=lambda: seen.append(fresh(message).state))
    deliver(message, transport, at())
    assert seen == [State.DATA_STARTED]
    assert fresh(message).state == State.SENT
    assert fresh(message).provider_id == "x"


def test_a_message_marked_by_a_worker_that_died_is_not_sent_again(alice):
    message = claimed(alice)
    with pytest.raises(KeyboardInterrupt):
        deliver(message, Scripted(KeyboardInterrupt()), at())
    second = Scripted(Accepted())
    assert deliver(message, second, at()).state == State.DATA_STARTED
    assert second.sent == []


def test_a_worker_that_died_before_the_mark_leaves_a_message_that_is_sent(alice):
    message = claimed(alice)
    assert fate_of(message.action_id) == "claimed"
    assert deliver(fresh(message), Scripted(Accepted()), at()).state == State.SENT


def test_a_lost_verdict_is_unknown_and_never_sent_again(alice, house, catcher):
    catcher.cut_after_data = True
    message = claimed(alice)
    assert deliver(message, house, at()).state == State.UNKNOWN
    catcher.cut_after_data = False
    assert deliver(message, house, at(NOW + timedelta(days=2))).state == State.UNKNOWN
    assert len(catcher.mails) == 1


def test_a_connection_cut_before_the_content_is_tried_again(alice, house, catcher):
    catcher.cut_at_recipient = True
    message = claimed(alice)
    first = deliver(message, house, at())
    assert (first.state, first.may_retry) == (State.FAILED, True)
    assert fate_of(message.action_id) == "claimed"
    catcher.cut_at_recipient = False
    assert deliver(message, house, at(NOW + timedelta(seconds=10))).state == State.SENT
    assert len(catcher.mails) == 1


def test_what_was_written_long_ago_is_not_sent_but_left_to_be_written_anew(alice):
    message, transport = claimed(alice), Scripted(Accepted())
    slept = deliver(message, transport, at(NOW + timedelta(minutes=1)))
    assert (slept.state, slept.reason) == (State.CLAIMED, "too much time passed before it could be sent")
    assert (transport.sent, fate_of(message.action_id)) == ([], "claimed")


def test_a_permanent_refusal_ends_the_message(alice):
    message = claimed(alice)
    deliver(message, Scripted(Refused(permanent=True, reason="554 spam")), at())
    again = Scripted(Accepted())
    assert deliver(message, again, at()).reason == "554 spam"
    assert (again.sent, fate_of(message.action_id)) == ([], "failed")


def test_a_late_answer_to_another_try_does_not_take_back_a_permanent_refusal(alice):
    message = claimed(alice)
    faster = AtTheDoor(Refused(permanent=True, reason="554 not from you"))
    slower = AtTheDoor(
        Refused(permanent=False, reason="451 try later"), while_sending=lambda: deliver(fresh(message), faster, at())
    )
    late = deliver(message, slower, at())
    assert (late.state, late.reason, late.may_retry) == (State.FAILED, "554 not from you", False)
    assert skip(message, "paid").reason == "554 not from you"
    assert fate_of(message.action_id) == "failed"


def test_an_address_that_does_not_exist_is_not_written_to_again(alice):
    deliver(claimed(alice), Scripted(Refused(permanent=True, reason="550 5.1.1", mailbox=True)), at())
    later = deliver(claimed(alice, now=LATER), Scripted(), at(LATER))
    assert (later.state, later.reason) == (State.SKIPPED, "suppressed:bounced")


def test_an_opt_out_that_came_after_the_message_was_written_still_stops_it(alice):
    message, transport = claimed(alice), Scripted(Accepted())
    suppress(alice.organization, Channel.EMAIL, " Jane@Customer.EXAMPLE", Suppression.Reason.UNSUBSCRIBED, NOW)
    delivery = deliver(message, transport, at())
    assert (delivery.state, delivery.reason) == (State.SKIPPED, "suppressed:unsubscribed")
    assert transport.sent == []


def test_two_cases_of_one_person_on_one_day_make_one_mail(alice):
    tomorrow = NOW + timedelta(hours=24)
    late = tomorrow - timedelta(minutes=1)
    first, second = claimed(alice), claimed(alice, now=late)
    assert deliver(first, Scripted(Accepted()), at()).state == State.SENT
    assert deliver(second, Scripted(Accepted()), at(late)).reason == "recipient-cap"
    assert deliver(claimed(alice, now=tomorrow), Scripted(Accepted()), at(tomorrow)).state == State.SENT


def test_two_workers_with_the_same_message_send_it_once(alice):
    message, second = claimed(alice), Scripted(Accepted())
    first = Scripted(Accepted(), while_sending=lambda: deliver(fresh(message), second, at()))
    assert deliver(message, first, at()).state == State.SENT
    assert (len(first.sent), len(second.sent)) == (1, 0)


def test_two_workers_with_two_messages_for_one_person_send_one(alice):
    other, second = claimed(alice), Scripted(Accepted())
    first = Scripted(Accepted(), while_sending=lambda: deliver(other, second, at()))
    deliver(claimed(alice), first, at())
    assert (fresh(other).state, fresh(other).reason, second.sent) == (State.CLAIMED, "", [])  # tomorrow is its day


def test_a_mail_that_may_have_arrived_counts_as_the_days_mail(alice):
    deliver(claimed(alice), Scripted(Unknown("cut")), at())
    assert deliver(claimed(alice, now=LATER), Scripted(Accepted()), at(LATER)).reason == "recipient-cap"


def test_a_refused_mail_does_not_use_up_the_day(alice):
    deliver(claimed(alice), Scripted(Refused(permanent=True, reason="554")), at())
    assert deliver(claimed(alice, now=LATER), Scripted(Accepted()), at(LATER)).state == State.SENT


def test_a_late_answer_corrects_a_doubt(alice):
    message = claimed(alice)
    transport = Scripted(Accepted("late"), while_sending=lambda: fate_of(message.action_id))
    assert deliver(message, transport, at()).state == State.SENT
    assert fate_of(message.action_id) == "sent"


def test_a_message_under_way_when_asked_about_becomes_unknown(alice):
    message = claimed(alice)
    with pytest.raises(KeyboardInterrupt):
        deliver(message, Scripted(KeyboardInterrupt()), at())
    assert fate_of(message.action_id) == "unknown"


def test_an_action_without_a_message_has_no_fate(alice):
    assert fate_of(alice.project.pk) == "none"


def test_one_action_makes_one_row_and_a_later_try_words_it_anew(alice):
    message = claimed(alice)
    letter = Letter(message.action_id, message.about, alice.project, "jane@new.example")
    again = claim(letter, compose(replace(EXAMPLE, template="reminder")), NOW + timedelta(hours=5))
    assert (again.pk, again.template, again.to_address) == (message.pk, "reminder", "jane@new.example")
    assert Message.objects.count() == 1


def test_a_message_that_has_left_keeps_its_words(alice):
    message = claimed(alice)
    deliver(message, Scripted(Accepted()), at())
    letter = Letter(message.action_id, message.about, alice.project, "jane@new.example")
    again = claim(letter, compose(replace(EXAMPLE, template="reminder")), NOW)
    assert (again.template, again.to_address) == ("failed", "jane@customer.example")


def test_the_database_refuses_a_second_message_of_an_action(alice):
    message = claimed(alice)
    twin = fresh(message)
    twin.pk, twin._state.adding = alice.user.pk, True
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_the_database_refuses_a_sent_message_without_its_mark(alice):
    message = claimed(alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=NOW)


def test_a_claimed_message_can_be_left_unsent_with_a_reason_but_a_sent_one_stays_sent(alice):
    message = claimed(alice)
    assert skip(message, "paid").reason == "paid"
    other = claimed(alice, "joe@customer.example")
    deliver(other, Scripted(Accepted()), at())
    assert skip(other, "paid").state == State.SENT


def test_our_copy_of_a_sent_message_opens_nothing(alice, house, catcher):
    message = claimed(alice, update_url="https://pay.harbor.example/c/key?a=1&b=2")
    deliver(message, house, at())
    kept = fresh(message)
    for key in ("pay.harbor.example/c/", "/u/", "/o/"):
        assert key not in kept.html + kept.text
    assert kept.keys == []
    body = catcher.last().get_body(("plain",)).get_content()
    assert "https://pay.harbor.example/c/key?a=1&b=2" in body


def test_a_message_to_be_tried_again_keeps_its_links(alice):
    message = claimed(alice)
    deliver(message, Scripted(Refused(permanent=False, reason="452")), at())
    transport = Scripted(Accepted())
    deliver(fresh(message), transport, at())
    assert EXAMPLE.update_url in transport.sent[0][2].get_body(("plain",)).get_content()


def test_the_headers_say_who_writes_and_how_to_stop_it(alice, house, catcher):
    alice.project.sender_email, alice.project.support_email = "billing@alpine.example", "help@alpine.example"
    alice.project.save()
    message = claimed(alice)
    deliver(message, house, at())
    mail = catcher.last()
    assert str(mail["From"]) == "Alpine Analytics <billing@alpine.example>"
    assert str(mail["To"]) == "Jane Doe <jane@customer.example>"
    assert str(mail["Reply-To"]) == "help@alpine.example"
    assert mail["Message-ID"] == f"<{message.action_id}@alpine.example>"
    assert mail["List-Unsubscribe"] == f"<{links_of(message.action_id).unsubscribe_url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "hostile", ["Acme\r\nBcc: all@x.example", "Acme\nSubject: hi", "Acme\u2028X: y", 'A" <x@y.example>, "B']
)
def test_a_name_cannot_become_a_header(alice, hostile):
    alice.project.brand_name = hostile
    alice.project.save()
    transport = Scripted(Accepted())
    deliver(claimed(alice), transport, at())
    mail = transport.sent[0][2]
    assert {"Bcc", "X"}.isdisjoint(mail.keys())
    assert len(mail.get_all("Subject")) == 1
    assert len(getaddresses([str(mail["From"])])) == 1


@given(name=st.text(max_size=120), brand=st.text(max_size=120), address=st.emails())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_and_address_makes_one_mail_to_one_person(alice, name, brand, address):
    assume(refusal(alice.project, Channel.EMAIL, address, NOW) is None)
    alice.project.brand_name = brand
    message = Message(project=alice.project, organization=alice.organization, action_id=new_id(), template="failed")
    message.to_address, message.to_name, message.subject = address, name, name
    mail = message_from_bytes(on_the_wire(mail_of(message, NOW)), policy=policy.default)
    assert [len(mail[header].addresses) for header in ("From", "To")] == [1, 1]
    assert mail["To"].addresses[0].addr_spec.lower() == normalized(address)
    assert sorted(set(mail.keys()) - KNOWN_HEADERS) == []


def test_a_domain_in_another_script_is_written_as_dns_writes_it(alice):
    transport = Scripted(Accepted())
    deliver(claimed(alice, "jana@bücher.example"), transport, at())
    assert transport.sent[0][1] == "jana@xn--bcher-kva.example"


def fresh(message):
    return Message.objects.select_related("project__organization").get(pk=message.pk)
