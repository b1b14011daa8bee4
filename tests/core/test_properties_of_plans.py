"""What holds for every plan, whatever happened and whatever the merchant chose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.telling import CODES, PRICE, attempt, failed, run
from tideover.core.case import State
from tideover.core.catalogue import TEMPLATES, Template, Tone
from tideover.core.choices import NEVER
from tideover.core.declines import NOT_BY_ITSELF, Decline, Family
from tideover.core.money import Money
from tideover.core.networks import Budget, By, budget
from tideover.core.planner import Advice, Do, DoneStep, Planned, Situation, plan
from tideover.core.rules import PRESETS, Cadence, Coexistence, MessageStep, Rules, SendingHours, Strategy
from tideover.core.settings.conditions import ALWAYS, Condition
from tideover.core.timing import day_after, is_open
from tideover.core.ways.readers import Role

MODEST = settings(max_examples=25, deadline=None)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = tuple(
    ZoneInfo(name)
    for name in ("UTC", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
)
OPENED = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - their zone follows
    lambda at: at.replace(microsecond=0)
)
ADVICE_CODES = st.sampled_from([None, None, None, "24", "25", "27", "30", "03"])


@st.composite
def strategies(draw) -> Strategy:
    days = draw(st.lists(st.integers(1, 20), min_size=1, max_size=8, unique=True).map(sorted))
    return draw(
        st.sampled_from(
            [
                NEVER,
                Strategy("payday", Cadence.PAYDAYS, (9,)),
                Strategy("some-days", Cadence.DAYS, tuple(days)),
                Strategy("some-hours", Cadence.HOURS, tuple(days)),
            ]
        )
    )


_CONDITIONS = (
    Condition((Family.NO_FUNDS, Family.EXPIRED)),
    Condition(least=(Money(2000, "eur"), Money(9900, "usd")), after_trial=False),
    Condition(most=(Money(5000, "usd"),), prices=("price_1PZq4mKx8Yt2Lw9sR3vB7nCd", "prod_QfT8mLk3wXz1Ab")),
    Condition(segments=("pro",)),
)


@st.composite
def any_rules(draw) -> Rules:
    if draw(st.booleans()):
        return draw(st.sampled_from(sorted(PRESETS.values(), key=lambda rules: rules.name)))
    days = draw(st.lists(st.integers(0, 20), max_size=5, unique=True).map(sorted))
    templates = st.sampled_from(
        [each for each, about in TEMPLATES.items() if about.in_sequence and each != Template.AUTHENTICATE]
    )
    only = st.sampled_from([ALWAYS, ALWAYS, *_CONDITIONS])
    hours, readers = st.none() | st.integers(0, 23), st.sampled_from([None, None, Role.BILLING, Role.OWNER])
    opens = draw(st.integers(0, 20))
    return Rules(
        name="theirs",
        charges={kind: NEVER if kind in NOT_BY_ITSELF else draw(strategies()) for kind in Family},
        messages=tuple(
            MessageStep(
                day,
                draw(templates),
                draw(st.sampled_from(Tone)),
                only=draw(only),
                hour=draw(hours),
                reader=draw(readers),
            )
            for day in days
        ),
        window_days=draw(st.integers(20, 60)),
        max_charges=draw(st.integers(1, 10)),
        min_gap_hours=draw(st.integers(1, 72)),
        most_retries=draw(st.integers(1, 14)),
        coexistence=draw(st.sampled_from(Coexistence)),
        stripe_clear_hours=draw(st.integers(0, 48)),
        sending=SendingHours(opens, draw(st.integers(opens + 1, 24)), draw(st.booleans()), draw(st.booleans())),
    )


@st.composite
def cases(draw) -> Situation:
    """A case in any trouble, some days after it began."""
    opened, kind = draw(OPENED), draw(st.sampled_from(Family))
    brand = draw(st.sampled_from(["visa", "mastercard", "amex", None]))
    case = failed(opened, draw(st.sampled_from(ZONES)), kind, brand=brand)
    hours = draw(st.lists(st.integers(0, 600), max_size=12))
    tried = [
        attempt(
            opened + number * HOUR,
            decline=Decline(CODES[kind], network_advice_code=draw(ADVICE_CODES), brand=brand),
            by=draw(st.sampled_from(By)),
            brand=brand,
            fingerprint=draw(st.sampled_from([case.fingerprint, "fp-old", None])),
            elsewhere=draw(st.booleans()),
        )
        for number in sorted(hours)
    ]
    return replace(
        case,
        attempts=(*case.attempts, *tried),
        stripe_next_attempt_at=draw(st.none() | st.integers(0, 700).map(lambda hours: opened + hours * HOUR)),
        may_charge=draw(st.booleans()),
        needs_authentication=draw(st.booleans()),
        paused_until=draw(st.none() | st.integers(0, 900).map(lambda hours: opened + hours * HOUR)),
        new_method=draw(st.none() | st.just("pm_new")),
        customer_acted_at=draw(st.none() | st.integers(0, 600).map(lambda hours: opened + hours * HOUR)),
    )


LATER = st.integers(0, 900)  # hours after the failure
ADVISED = st.none() | st.lists(st.integers(0, 700), max_size=6)


def _advice(case: Situation, hours: list[int] | None) -> Advice | None:
    return (hours and Advice(tuple(case.opened_at + number * HOUR for number in hours), "as predicted.")) or None


def _scheduled(steps: tuple[Planned, ...]) -> list[Planned]:
    return [step for step in steps if step.step.removeprefix("charge-").isdigit()]


@MODEST
@given(cases(), any_rules(), LATER, ADVISED)
def test_a_plan_is_sorted_in_the_future_unique_and_ends_with_the_close(case, rules, hours, advised):
    now = case.opened_at + hours * HOUR
    steps = plan(case, rules, _advice(case, advised), now)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert all(step.at >= now for step in steps)
    assert len({step.step for step in steps}) == len(steps)
    assert steps[-1].do == Do.CLOSE
    assert all(step.why and step.rule for step in steps)
    assert steps == plan(case, rules, _advice(case, advised), now)


@MODEST
@given(cases(), any_rules(), LATER, ADVISED)
def test_scheduled_charges_stay_inside_window_maximum_gap_and_distance_to_stripe(case, rules, hours, advised):
    now = case.opened_at + hours * HOUR
    planned = _scheduled(plan(case, rules, _advice(case, advised), now))
    assert len(planned) <= rules.max_charges
    assert not planned or case.may_charge
    assert not planned or case.family not in NOT_BY_ITSELF
    tried = [attempt.at for attempt in case.attempts if not attempt.elsewhere]
    for step in planned:
        assert step.at <= day_after(case.opened_at, rules.window_days, case.zone)
        assert case.paused_until is None or step.at >= case.paused_until
        assert all(step.at - at >= rules.min_gap_hours * HOUR for at in tried if at <= step.at)
        theirs = case.stripe_next_attempt_at
        if theirs and rules.coexistence == Coexistence.COEXIST:
            assert abs(step.at - theirs) >= rules.stripe_clear_hours * HOUR
        tried.append(step.at)


@MODEST
@given(cases(), any_rules(), LATER)
def test_every_scheduled_charge_is_within_the_networks_budget_when_those_before_it_failed(case, rules, hours):
    attempts = case.attempts
    for step in _scheduled(plan(case, rules, None, case.opened_at + hours * HOUR)):
        left: Budget = budget(case.brand, PRICE, attempts, step.at, fingerprint=case.fingerprint)
        assert left.allowed, left.why
        attempts = (*attempts, attempt(step.at, decline=None, brand=case.brand))


@MODEST
@given(cases(), any_rules(), LATER)
def test_messages_keep_the_sending_hours_and_a_day_between_them(case, rules, hours):
    sent = [step for step in plan(case, rules, None, case.opened_at + hours * HOUR) if step.do == Do.MESSAGE]
    assert all(is_open(step.at, rules.sending, case.zone) for step in sent)
    assert all(after.at - before.at >= DAY for before, after in pairwise(sent))


@MODEST
@given(cases(), any_rules(), LATER)
def test_no_message_says_what_the_facts_make_untrue(case, rules, hours):
    now = case.opened_at + hours * HOUR
    written = {step.template for step in plan(case, rules, None, now) if step.do == Do.MESSAGE}
    assert not written & {"warning", "suspension"}  # none of these merchants announced a loss of access
    if case.needs_authentication or case.family == Family.AUTHENTICATION:
        assert written <= {"authenticate"}
    else:
        assert "authenticate" not in written
    for state in set(State) - {State.FAILING}:
        assert plan(replace(case, state=state), rules, None, now) == ()


@MODEST
@given(cases(), any_rules(), st.integers(0, 90))
def test_i14_executing_a_plan_step_by_step_does_each_step_once_and_ends_with_the_close(case, rules, seconds):
    calm = failed(case.opened_at, case.zone, case.family, brand=case.brand, may_charge=case.may_charge)
    steps = run(calm, rules, late=timedelta(seconds=seconds))
    assert len({step.step for step in steps}) == len(steps)
    assert [step.do for step in steps].count(Do.CLOSE) == 1
    assert steps[-1].do == Do.CLOSE
    assert len(_scheduled(tuple(steps))) <= rules.max_charges


@MODEST
@given(cases(), any_rules(), LATER, st.integers(-2, 2))
def test_what_is_due_and_skipped_is_not_brought_back_for_ever(case, rules, hours, ahead):
    """Also where the customer acted later than now, as a clock was set back."""
    now = case.opened_at + timedelta(hours=hours)
    known = tuple(attempt for attempt in case.attempts if attempt.at <= now)
    case = replace(case, attempts=known, customer_acted_at=now + timedelta(hours=ahead), may_charge=True)
    for _ in range(2 * len(rules.messages) + 30):
        due = [step for step in plan(case, rules, None, now) if step.at <= now and step.do in {Do.CHARGE, Do.MESSAGE}]
        if not due:
            return
        skipped = [DoneStep(step.step, step.do, now, "skipped", step.template, step.tone) for step in due]
        case = replace(case, done=(*case.done, *skipped))
    raise AssertionError(due)


@MODEST
@given(OPENED, st.sampled_from(ZONES), st.sampled_from(sorted(PRESETS)), st.sampled_from(Family))
def test_i14_a_preset_is_executed_as_first_planned_when_nothing_else_happens(opened, zone, name, family):
    case = failed(opened, zone, family)
    first, done = plan(case, PRESETS[name], None, opened), run(case, PRESETS[name])
    charged, charges = ([step for step in steps if step.do == Do.CHARGE] for steps in (done, first))
    assert charged == charges
    assert {step.step for step in done} == {step.step for step in first}
    assert (
        abs(done[-1].at - first[-1].at) <= DAY
    )  # once a charge's outcome is known the message beside it need not wait
