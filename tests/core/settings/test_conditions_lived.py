"""Whatever is learnt and whatever is edited meanwhile: no message twice, none to whom it is not for, and a day between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.planning import DAY, HOUR, OPENED, UTC_ZONE
from tests.core.telling import failed
from tests.core.test_moving import MOMENTS, lived
from tests.core.test_properties_of_plans import any_rules
from tideover.core.declines import Family
from tideover.core.editing.sequences import numbered_after
from tideover.core.money import Money
from tideover.core.planner import plan, under
from tideover.core.settings.conditions import unmet
from tideover.core.steps import Copied, Written, read
from tideover.core.timing import is_open
from tideover.core.trials import fitting
from tideover.core.ways.readers import Reader, Role

KEYS = ("0a1b2c3d4e5f", "5f4e3d2c1b0a", "77aa77aa77aa")
READERS = st.builds(
    Reader,
    st.sampled_from(KEYS),
    st.sampled_from(sorted(Role)),
    st.integers(0, 20),
    st.just(OPENED - DAY),
    st.booleans(),
)
LEARNT = st.fixed_dictionaries(
    {
        "family": st.sampled_from([Family.NO_FUNDS, Family.REFUSED, Family.EXPIRED, Family.AUTHENTICATION]),
        "amount": st.sampled_from([Money(100, "usd"), Money(9900, "usd"), Money(9900, "eur")]),
        "prices": st.sampled_from([(), ("prod_QfT8mLk3wXz1Ab",), ("price_other",)]),
        "segment": st.sampled_from(["", "pro", "starter"]),
        "readers": st.lists(READERS, max_size=3, unique_by=lambda reader: reader.key).map(tuple),
        "unreached": st.booleans(),
    }
)


def assert_each_is_for_the_case(steps, rules, case):
    """Each in the hours, to whom its step names, and only where its condition is met."""
    fits = fitting(case, rules)
    for step in steps:
        written = read(step.step)
        if not isinstance(written, Written | Copied):
            continue
        assert is_open(step.at, fits.sending, case.zone)
        mine = dict(fits.numbered)[written.number]
        assert unmet(mine.only, case) == ""
        named = {reader.key for reader in case.readers if reader.role == mine.reader and not reader.bounced}
        if isinstance(written, Copied) and mine.reader and written.reader not in named:
            assert not named, "it goes to others only where nobody of the role is reached"
        if isinstance(written, Written):
            assert not named


@settings(max_examples=120, deadline=None)
@given(st.data(), any_rules(), MOMENTS, st.booleans())
def test_no_message_is_sent_twice_or_within_a_day_or_to_whom_it_is_not_for(data, rules, moments, after_trial):
    case, now, done = failed(OPENED, UTC_ZONE, after_trial=after_trial, **data.draw(LEARNT)), OPENED, []
    versions = [numbered_after(rules, [])]
    for hours in moments:
        moment = max(OPENED + hours * HOUR, now)
        case, steps = lived(case, versions[0], now, moment)
        assert_each_is_for_the_case(steps, versions[0], case)
        done += steps
        case = replace(case, **data.draw(LEARNT))
        edited = numbered_after(data.draw(any_rules()), versions)
        case = under(case, versions[0], edited, moment)
        assert not {step.step for step in plan(case, edited, None, moment)} & {step.step for step in done}
        versions.insert(0, edited)
        now = moment
    case, steps = lived(case, versions[0], now, OPENED + 90 * DAY)
    assert_each_is_for_the_case(steps, versions[0], case)
    every = [*done, *steps]
    assert len({step.step for step in every}) == len(every)
    own = [step.at for step in every if isinstance(read(step.step), Written)]
    assert all(later - earlier >= timedelta(days=1) for earlier, later in pairwise(own))
