"""Whose morning a customer's morning is."""

import pytest
from babel.core import get_global

from tideover.recovery.places import MAIN_ZONES, zone_name

MERCHANTS = "America/New_York"


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("FR", "", "Europe/Paris"),  # one zone
        ("DE", "", "Europe/Berlin"),  # an enclave has one of its own
        ("ES", "", "Europe/Madrid"),
        ("NZ", "", "Pacific/Auckland"),
        ("US", "ca", "America/Los_Angeles"),
        ("US", "", MERCHANTS),  # several, and nothing tells which
        ("BR", "", MERCHANTS),
        ("", "", MERCHANTS),
        ("XX", "", MERCHANTS),
    ],
)
def test_a_customer_wakes_up_where_their_country_does(country, region, zone):
    assert zone_name(country, region, MERCHANTS) == zone


@pytest.mark.parametrize("country", MAIN_ZONES)
def test_a_main_zone_is_one_of_several_of_its_country(country):
    zones = get_global("territory_zones")[country]
    assert MAIN_ZONES[country] in zones
    assert len(zones) > 1
