"""A circuit breaker opens after silence in a row, lets one try through, and is nobody else's."""

from email.message import EmailMessage

import pytest

from tests.factories import make_connection
from tests.fakes import NOW, FakeMail
from tests.rooms.flow.work import SECOND, due, of
from tideover.core.catalogue import Channel
from tideover.flow import circuit_breaker
from tideover.flow.blocked import what_is_blocked
from tideover.flow.models import Lane, Provider
from tideover.flow.stripe import stripe_for_workers
from tideover.gateways.answers import Unknown, Unreachable
from tideover.gateways.mailers.account import Mail
from tideover.gateways.transport import Refused
from tideover.messages.channels import WAYS
from tideover.recovery import claims
from tideover.worker.effects import Watched

pytestmark = pytest.mark.django_db


def test_five_silences_open_an_accounts_breaker_then_one_worker_tries_it_once():
    silent, other = make_connection(), make_connection()
    due(silent, 5)
    due(other, 1)
    for _ in range(5):
        circuit_breaker.record_failure("stripe", NOW, silent)
    assert of(silent, claims.claim_due(NOW + SECOND)) == []
    over = NOW + circuit_breaker.OPEN_AT_FIRST
    assert len(of(silent, claims.claim_due(over))) == 1
    assert of(silent, claims.claim_due(over)) == [], "one try, and no second by another worker"
    circuit_breaker.record_failure("stripe", over, silent)
    assert Lane.objects.get().open_until == over + 2 * circuit_breaker.OPEN_AT_FIRST
    circuit_breaker.record_success("stripe", silent)
    assert len(of(silent, claims.claim_due(over))) == 4


def test_a_provider_that_is_silent_for_everybody_is_asked_by_nobody():
    connections = [make_connection() for _ in range(20)]
    due(connections[0])
    for connection in connections[:-1]:
        circuit_breaker.record_failure("stripe", NOW, connection)
    assert what_is_blocked(NOW).providers == frozenset()
    circuit_breaker.record_failure("stripe", NOW, connections[-1])
    assert claims.claim_due(NOW) == []
    assert len(claims.claim_due(NOW + circuit_breaker.OPEN_AT_FIRST)) == 1


def test_while_the_mail_servers_breaker_is_open_charges_go_on():
    connection = make_connection()
    due(connection, do="message", step="message-1")
    due(connection)
    for _ in range(20):
        circuit_breaker.record_failure("mail", NOW)
    assert [action.do for action in claims.claim_due(NOW)] == ["charge"]
    assert not Lane.objects.exists()


def test_a_mail_server_that_says_nothing_or_later_opens_its_breaker_and_one_that_refuses_does_not():
    def lost():
        raise Unknown("no verdict")

    mail = FakeMail(refuse=Refused(permanent=True, reason="no such mailbox"))
    watched = Watched(mail, WAYS[Channel.EMAIL])
    for _ in range(30):
        watched.send("a@b.example", "c@d.example", Mail(EmailMessage()))
    assert not Provider.objects.filter(failures__gt=0).exists()
    mail.refuse = Refused(permanent=False, reason="come back later")
    for _ in range(10):
        watched.send("a@b.example", "c@d.example", Mail(EmailMessage()))
    mail.fail = lost
    for _ in range(10):
        with pytest.raises(Unknown):
            watched.send("a@b.example", "c@d.example", Mail(EmailMessage()))
    assert Provider.objects.get(name="mail").open_until is not None
    mail.refuse, mail.fail = None, lambda: None
    watched.send("a@b.example", "c@d.example", Mail(EmailMessage()))
    assert Provider.objects.get(name="mail").failures == 0


def test_silence_of_stripe_is_counted_by_the_gateway_itself():
    connection = make_connection(api_base="http://127.0.0.1:9")  # nobody listens there
    for _ in range(5):
        with pytest.raises(Unreachable):
            stripe_for_workers(connection).read_invoice("in_1")
    lane = Lane.objects.get()
    assert (lane.failures, lane.open_until is not None) == (5, True)
    with pytest.raises(Unknown):
        stripe_for_workers(connection).pay_invoice("in_1", key="k")
    assert Lane.objects.get().failures == 6


def test_silence_while_a_list_is_read_opens_the_breaker_too():
    connection = make_connection(api_base="http://127.0.0.1:9")
    for _ in range(5):
        with pytest.raises(Unreachable):
            list(stripe_for_workers(connection).list_open_invoices(NOW))
    assert Lane.objects.get().open_until is not None
