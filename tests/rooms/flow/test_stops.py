"""A stop holds for whom it is meant, and for nobody else."""

import pytest

from tests.factories import make_connection
from tests.fakes import NOW
from tests.rooms.flow.work import due, of
from tideover.flow import stops
from tideover.recovery import claims
from tideover.tenants.settings import turn_recovery

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("whom", ["everything", "organization", "project", "account"])
def test_a_stop_holds_for_whom_it_is_meant_and_doubts_wait_too(whom):
    stopped, other = make_connection(), make_connection()
    due(stopped, 2)
    due(other, 2)
    claims.claim_due(NOW, limit=2)
    if whom == "project":
        turn_recovery(stopped.project, on=False, by="operator", now=NOW)
    else:
        target = {"everything": None, "organization": stopped.organization, "account": stopped}[whom]
        stops.stop(target, by="operator", now=NOW)
    theirs = 0 if whom == "everything" else 1
    assert len(claims.claim_due(NOW)) == theirs
    doubts = claims.overdue(NOW + claims.LEASE)
    assert of(stopped, doubts) == []
    assert len(of(other, doubts)) == theirs * 2
