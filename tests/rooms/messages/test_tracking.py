"""Who opened a message and who followed its link: what is noted of each request, and that no person is lost."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection as database

from tests import factories as make
from tests.core.signals.corpus import CHROME, IMAGE_PROXY
from tests.factories import NOW
from tests.rooms.messages.post import BROWSER, claimed, taking_no_writes
from tideover import clock
from tideover.core.signals.origins import Origin
from tideover.core.signals.signs import CROWD
from tideover.messages.keyed import links_of
from tideover.messages.models import Message, MessageEvent
from tideover.messages.signals import Told
from tideover.messages.tracking import HEARD, record_click, record_open, record_way_out
from tideover.recovery import links
from tideover.recovery.models import Case, Link

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SCANNER = {"User-Agent": "Barracuda Sentinel (EE)"}
APPLE = Told("GET", "Mozilla/5.0", Origin.ELSEWHERE)
GMAIL = Told("GET", IMAGE_PROXY, Origin.GOOGLE)
PERSON = Told("GET", CHROME, Origin.ELSEWHERE)
HEAD = Told("HEAD", CHROME, Origin.ELSEWHERE)


@pytest.fixture(autouse=True)
def a_minute_later():
    clock.travel_to(NOW + MINUTE)
    yield
    clock.travel_to(None)


@pytest.fixture
def connection():
    return make.make_connection()


@pytest.fixture
def message(connection):
    case = make.make_case(connection)
    return make.make_message(case, at=NOW, open_token="picture")


@pytest.fixture
def page(message):
    """The address of the card page that the message led to."""
    case = Case.objects.get(pk=message.about)
    return f"/c/{links.make_link(case, message_id=message.pk, now=NOW)}"


def told(message):
    """Who opened it, who clicked, and what is noted."""
    message.refresh_from_db()
    return message.opened_by, message.clicked_by, dict(message.events.values_list("kind", "by"))


def test_a_machine_opens_and_a_person_after_it_counts(message):
    record_open("picture", APPLE, NOW + MINUTE)
    assert told(message) == ("machine", "", {"opened": "machine"})
    record_open("picture", GMAIL, NOW + 9 * MINUTE)
    record_open("picture", GMAIL, NOW + 10 * MINUTE)
    assert told(message) == ("person", "", {"opened": "person"})
    event = message.events.get()
    assert (event.at, event.count) == (NOW + 9 * MINUTE, 2)
    assert set(event.heard) == {"person", "machine"}


def test_a_machine_after_a_person_takes_nothing_back(message):
    record_open("picture", GMAIL, NOW + MINUTE)
    record_open("picture", APPLE, NOW + 2 * MINUTE)
    assert told(message)[0] == "person"
    assert message.events.get().at == NOW + MINUTE


def test_a_click_of_a_machine_is_no_opening_and_one_of_a_person_is(message):
    record_click(message.pk, HEAD, NOW + MINUTE)
    assert told(message) == ("", "machine", {"clicked": "machine"})
    record_click(message.pk, PERSON, NOW + 2 * MINUTE)
    assert told(message) == ("person", "person", {"clicked": "person"})


def test_the_raw_signal_is_kept_and_no_address(message, client):
    client.get("/o/picture.gif", headers=BROWSER, REMOTE_ADDR="66.249.93.14")
    kept = message.events.get().heard
    assert kept["unknown"] == {
        "sign": "provider",
        "at": (NOW + MINUTE).isoformat(),
        "last": (NOW + MINUTE).isoformat(),
        "count": 1,
        "method": "GET",
        "agent": CHROME,
        "origin": "google",
        "after": 60_000,
    }
    assert "66.249" not in str(list(MessageEvent.objects.values())) + str(list(Message.objects.values()))


def test_in_minimal_mode_neither_the_program_nor_its_network_is_kept(message, client):
    type(message.project).objects.update(minimal=True)
    client.get("/o/picture.gif", headers=BROWSER, REMOTE_ADDR="66.249.93.14")
    assert set(message.events.get().heard["unknown"]) == {"sign", "at", "last", "count", "method", "after"}


def test_a_long_name_of_a_program_is_shortened(message, client):
    client.get("/o/picture.gif", headers={"User-Agent": "x" * 5000})
    assert len(message.events.get().heard["unknown"]["agent"]) == 160


def test_asking_for_the_head_of_a_picture_is_a_machines(message, client):
    assert client.head("/o/picture.gif", headers=BROWSER).status_code == 200
    assert told(message)[0] == "machine"


def test_two_links_at_the_same_moment_are_a_machines_at_the_first_one_too(message):
    moment = NOW + 5 * MINUTE
    record_click(message.pk, PERSON, moment)
    assert told(message)[:2] == ("person", "person")
    record_way_out(message, PERSON, moment + timedelta(milliseconds=400))
    assert told(message) == ("", "machine", {"clicked": "machine", "way_out": "machine"})
    record_click(message.pk, PERSON, moment + MINUTE)
    assert told(message)[:2] == ("person", "person")


def test_a_person_who_pays_and_unsubscribes_a_minute_later_is_a_person_at_both(message):
    record_click(message.pk, PERSON, NOW + 5 * MINUTE)
    record_way_out(message, PERSON, NOW + 6 * MINUTE)
    assert told(message)[2] == {"clicked": "person", "way_out": "person"}


def test_one_place_that_follows_the_links_of_many_people_is_a_machine(connection):
    everybody = [
        make.make_message(make.make_case(connection), at=NOW, to_hash=f"person-{number}") for number in range(CROWD)
    ]
    same = Told("GET", CHROME, Origin.ELSEWHERE, place="198.51.100.7 Chrome")
    for each in everybody:
        record_click(each.pk, same, NOW + 5 * MINUTE)
    assert [told(each)[1] for each in everybody] == ["person"] * (CROWD - 1) + ["machine"]


def test_somebody_who_comes_again_and_again_is_no_crowd(message):
    same = Told("GET", CHROME, Origin.ELSEWHERE, place="198.51.100.7 Chrome")
    for _ in range(CROWD + 1):
        record_click(message.pk, same, NOW + 5 * MINUTE)
    assert told(message)[1] == "person"


def test_what_an_earlier_version_noted_is_unknown_until_a_person_comes(message):
    MessageEvent.objects.create(organization=message.organization, message=message, kind="opened", at=NOW, count=3)
    record_open("picture", APPLE, NOW + MINUTE)
    assert told(message)[0] == "unknown"
    assert message.events.get().heard["unknown"]["count"] == 3
    record_open("picture", GMAIL, NOW + 2 * MINUTE)
    assert told(message)[0] == "person"


def test_messages_that_an_earlier_version_knew_to_be_opened_say_by_whom_nobody_knows(connection):
    opened, clicked, silent = (make.make_message(make.make_case(connection)) for _ in range(3))
    for each, kind in ((opened, "opened"), (clicked, "clicked"), (silent, "bounced")):
        MessageEvent.objects.create(organization=each.organization, message=each, kind=kind, at=NOW)
    before = import_module("tideover.messages.migrations.0009_who_it_was_before")
    before.say_of_earlier_ones(apps, database.schema_editor())
    said = [told(each)[:2] for each in (opened, clicked, silent)]
    assert said == [("unknown", ""), ("unknown", "unknown"), ("", "")]


# ── the pages ──


def test_a_scanner_looks_first_and_the_customer_after_it_is_the_visit(message, page, client):
    client.head(page, headers=BROWSER)
    client.get(page, headers=SCANNER)
    assert told(message)[:2] == ("", "machine")
    assert Link.objects.get().first_opened_at is None
    client.get(page, headers=BROWSER)
    assert told(message)[:2] == ("person", "person")
    assert Link.objects.get().first_opened_at == NOW + MINUTE


def test_who_acts_on_the_page_is_a_person_whatever_they_came_with(message, page, client):
    client.get(page)
    assert told(message)[1] == "unknown"
    client.post(f"{page}/promise", {"day": "2026-11-25"})
    assert told(message)[:2] == ("person", "person")
    assert message.events.get(kind="clicked").heard["person"]["sign"] == "acted"
    assert Link.objects.get().first_opened_at == NOW + MINUTE


def test_an_old_link_is_followed_by_people_too_and_whoever_asks_for_a_new_one_is_one(message, page, client):
    clock.travel_to(NOW + 31 * make.DAY)
    client.get(page, headers=SCANNER)
    assert told(message)[1] == "machine"
    client.post(f"{page}/new-link", headers=SCANNER)
    assert told(message)[:2] == ("person", "person")


def test_what_the_page_asks_for_by_itself_proves_nobody(message, page, client):
    client.get(page, headers=SCANNER)
    client.post(f"{page}/saved", headers=SCANNER)
    assert told(message)[1] == "machine"


def test_a_page_is_shown_and_a_button_works_where_nothing_can_be_noted(message, page, client):
    with taking_no_writes():
        assert client.get(page, headers=BROWSER).status_code == 200
    assert not message.events.exists()


def test_the_page_to_unsubscribe_is_noted_as_looked_at(alice, client):
    message = claimed(alice)
    token = links_of(message.action_id).unsubscribe_url.rpartition("/")[2]
    client.get(f"/u/{token}", headers=BROWSER)
    assert told(message) == ("", "", {"way_out": "person"})


def test_the_table_of_what_machines_do_names_kinds_of_event():
    assert set(HEARD) < set(MessageEvent.Kind)
