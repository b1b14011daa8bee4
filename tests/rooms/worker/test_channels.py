"""A channel is a row in each table, and what is done by one says so all the way."""

from __future__ import annotations

import pytest

from tests.factories import NOW, make_action, make_case
from tests.rooms.messages.mailers import sends_by
from tideover.core.catalogue import Channel, Template, Tone
from tideover.flow.circuit_breaker import record_failure, record_failure_of, record_success
from tideover.gateways.mailers.account import Provider
from tideover.messages.accounts import MailAccount
from tideover.messages.channels import WAYS
from tideover.messages.lint import FORMS
from tideover.messages.models import Message, Suppression
from tideover.recovery import claims
from tideover.recovery.models import Action, Case
from tideover.recovery.writing import ADDRESSES
from tideover.worker.effects import TRANSPORTS


@pytest.mark.parametrize("table", [WAYS, FORMS, ADDRESSES, TRANSPORTS], ids=["way", "form", "address", "transport"])
def test_every_channel_has_its_row(table):
    assert set(table) == set(Channel)


def test_every_channel_leads_to_an_address_of_the_customer():
    case = Case(customer_email="jane@customer.example", customer_phone="+447911123456")
    assert {channel: address(case) for channel, address in ADDRESSES.items()} == {
        Channel.EMAIL: "jane@customer.example",
        Channel.SMS: "+447911123456",
    }


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (Action._meta.get_field("template"), Template),
        (Message._meta.get_field("template"), Template),
        (Action._meta.get_field("tone"), Tone),
        (Message._meta.get_field("tone"), Tone),
        (Action._meta.get_field("channel"), Channel),
        (Message._meta.get_field("channel"), Channel),
        (Suppression._meta.get_field("channel"), Channel),
    ],
    ids=str,
)
def test_every_name_of_the_catalogue_fits_into_its_column(column, words):
    assert max(map(len, words)) <= column.max_length


def due_now():
    return claims.due_now(NOW, claims.conditions(NOW))


@pytest.mark.django_db
def test_while_a_provider_rests_nothing_is_sent_by_its_channels_and_all_else_goes_on():
    case = make_case()
    mail = make_action(case, do="message", step="message-1", due_at=NOW)
    charge = make_action(case, due_at=NOW)
    other = make_action(case, do="message", step="message-2", due_at=NOW, channel="pigeon")
    assert set(due_now()) == {mail, charge, other}
    for _ in range(20):
        record_failure("mail", NOW)
    assert set(due_now()) == {charge, other}


@pytest.mark.django_db
def test_an_account_that_rests_rests_the_mails_of_its_own_project_and_of_no_other():
    ours, theirs = make_case(), make_case()
    action = make_action(ours, do="message", step="message-1", due_at=NOW)
    other = make_action(theirs, do="message", step="message-1", due_at=NOW)
    account = sends_by(ours.project, Provider.RESEND)
    for _ in range(20):
        record_failure("mail", NOW)
    assert set(due_now()) == {action}, "the server of the house is silent, and our account is not"
    for _ in range(5):
        record_failure_of(MailAccount.objects.filter(pk=account.pk), NOW)
    charge = make_action(ours, due_at=NOW)
    assert set(due_now()) == {charge}
    record_success("mail")
    assert set(due_now()) == {charge, other}
