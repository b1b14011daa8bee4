"""Every operation, asked for what it cannot do: an id nobody knows, a parameter of the wrong name or kind, one too few."""

from __future__ import annotations

import pytest

from tests.rooms.simulator.asking import INVALID, least, named, nobodys, wrong
from tests.rooms.simulator.door import Door, Refusal
from tideover.simulator.api.resources import TABLE
from tideover.simulator.wire.forms import Shape
from tideover.simulator.wire.operations import Operation

ALL = sorted(TABLE.operations, key=named)
OF_ONE = [operation for operation in ALL if "{" in operation.path]
every = pytest.mark.parametrize("operation", ALL, ids=named)
# Whether another account exists is nobody's business: Stripe says the same of one that does not.
UNKNOWN = {"/v1/accounts/{account}": Refusal(403, INVALID, "account_invalid")}


@pytest.mark.parametrize("operation", OF_ONE, ids=named)
def test_an_id_nobody_knows_is_not_found(door: Door, operation: Operation):
    given = "intent" if "{intent}" in operation.path else "id"
    expected = UNKNOWN.get(operation.path, Refusal(404, INVALID, "resource_missing", given))
    assert door.refused(operation.method, nobodys(operation), least(operation)) == expected


@every
def test_a_parameter_nobody_knows_is_named(door: Door, operation: Operation):
    form = least(operation) | {"nonsense": "1"}
    expected = Refusal(400, INVALID, "parameter_unknown", "nonsense")
    assert door.refused(operation.method, nobodys(operation), form) == expected


@every
def test_a_value_of_the_wrong_kind_is_refused_by_the_name_of_its_parameter(door: Door, operation: Operation):
    met = [(case, door.refused(operation.method, nobodys(operation), case.form)) for case in wrong(operation)]
    assert [(case.form, refusal) for case, refusal in met if refusal != case.refusal] == []
    assert len(met) >= 2


@pytest.mark.parametrize(
    ("operation", "need"),
    [
        (operation, need)
        for operation in ALL
        for need in (operation.accepts.needs if isinstance(operation.accepts, Shape) else ())
    ],
    ids=lambda value: value if isinstance(value, str) else named(value),
)
def test_what_must_be_given_is_missed_by_its_name_and_is_not_empty(door: Door, operation: Operation, need: str):
    others = {name: value for name, value in least(operation).items() if name.split("[")[0] != need}
    path = nobodys(operation)
    assert door.refused(operation.method, path, others) == Refusal(400, INVALID, "parameter_missing", need)
    empty = Refusal(400, INVALID, "parameter_invalid_empty", need)
    assert door.refused(operation.method, path, others | {need: ""}) == empty


@every
def test_what_cannot_be_expanded_is_refused_before_anything_is_done(door: Door, operation: Operation):
    form = least(operation) | {"expand[0]": "nonsense"}
    assert door.refused(operation.method, nobodys(operation), form) == Refusal(400, INVALID, None, "expand")


@every
def test_no_operation_answers_without_a_key_or_by_a_strange_one(door: Door, operation: Operation):
    path, form = nobodys(operation), least(operation)
    for key in ("sk_live_strange", ""):
        assert door.refused(operation.method, path, form, key=key or " ") == Refusal(401, INVALID)


@every
def test_only_what_a_browser_may_do_is_done_with_the_publishable_key(door: Door, operation: Operation):
    met = door.refused(operation.method, nobodys(operation), least(operation), key=door.sim.keys.publishable)
    if operation.publishable:
        assert met.code != "secret_key_required"
    else:
        assert met == Refusal(403, INVALID, "secret_key_required")


@every
def test_the_restricted_key_writes_nothing(door: Door, operation: Operation):
    answer = door.ask(operation.method, nobodys(operation), least(operation), key=door.sim.keys.restricted)
    assert (answer.status_code == 403) == (operation.method != "GET" or operation.path in UNKNOWN)
    assert len(door.sim.store.events) == 0
