"""A secret opens with its key and with no other; one that does not open is the trouble of its own account alone."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_connection
from tests.rooms.tenants.lost_keys import DAMAGES, damage, data_keys, kept
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable, seal, unseal

KEY = "rk_live_51QxVb02eZvKYlo2CcanaryT8hJ3kLm9Nq4Ws7Yx"


@given(st.text(min_size=1))
def test_what_was_sealed_opens_and_no_two_envelopes_are_alike(text):
    sealed = seal(text)
    assert unseal(sealed) == text
    assert sealed != seal(text)
    assert sealed.isascii()


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_envelope_does_not_open_and_says_neither_what_was_in_it_nor_the_envelope(kind):
    broken = DAMAGES[kind](seal(KEY))
    with pytest.raises(Unreadable, match="TIDEOVER_DATA_KEYS") as closed:
        unseal(broken)
    assert "canary" not in str(closed.value)
    assert broken.strip() == "" or broken not in str(closed.value)


@given(st.text(max_size=200))
def test_whatever_is_no_envelope_does_not_open(text):
    with pytest.raises(Unreadable):
        unseal(text)


@pytest.mark.parametrize(
    ("sealed_with", "opened_with", "opens"),
    [
        ("one", "one", True), ("one", "two", False), ("one", "two,one", True), ("one", "two, one", True),
        ("one", " one ", True), ("one", "two,\none\n", True), ("two,one", "one", False), ("two,one", "two", True),
        ("one", ",one,", True), ("one", "One", False), ("one", "on,e", False),
    ],
)  # fmt: skip
def test_after_a_rotation_old_secrets_open_as_long_as_their_key_is_in_the_list(sealed_with, opened_with, opens):
    with data_keys(sealed_with):
        sealed = seal(KEY)
    with data_keys(opened_with):
        if opens:
            assert unseal(sealed) == KEY
        else:
            with pytest.raises(Unreadable):
                unseal(sealed)


# ── in the database ──


@pytest.mark.django_db
def test_the_database_never_has_a_secret_in_plain():
    connection = make_connection(api_key=KEY, webhook_secret="whsec_canary")
    for column in ("api_key", "webhook_secret"):
        assert "canary" not in kept(connection, column)
    read = Connection.objects.get()
    assert (read.api_key, read.webhook_secret, read.webhook_secret_previous) == (KEY, "whsec_canary", "")


@pytest.mark.django_db
def test_a_row_is_read_whatever_its_secrets_are_and_only_they_do_not_open():
    connection = make_connection(api_key=KEY)
    damage(connection)
    read = Connection.objects.select_related("organization").get()
    assert read.webhook_secret == "whsec_factory"
    for _ in range(2):
        with pytest.raises(Unreadable):
            _ = read.api_key


@pytest.mark.django_db
def test_saving_a_row_keeps_a_secret_that_nobody_can_open_as_it_was():
    connection = make_connection(api_key=KEY)
    sealed = kept(connection)
    with data_keys("another"):
        read = Connection.objects.get()
        read.account_name = "Renamed"
        read.save()
        read.save(update_fields=["api_key"])
    assert kept(connection) == sealed
    assert (Connection.objects.get().api_key, Connection.objects.get().account_name) == (KEY, "Renamed")


@pytest.mark.django_db
def test_a_new_secret_in_the_place_of_a_lost_one_opens():
    connection = make_connection(api_key=KEY)
    damage(connection)
    read = Connection.objects.get()
    read.api_key = "rk_live_new"
    assert read.api_key == "rk_live_new"
    read.save(update_fields=["api_key"])
    assert Connection.objects.get().api_key == "rk_live_new"


@pytest.mark.django_db
def test_a_secret_that_is_read_later_or_travels_opens_all_the_same():
    make_connection(api_key=KEY)
    assert Connection.objects.defer("api_key").get().api_key == KEY
    assert pickle.loads(pickle.dumps(Connection.objects.get())).api_key == KEY  # noqa: S301 - our own
    Connection.objects.update(api_key="rk_live_new")
    assert Connection.objects.get().api_key == "rk_live_new"


@pytest.mark.django_db
def test_a_value_that_bypasses_the_model_is_no_text_that_could_pass_for_a_key():
    make_connection(api_key=KEY)
    ((value,),) = Connection.objects.values_list("api_key")
    assert not isinstance(value, str)
