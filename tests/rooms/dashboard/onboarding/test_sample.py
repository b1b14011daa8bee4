"""The sample shop in the browser: opened by anybody, marked on every page, changed by nobody."""

from __future__ import annotations

import pytest
from django.urls import resolve, reverse

from tests.architecture.test_addresses import FOR_STRANGERS, HERS, OWN, World, _case, _mail
from tests.factories import make_member
from tests.people import colleague
from tideover import clock
from tideover.dashboard.frame.errors import ONLY_A_SAMPLE
from tideover.dashboard.onboarding.sample import MAKING
from tideover.messages.models import Message
from tideover.recovery.models import Case
from tideover.tenants.models import Member, Organization
from tideover.tenants.roles import Role
from tideover.upkeep.sample.shop import sample_of

pytestmark = pytest.mark.django_db
OPEN, RESET, CLOSE = {"do": "open"}, {"do": "reset"}, {"do": "close"}
BANNER = "<b>Sample shop.</b> Everything here is invented."


def opened(person):
    browser = person.browser()
    assert browser.post("/sample/", OPEN).url == "/"
    return browser


def read(browser, address):
    return browser.get(address).content.decode()


@pytest.mark.parametrize("role", Role)
def test_whoever_signs_in_opens_one_from_their_menu_or_from_an_empty_home(alice, role):
    person = alice if role == Role.OWNER else colleague("Carol", alice, role)
    browser = person.browser()
    home = read(browser, "/")
    assert "Open the sample shop" in home
    assert "Look around in a sample shop" in home
    browser.post("/sample/", OPEN)
    home = read(browser, "/")
    assert "Bracken Legal" in read(browser, "/cases/?q=SAMPLE-0001")
    assert BANNER in home
    assert "Open the sample shop" not in home
    assert "Look around in a sample shop" not in home


def test_the_way_back_and_in_again_is_one_press(alice):
    browser = opened(alice)
    assert f"Back to {alice.organization.name}" in read(browser, "/cases/")
    browser.post("/organization/", {"organization": alice.organization.slug})
    assert BANNER not in read(browser, "/")
    browser.post("/sample/", OPEN)
    assert BANNER in read(browser, "/")
    assert Organization.objects.filter(is_sample=True).count() == 1


def test_who_signs_in_sees_their_own_organization_first(alice):
    opened(alice)
    Member.objects.get(organization=alice.organization).delete()
    make_member(alice.user, alice.organization)  # after the sample
    assert BANNER not in read(alice.browser(), "/")


def in_the_sample(alice):
    case = Case.objects.filter(organization=sample_of(alice.user), pk__in=Message.objects.values("about")).first()
    return World(alice, case, Message.objects.filter(about=case.pk).first())


IN_THE_SAMPLE = {name: ids for name, ids in HERS.items() if ids in {_case, _mail}}


@pytest.fixture
def everywhere(alice):
    """A browser in the sample shop, and every address it can ask for."""
    browser = opened(alice)
    there = in_the_sample(alice)
    addresses = {name: reverse(name) for name in OWN if name not in FOR_STRANGERS}
    return browser, {**addresses, **{name: reverse(name, kwargs=ids(there)) for name, ids in IN_THE_SAMPLE.items()}}


def test_every_page_of_it_says_what_it_is(everywhere):
    browser, addresses = everywhere
    drawn = 0
    for name, address in addresses.items():
        answer = browser.get(address)
        html = "" if answer.streaming else answer.content.decode()
        if '<nav class="nav"' in html:
            assert html.count(BANNER) == 1, name
            drawn += 1
    assert drawn > 20
    assert BANNER in read(browser, "/nowhere/")


def test_nothing_of_it_can_be_changed_whatever_is_sent(everywhere, alice):
    browser, addresses = everywhere
    sample = sample_of(alice.user)
    before = list(Case.objects.filter(organization=sample).order_by("pk").values())
    refused = 0
    for name, address in addresses.items():
        needs = resolve(address).func.needs if hasattr(resolve(address).func, "needs") else None
        if needs is None or needs.send == "read":
            continue
        answer = browser.post(address, {"confirm": "stop", "until": "2099-01-01"})
        assert answer.status_code in {403, 405}, name
        refused += answer.status_code == 403
    assert refused > 20
    assert ONLY_A_SAMPLE.title in browser.post(addresses["dashboard:retry"]).content.decode()
    assert list(Case.objects.filter(organization=sample).order_by("pk").values()) == before


def test_one_who_leaves_is_told_to_close_it(alice):
    browser = opened(alice)
    browser.post("/settings/team/leave/")
    assert "Close it to be rid of it" in read(browser, "/settings/team/")
    assert sample_of(alice.user)


def test_it_is_made_anew_and_closed(alice):
    browser = opened(alice)
    first = sample_of(alice.user)
    assert "Make it anew" in read(browser, "/sample/")
    browser.post("/sample/", RESET)
    assert sample_of(alice.user) != first
    assert BANNER in read(browser, "/")
    browser.post("/sample/", CLOSE)
    home = read(browser, "/")
    assert "The sample shop is closed." in home
    assert alice.organization.name in home
    assert BANNER not in home
    browser.post("/sample/", CLOSE)
    assert "It was not open." in read(browser, "/")


def test_a_form_that_says_nothing_does_nothing(alice):
    browser = alice.browser()
    browser.post("/sample/")
    assert "Say what is to be done" in read(browser, "/sample/")
    assert sample_of(alice.user) is None


def test_mallory_sees_nothing_of_alices(alice, mallory):
    opened(alice)
    sample, case = sample_of(alice.user), Case.objects.filter(organization__is_sample=True).first()
    browser = mallory.browser()
    assert browser.post("/organization/", {"organization": sample.slug}).status_code == 404
    assert browser.get(f"/cases/{case.public_id}/").status_code == 404
    assert "Go to the sample shop" not in read(browser, "/sample/")


def test_it_is_made_some_times_an_hour(alice):
    while MAKING.allows(str(alice.user.pk), clock.wall()):
        pass
    browser = alice.browser()
    browser.post("/sample/", OPEN)
    assert "within an hour" in read(browser, "/sample/")
    assert sample_of(alice.user) is None
