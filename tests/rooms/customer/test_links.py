"""The link to the card page: unguessable, bound to its case, there as long as it can be of use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import DAY, NOW, make_case
from tideover.core.facts import Fact, Learnt
from tideover.ids import new_id
from tideover.recovery import links
from tideover.recovery.intake import learn
from tideover.recovery.models import Link

pytestmark = pytest.mark.django_db


def test_a_link_opens_its_own_case_and_no_other():
    case, other = make_case(), make_case()
    token = links.make_link(case, message_id=None, now=NOW)
    links.make_link(other, message_id=None, now=NOW)
    found = links.find(token, NOW)
    assert found is not None
    assert (found.case, found.organization) == (case, case.organization)


def test_the_token_has_at_least_128_bits_and_is_stored_only_as_a_hash():
    token = links.make_link(make_case(), message_id=None, now=NOW)
    stored = Link.objects.get()
    assert len(token) * 6 >= 128
    assert token not in " ".join(str(value) for value in vars(stored).values())
    assert links.make_link(stored.case, message_id=None, now=NOW) != token


def test_a_link_remembers_the_message_that_carried_it():
    message_id = new_id()
    token = links.make_link(make_case(), message_id=message_id, now=NOW)
    found = links.find(token, NOW)
    assert found is not None
    assert found.message_id == message_id


@pytest.mark.parametrize("wrong", ["", "x", "a" * 32, "../../etc", "a" * 5000, "\x00"])
def test_a_wrong_token_opens_nothing(wrong):
    links.make_link(make_case(), message_id=None, now=NOW)
    assert links.find(wrong, NOW) is None


def test_a_link_lives_thirty_days_and_not_a_second_longer():
    token = links.make_link(make_case(), message_id=None, now=NOW)
    assert links.find(token, NOW + 30 * DAY - timedelta(seconds=1)) is not None
    assert links.find(token, NOW + 30 * DAY) is None


def test_nobody_can_ask_for_a_longer_life():
    token = links.make_link(make_case(), message_id=None, now=NOW, days=365)
    assert links.find(token, NOW + 30 * DAY) is None


ENDS = [Learnt.VOIDED, Learnt.STOPPED, Learnt.SUBSCRIPTION_ENDED, Learnt.EXHAUSTED, Learnt.PAID]


@pytest.mark.parametrize("end", ENDS)
def test_the_links_of_a_case_outlive_it_and_say_what_has_become_of_the_invoice(end):
    case = make_case()
    token = links.make_link(case, message_id=None, now=NOW)
    learn(case, [Fact(end, NOW, str(end), {})], NOW)
    assert links.find(token, NOW + timedelta(hours=1)) is not None
    assert links.find(token, NOW + 30 * DAY) is None


def test_the_links_of_a_customer_who_was_deleted_end():
    case = make_case()
    token = links.make_link(case, message_id=None, now=NOW)
    learn(case, [Fact(Learnt.CUSTOMER_DELETED, NOW, "customer-deleted", {})], NOW)
    assert links.find(token, NOW + timedelta(hours=1)) is None


def test_only_the_first_visit_is_noted():
    link = links.find(links.make_link(make_case(), message_id=None, now=NOW), NOW)
    assert link is not None
    links.note_visit(link, NOW + DAY)
    links.note_visit(link, NOW + 2 * DAY)
    link.refresh_from_db()
    assert link.first_opened_at == NOW + DAY
