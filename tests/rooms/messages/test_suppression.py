"""May it be sent: the reasons against, per merchant, and opt-outs nobody can take back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.messages.post import NOW, came_to_harm, sent
from tideover.core.catalogue import Channel
from tideover.messages.keyed import address_hash, normalized
from tideover.messages.models import AppendOnly, LetBackIn, Message, MessageEvent, Suppression
from tideover.messages.suppression import NotSuppressed, Request, free_at, let_back_in, refusal, suppress
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
JANE = "jane@customer.example"


def test_an_ordinary_address_may_be_written_to(alice):
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) is None


@pytest.mark.parametrize("address", ["", "  "])
def test_no_address_is_a_reason(alice, address):
    assert refusal(alice.project, Channel.EMAIL, address, NOW) == "no-address"


@pytest.mark.parametrize(
    "address",
    ["jane", "jane@", "@x.example", "a b@x.example", "a@b\r\nRCPT TO:<c@d.example>", "a@-x-.example", "a@x..example"],
)
def test_what_is_no_address_is_a_reason(alice, address):
    assert refusal(alice.project, Channel.EMAIL, address, NOW) == "invalid-address"


@pytest.mark.parametrize("reason", list(Suppression.Reason))
def test_a_suppressed_address_is_refused_however_it_is_written(alice, reason):
    suppress(alice.organization, Channel.EMAIL, JANE, reason, NOW)
    assert refusal(alice.project, Channel.EMAIL, " JANE@Customer.Example ", NOW) == f"suppressed:{reason}"


def test_an_opt_out_from_one_merchant_leaves_the_other_alone(alice, mallory):
    suppress(alice.organization, Channel.EMAIL, JANE, Suppression.Reason.UNSUBSCRIBED, NOW)
    assert refusal(mallory.project, Channel.EMAIL, JANE, NOW) is None


def test_an_opt_out_from_one_channel_leaves_the_others_alone(alice):
    suppress(alice.organization, "pigeon", JANE, Suppression.Reason.UNSUBSCRIBED, NOW)
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) is None


def test_a_merchant_who_has_stopped_sends_nothing(alice):
    alice.organization.stopped_at = NOW
    alice.organization.save()
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "organization-stopped"


def test_the_cap_says_when_the_next_mail_may_go(alice):
    sent(alice, 1, JANE)
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW + timedelta(hours=2)) == "recipient-cap"
    assert free_at(alice.project, [JANE], NOW + timedelta(hours=2)) == NOW + timedelta(hours=24)
    assert free_at(alice.project, [JANE], NOW + timedelta(hours=24)) is None


def test_the_cap_is_each_merchants_own(alice, mallory):
    sent(alice, 1, JANE)
    assert refusal(mallory.project, Channel.EMAIL, JANE, NOW) is None


def test_the_first_reason_stays_and_no_row_is_changed_or_deleted(alice):
    suppress(alice.organization, Channel.EMAIL, JANE, Suppression.Reason.BOUNCED, NOW)
    suppress(alice.organization, Channel.EMAIL, JANE, Suppression.Reason.UNSUBSCRIBED, NOW)
    row = Suppression.objects.get()
    assert row.reason == Suppression.Reason.BOUNCED
    with pytest.raises(AppendOnly):
        row.delete()
    with pytest.raises(AppendOnly):
        row.save()


WISH = Request(LetBackIn.Consent.WROTE, "She wrote on May 3 that she wants the mails.", "ada@alpine.example")


def test_who_asks_for_it_is_let_back_in_with_a_record_and_the_next_opt_out_holds_again(alice):
    suppress(alice.organization, Channel.EMAIL, JANE, Suppression.Reason.UNSUBSCRIBED, NOW)
    let_back_in(alice.organization, Channel.EMAIL, f" {JANE.upper()}", WISH, NOW + timedelta(days=9))
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW + timedelta(days=9)) is None
    record = LetBackIn.objects.get()
    assert (record.by, record.why, record.consent) == (WISH.by, WISH.why, "wrote")
    assert (record.was, record.was_since, record.at) == ("unsubscribed", NOW, NOW + timedelta(days=9))
    [entry] = AuditEntry.objects.all()
    assert (entry.who, entry.what, entry.after["record"]) == (WISH.by, "let back in", str(record.pk))
    assert WISH.why not in str(AuditEntry.objects.values())
    suppress(alice.organization, Channel.EMAIL, JANE, Suppression.Reason.COMPLAINED, NOW + timedelta(days=10))
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW + timedelta(days=10)) == "suppressed:complained"


def test_nobody_is_let_in_who_was_not_kept_out_and_other_merchants_and_channels_keep_theirs(alice, mallory):
    suppress(mallory.organization, Channel.EMAIL, JANE, Suppression.Reason.UNSUBSCRIBED, NOW)
    suppress(alice.organization, "pigeon", JANE, Suppression.Reason.UNSUBSCRIBED, NOW)
    for address in (JANE, "", "nobody@customer.example"):
        with pytest.raises(NotSuppressed):
            let_back_in(alice.organization, Channel.EMAIL, address, WISH, NOW)
    assert (Suppression.objects.count(), LetBackIn.objects.count(), AuditEntry.objects.count()) == (2, 0, 0)


def test_no_address_can_be_read_from_a_suppression(alice):
    suppress(alice.organization, Channel.EMAIL, JANE, Suppression.Reason.UNSUBSCRIBED, NOW)
    assert "jane" not in str(Suppression.objects.values().get()).lower()


def test_the_key_decides_the_hash(settings):
    before = address_hash(JANE)
    settings.TIDEOVER_ADDRESS_KEY = "another key"
    assert address_hash(JANE) != before


@pytest.mark.parametrize(
    ("kind", "bad", "paused"), [("bounced", 19, False), ("bounced", 20, True), ("complained", 1, True)]
)
def test_a_stream_with_too_many_bounces_or_complaints_pauses_itself(alice, mallory, kind, bad, paused):
    messages = sent(alice, 500, JANE)
    came_to_harm(messages[:bad], kind)
    assert refusal(alice.project, Channel.EMAIL, "new@customer.example", NOW) == (
        f"stream-paused:{kind}" if paused else None
    )
    assert refusal(mallory.project, Channel.EMAIL, "new@customer.example", NOW) is None
    assert refusal(alice.project, Channel.EMAIL, "new@customer.example", NOW + timedelta(days=8)) is None


def test_complaints_about_one_channel_pause_no_other(alice):
    messages = sent(alice, 500, JANE)
    MessageEvent.objects.create(organization=alice.organization, message=messages[0], kind="complained", at=NOW)
    Message.objects.update(channel="pigeon")
    assert refusal(alice.project, Channel.EMAIL, "new@customer.example", NOW) is None


def test_a_small_merchant_is_not_paused_for_a_single_complaint(alice):
    message = sent(alice, 499, JANE)[0]
    MessageEvent.objects.create(organization=alice.organization, message=message, kind="complained", at=NOW)
    assert refusal(alice.project, Channel.EMAIL, "new@customer.example", NOW) is None


@given(st.emails())
def test_normalizing_twice_changes_nothing_and_case_never_matters(address):
    assert normalized(normalized(address)) == normalized(address)
    assert normalized(address.upper()) == normalized(address.lower())
