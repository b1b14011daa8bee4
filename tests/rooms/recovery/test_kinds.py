"""Every kind of step has somebody who does it and somebody who settles its doubts, and fits where it is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_action, make_case
from tests.fakes import NOW, FakeStripe, effects
from tideover.core.case import Attention, State
from tideover.core.facts import Learnt
from tideover.core.outcomes import Tried, Unsent, Word
from tideover.core.steps import CHARGES, Do
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import SUPPRESSED
from tideover.recovery import claims, writing
from tideover.recovery.kinds.table import PERFORMERS
from tideover.recovery.models import Action, Attempt, Case, LearntFact
from tideover.recovery.reconcile import settle_doubt
from tideover.recovery.telling import holds

SETTLED = set(Message.State) - {Message.State.CLAIMED, Message.State.DATA_STARTED}


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (PERFORMERS, Do),
        (holds.DOING, Do),
        (writing.ATTENTION, Unsent),
        (writing.WORDS, SETTLED),
        (SUPPRESSED, Suppression.Reason),
    ],
    ids=["performers", "what is being done", "marks", "words", "suppressions"],
)
def test_a_table_names_everything_and_nothing_else(table, names):
    assert set(table) == set(names)


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (Action._meta.get_field("do"), Do),
        (Action._meta.get_field("outcome"), Word),
        (Action._meta.get_field("reason"), Unsent),
        (Attempt._meta.get_field("outcome"), Tried),
        (Case._meta.get_field("state"), State),
        (Case._meta.get_field("attention"), Attention),
        (LearntFact._meta.get_field("kind"), Learnt),
    ],
    ids=str,
)
def test_every_member_of_an_enum_fits_the_column_it_is_kept_in(column, names):
    assert max(map(len, names)) <= column.max_length


def test_the_models_have_the_cores_own_enums_and_their_columns_know_each_member():
    assert (Action.Do, Case.State, Case.Attention) == (Do, State, Attention)
    kept = {"do": Action, "state": Case, "attention": Case}
    for name, model in kept.items():
        assert {value for value, _ in model._meta.get_field(name).choices} == set(getattr(model, name.capitalize()))


@pytest.mark.django_db
@pytest.mark.parametrize("do", [do for do in Do if do not in CHARGES])
def test_a_doubt_about_what_is_no_charge_is_never_settled_by_charging(do):
    case = make_case()
    step = make_action(case, do=do, step=f"{do}-1", due_at=NOW)
    (mine,) = claims.claim_due(NOW)
    claims.mark_started(mine, NOW)  # whatever it may mean for such a kind
    later = NOW + claims.lease_of(mine) + timedelta(seconds=1)
    (doubt,) = claims.overdue(later)
    stripe = FakeStripe()
    settle_doubt(doubt, effects(stripe), later)
    step.refresh_from_db()
    assert (stripe.writes, step.state) == ([], "planned")
