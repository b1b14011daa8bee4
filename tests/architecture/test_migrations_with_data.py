"""Migrations with data in the tables: from the first version on, one at a time, no row is lost or changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests import factories as make
from tests.architecture.steps import one_by_one, shape
from tideover.flow.models import Lane, Provider
from tideover.tenants.models import Connection

FIRST = "0001_initial"
BEFORE_THE_MOVE, THE_MOVE = ("tenants", "0004_clock_skew"), ("tenants", "0005_flow_has_its_own_room")
Rows = Mapping[str, list[dict[str, Any]]]


def fill() -> Connection:
    member = make.make_member()
    shop = make.make_connection(make.make_project(member.organization))
    case = make.make_case(shop)
    make.make_fact(case)
    make.make_attempt(case)
    make.make_link(case)
    make.make_event(make.make_message(case, make.make_action(case)))
    make.make_stripe_event(shop)
    return shop


def first_version() -> list[tuple[str, str]]:
    """The rooms as they were released first."""
    known = one_by_one().loader.graph.nodes
    rooms = ("tenants", "inbox", "messages", "recovery")
    assert all((room, FIRST) in known for room in rooms)
    return [(room, FIRST) for room in rooms]


def rows(at: list[tuple[str, str]], columns_of: list[tuple[str, str]]) -> Rows:
    """Every row of the first version's tables, in the columns they had then."""
    loader = one_by_one().loader
    then, now = loader.project_state(columns_of).apps, loader.project_state(at).apps
    found: dict[str, list[dict[str, Any]]] = {}
    for old in then.get_models():
        if old._meta.app_label in {room for room, _ in columns_of}:
            names = [field.attname for field in old._meta.concrete_fields]
            model = now.get_model(old._meta.app_label, old._meta.model_name)
            found[old._meta.label] = list(model._base_manager.order_by("pk").values(*names))
    return found


def leave_lanes(organization_id: UUID, account_id: UUID) -> None:
    """A lane and a switch, while they are the room tenants'."""
    then = one_by_one().loader.project_state([BEFORE_THE_MOVE]).apps
    rests = {"rests_until": make.NOW, "next_turn_at": make.NOW}
    lanes, switches = then.get_model("tenants", "Lane").objects, then.get_model("tenants", "Provider").objects
    lanes.create(connection_id=account_id, organization_id=organization_id, failures=5, **rests)
    switches.create(name="everything", stopped_at=make.NOW)


@pytest.mark.django_db(transaction=True)
def test_from_the_first_version_every_migration_keeps_every_row_and_may_be_interrupted_after_each():
    """Lanes and switches moved to the room flow on the way: no row of theirs is touched."""
    first, newest = first_version(), one_by_one().loader.graph.leaf_nodes()
    shop, at_once = fill(), shape()
    try:
        one_by_one().migrate(first)
        before, state = rows(first, first), None
        assert all(len(kept) == 1 for kept in before.values() if kept)
        assert sum(map(len, before.values())) >= 14
        executor = one_by_one()
        for step, _ in executor.migration_plan(newest):
            if (step.app_label, step.name) == THE_MOVE:
                leave_lanes(shop.organization_id, shop.pk)
            state = executor.migrate(newest, plan=[(step, False)], state=state)  # each is committed by itself
            assert (step.app_label, step.name) in MigrationRecorder(connection).applied_migrations()
        assert one_by_one().migration_plan(newest) == []
        assert rows(newest, first) == before
        assert shape() == at_once, "whoever starts with this version has the same tables"
    finally:
        one_by_one().migrate(newest)
    lane, switch = Lane.objects.get(), Provider.objects.get()
    assert (lane.pk, lane.failures, lane.open_until, lane.next_turn_at) == (shop.pk, 5, make.NOW, make.NOW)
    assert (switch.name, switch.stopped_at) == ("everything", make.NOW)
