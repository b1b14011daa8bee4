"""Beside older processes all is written as they read it; once none runs, all becomes envelopes, and nothing else opens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer

from tests import factories as make
from tests.factories import NOW
from tests.rooms.tenants.lost_keys import data_keys
from tests.rooms.tenants.raw import put_raw, raw
from tideover.cli import upkeep as commands
from tideover.inbox.models import StripeEvent
from tideover.messages.models import Message
from tideover.tenants import secrets
from tideover.tenants.models import Connection, OlderSeals, SecondFactor
from tideover.tenants.secrets import SealedField, Unreadable, Way, way
from tideover.upkeep.resealing import Resealed, go_on, reseal_all, sealed_columns

pytestmark = pytest.mark.django_db
BODY, WORDS = b'{"id": "canary"}' * 40, "<p>canary</p>" * 40
EACH = 6  # sealed values of the house below


@pytest.fixture
def beside_older() -> Iterator[None]:
    """A process beside older ones."""
    secrets._settled.clear()
    OlderSeals.objects.create()
    yield
    secrets._settled.clear()


def house():
    """Something in every column that is sealed."""
    shop = make.make_connection(api_key="rk_live_canary", webhook_secret="whsec_canary")
    message = make.make_message(make.make_case(shop), html=WORDS, text=WORDS)
    factor = SecondFactor.objects.create(user=make.make_user(), secret="CANARY", since=NOW)
    return shop, make.make_stripe_event(shop, body=BODY), message, factor


def values(rows) -> list[object]:
    afresh = [type(row).objects.get(pk=row.pk) for row in rows]
    return [getattr(row, field.attname) for row in afresh for field in columns(row)]


def columns(row) -> list[SealedField]:
    return dict(sealed_columns())[type(row)]


def contents(rows) -> list[str | bytes]:
    return [found for row in rows for field in columns(row) if (found := raw(row, field.column))]


def are_envelopes(rows) -> bool:
    return all(found.startswith("aes1:" if isinstance(found, str) else b"\xa1") for found in contents(rows))


def test_a_new_installation_writes_envelopes_and_takes_nothing_else(db):
    rows = house()
    assert (way(), are_envelopes(rows), len(contents(rows))) == (Way.ENVELOPES, True, EACH)
    event = rows[1]
    put_raw(event, "body", BODY)
    with pytest.raises(Unreadable, match="none of the envelopes"):
        _ = StripeEvent.objects.get(pk=event.pk).body


def test_beside_older_processes_all_is_written_as_they_read_it(beside_older):
    rows = house()
    shop, event, message, factor = rows
    assert (raw(event, "body"), raw(message, "html")) == (BODY, WORDS)
    assert {raw(shop, "api_key")[:5], raw(factor, "secret")[:5]} == {"gAAAA"}  # Fernet
    assert BODY in values(rows)
    assert go_on(NOW) == Resealed()
    assert not are_envelopes(rows)


def test_once_no_older_process_runs_all_becomes_envelopes_and_older_seals_open_no_more(beside_older):
    rows = house()
    before, fernet = values(rows), raw(rows[0], "api_key")
    assert reseal_all(NOW, no_older_runs=True) == Resealed(anew=EACH)
    assert (way(), are_envelopes(rows), values(rows)) == (Way.ENVELOPES, True, before)
    put_raw(rows[0], "api_key", fernet)
    with pytest.raises(Unreadable):
        _ = Connection.objects.get().api_key


def test_while_something_does_not_open_older_seals_are_still_taken(beside_older):
    rows = house()
    put_raw(rows[0], "webhook_secret", "gAAAAnobody")
    assert reseal_all(NOW, no_older_runs=True) == Resealed(anew=EACH - 1, closed=1)
    assert way() == Way.BOTH
    put_raw(rows[1], "body", BODY)
    assert StripeEvent.objects.get().body == BODY


def test_upkeep_goes_on_with_what_the_command_left(beside_older):
    rows = house()
    OlderSeals.objects.update(envelopes_since=NOW)
    before = values(rows)
    assert go_on(NOW, ended=lambda: True) == Resealed()
    assert go_on(NOW) == Resealed(anew=EACH)
    assert (are_envelopes(rows), values(rows)) == (True, before)
    assert go_on(NOW) == Resealed()


def test_after_a_new_key_upkeep_writes_all_anew_once_and_the_old_key_may_go(db):
    with data_keys("old"):
        rows = house()
        before = values(rows)
    with data_keys("new,old"):
        assert [go_on(NOW), go_on(NOW)] == [Resealed(anew=EACH), Resealed()]
    with data_keys("new"):
        assert values(rows) == before
    with data_keys("old"), pytest.raises(Unreadable):
        values(rows)


def test_a_row_that_changed_meanwhile_is_left_to_whoever_changed_it(beside_older, monkeypatch):
    [message] = [row for row in house() if isinstance(row, Message)]
    opened = SealedField.opened

    def slow(field, instance, content):
        if field.name == "html":
            Message.objects.update(html="")
        return opened(field, instance, content)

    monkeypatch.setattr(SealedField, "opened", slow)
    reseal_all(NOW, no_older_runs=True)
    assert raw(message, "html") == ""


def test_the_command_asks_whether_older_ones_run_and_says_which_keys_may_go(beside_older, capsys):
    house()
    with pytest.raises(typer.Exit):
        commands.reseal_everything(no_older_runs=False)
    assert "--no-older-runs" in capsys.readouterr().err
    assert commands.reseal_everything(no_older_runs=True) == 0
    said = capsys.readouterr().out
    assert f"{EACH} sealed anew" in said
    assert "may go" in said


def test_the_command_fails_where_a_key_is_missing(db, capsys):
    with data_keys("lost"):
        house()
    with data_keys("new"), pytest.raises(typer.Exit):
        commands.reseal_everything(no_older_runs=False)
    assert f"{EACH} do not open" in capsys.readouterr().err
