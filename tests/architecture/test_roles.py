"""Every address, asked for in every role: let in or refused as the table of roles says, and no button leads to a refusal.

An address that names no permission, or a role or permission that the table misses, fails here.
"""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import resolve, reverse

from tests import factories as make
from tests.architecture.test_addresses import FOR_STRANGERS, HERS, OWN, World, world  # noqa: F401 - a fixture
from tests.people import colleague
from tideover.recovery.models import Case
from tideover.tenants.access import Needs
from tideover.tenants.models import Member
from tideover.tenants.roles import GRANTS, OLDER_NAMES, Permission, Role, permissions_of

ADDRESSES = [name for name in (*HERS, *OWN) if name not in FOR_STRANGERS]
FORM = re.compile(r"<form[^>]*method=\"post\"[^>]*action=\"([^\"]*)\"")
LINK = re.compile(r"<a [^>]*href=\"(/[^\"#?]*)")


def needs_of(address: str) -> Needs:
    needs = resolve(address).func.needs
    assert isinstance(needs, Needs), "an address names the permission it needs"
    return needs


def path_of(name: str, there: World) -> str:
    return reverse(name, kwargs=HERS[name](there) if name in HERS else {})


NAMES = {Role.ADMIN: "Bob", Role.SUPPORT: "Sam", Role.ANALYST: "Carol"}


def a_person(there: World, role: Role):
    return there.alice if role == Role.OWNER else colleague(NAMES[role], there.alice, role)


def test_every_role_has_its_words_and_permissions_and_the_owner_has_all():
    assert set(GRANTS) == set(Role)
    assert GRANTS[Role.OWNER].may == set(Permission)
    assert all(grant.words and Permission.READ in grant.may for grant in GRANTS.values())
    assert len({grant.may for grant in GRANTS.values()}) == len(Role)


def test_a_role_of_an_older_version_keeps_what_it_could_and_an_unknown_one_may_do_nothing():
    assert {permissions_of(name) for name in OLDER_NAMES} == {frozenset({Permission.READ, Permission.ACT})}
    assert permissions_of("emperor") == permissions_of("") == frozenset()


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_role_is_let_in_where_it_has_the_permission_and_refused_where_not(world, name):  # noqa: F811
    """Who may least comes first: what one was let in to do is done when the next comes."""
    path = path_of(name, world)
    needs = needs_of(path)
    for role in sorted(Role, key=lambda role: len(GRANTS[role].may)):
        browser, granted = a_person(world, role).browser(), GRANTS[role].may
        looked, sent = browser.get(path).status_code, browser.post(path).status_code
        for status, needed in ((looked, needs.look), (sent, needs.send)):
            assert status == 405 or (status == 403) is (needed not in granted), (role, needed)


@pytest.mark.parametrize("name", ["dashboard:pause", "dashboard:stop", "dashboard:retry"])
def test_who_only_reads_changes_nothing_by_what_they_send(world, name):  # noqa: F811
    reader = colleague("Carol", world.alice, Role.ANALYST).browser()
    before = Case.objects.values().get(pk=world.case.pk)
    assert reader.post(path_of(name, world), {"until": "2099-01-01", "confirm": "stop"}).status_code == 403
    assert Case.objects.values().get(pk=world.case.pk) == before


Offered = dict[str, dict[str, Needs]]
FINDS = {"send": FORM, "look": LINK}


def offered(there: World, role: Role) -> Offered:
    """What the pages offer to a person of this role, to send and to look at: names of addresses, with what each needs."""
    browser, found = a_person(there, role).browser(), {side: set[str]() for side in FINDS}
    for name in ADDRESSES:
        page = path_of(name, there)
        answer = browser.get(page)
        if answer.status_code == 200 and not answer.streaming:
            for side, find in FINDS.items():
                found[side] |= {address or page for address in find.findall(answer.content.decode())}
    return {side: _by_name(addresses) for side, addresses in found.items()}


def _by_name(addresses: set[str]) -> dict[str, Needs]:
    there_are = [resolve(address.partition("?")[0]) for address in addresses]
    return {each.view_name: each.func.needs for each in there_are if hasattr(each.func, "needs")}


@pytest.fixture
def busy(world) -> World:  # noqa: F811
    """With every button that a case can have, on its page and on Home; with colleagues, and a second project."""
    colleague("Dave", world.alice, Role.SUPPORT)
    colleague("Olga", world.alice, Role.OWNER)
    for made in ("dashboard:team-withdraw", "dashboard:remove-recipient"):
        HERS[made](world)
    Case.objects.filter(pk=world.case.pk).update(attention="authentication")
    make.make_project(world.alice.organization)
    return world


def test_the_pages_offer_each_role_all_it_may_do_and_nothing_that_would_be_refused(busy):
    to_the_owner = offered(busy, Role.OWNER)
    assert min(map(len, to_the_owner.values())) > 4
    for role in Role:
        to_them = to_the_owner if role == Role.OWNER else offered(busy, role)
        for side, there_are in to_the_owner.items():
            allowed = {name for name, needs in there_are.items() if getattr(needs, side) in GRANTS[role].may}
            assert set(to_them[side]) == allowed, (role, side)


def test_the_database_takes_no_role_that_there_is_not(alice):
    for role in [*Role.values, *OLDER_NAMES]:
        assert Member.objects.update(role=role) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.update(role="emperor")
