"""The list of features cannot lie or forget: it is held against the addresses, the pages and the commands that exist.

A page, an address for machines or a command that is added belongs to a feature in tideover/dashboard/help/features.py.
"""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse
from typer.main import get_command

from tests.architecture.test_addresses import BEARER, MACHINES
from tideover.cli.main import app
from tideover.dashboard.frame.navigation import ENTRIES
from tideover.dashboard.help.features import FEATURES

ALL = [feature for found in FEATURES.values() for feature in found]


def commands(group, before: str = "") -> set[str]:
    """What can be typed after `tideover`, to its last word."""
    found: set[str] = set()
    for name, each in group.commands.items():
        found |= commands(each, f"{before}{name} ") if hasattr(each, "commands") else {f"{before}{name}"}
    return found


def test_each_command_belongs_to_a_feature_and_no_feature_names_another():
    assert {command for feature in ALL for command in feature.commands} == commands(get_command(app))


def test_each_page_of_the_navigation_belongs_to_a_feature():
    assert {entry.address for entry in ENTRIES} - {page for feature in ALL for page in feature.pages} == set()


def test_each_address_for_machines_and_for_who_holds_a_link_belongs_to_a_feature():
    assert {*BEARER, *MACHINES} - {call.address for feature in ALL for call in feature.calls} == set()


@pytest.mark.parametrize("feature", ALL, ids=lambda feature: feature.name)
def test_what_a_feature_names_is_there_and_answers_as_it_says(client, alice, feature):
    assert feature.pages or feature.calls or feature.commands
    for page in feature.pages:
        assert alice.browser().get(reverse(page)).status_code == 200
    for call in feature.calls:
        assert client.generic(call.method, reverse(call.address, kwargs=dict(call.ids))).status_code != 405


def test_an_address_that_is_not_there_is_found():
    with pytest.raises(NoReverseMatch):
        reverse("dashboard:nowhere")


def test_no_feature_is_told_twice():
    assert len({feature.name for feature in ALL}) == len(ALL)
