"""One sign at a time: who it was, and how a later signal overrules an earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.signals.corpus import CHROME, FIREFOX
from tideover.core.signals.agents import LONGEST, shortened
from tideover.core.signals.heard import (
    NOTHING,
    Trace,
    nameless,
    opened_by,
    read,
    stored,
    strongest,
    turned,
    with_trace,
)
from tideover.core.signals.origins import Origin, origin_of
from tideover.core.signals.signs import WHO, Asked, Sign, Signal, Who, sign_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CLICK = Signal(Asked.LINK, "GET", CHROME, Origin.ELSEWHERE, timedelta(minutes=3))


def trace(sign, at=NOW, **values):
    return Trace(sign, at, at, **values)


def heard(*traces):
    found = NOTHING
    for each in traces:
        found = with_trace(found, each)
    return found


def test_every_sign_says_who_it_was():
    assert set(WHO) == set(Sign)


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({}, Sign.BROWSER),
        ({"method": "HEAD"}, Sign.HEAD),
        ({"method": "POST"}, Sign.ACTED),
        ({"method": "POST", "at_once": True, "crowd": True, "after": SECOND}, Sign.ACTED),
        ({"at_once": True}, Sign.AT_ONCE),
        ({"crowd": True}, Sign.CROWD),
        ({"after": SECOND}, Sign.TOO_SOON),
        ({"after": 2 * SECOND}, Sign.SOON),
        ({"after": 10 * SECOND}, Sign.BROWSER),
        ({"after": None}, Sign.BROWSER),
        ({"agent": ""}, Sign.ODD),
        ({"agent": "Mozilla/5.0"}, Sign.ODD),  # as the agent of a click it is no proxy's: nobody knows
        ({"agent": "Mozilla/5.0", "asked": Asked.PICTURE}, Sign.APPLE_PROXY),
        ({"origin": Origin.SCANNER}, Sign.SCANNER),
        ({"origin": Origin.GOOGLE}, Sign.PROVIDER),
    ],
)
def test_a_sign_decides(change, sign):
    assert sign_of(replace(CLICK, **change)) == sign


@given(st.builds(Signal, st.sampled_from(Asked), st.just("POST"), st.text(), st.sampled_from(Origin)))
def test_whoever_acts_is_a_person_whatever_else_is_known(signal):
    assert WHO[sign_of(signal)] == Who.PERSON


def test_a_person_overrules_a_machine_and_what_nobody_can_tell_whichever_came_first():
    found = heard(trace(Sign.TOO_SOON), trace(Sign.ODD, NOW + SECOND))
    assert strongest(found) == Who.UNKNOWN
    for order in ([Sign.TOO_SOON, Sign.ACTED], [Sign.ACTED, Sign.TOO_SOON]):
        assert strongest(heard(*map(trace, order))) == Who.PERSON


def test_of_each_sort_the_first_signal_is_kept_and_the_others_are_counted():
    first, last = trace(Sign.BROWSER, agent=CHROME), trace(Sign.BROWSER, NOW + SECOND, agent=FIREFOX)
    for found in (heard(first, last), heard(last, first)):
        kept = found[Who.PERSON]
        assert (kept.agent, kept.at, kept.last, kept.count) == (CHROME, NOW, NOW + SECOND, 2)


def test_who_has_clicked_has_opened_and_a_machine_that_clicked_has_not():
    assert opened_by(NOTHING, heard(trace(Sign.BROWSER))) == Who.PERSON
    assert opened_by(heard(trace(Sign.APPLE_PROXY)), heard(trace(Sign.ODD))) == Who.UNKNOWN
    assert opened_by(NOTHING, heard(trace(Sign.HEAD))) is None
    assert opened_by(heard(trace(Sign.APPLE_PROXY)), NOTHING) == Who.MACHINE


def test_what_began_with_another_link_at_the_same_moment_is_a_machines_and_what_was_proven_stays():
    found = turned(heard(trace(Sign.BROWSER)), NOW - SECOND)
    assert (strongest(found), found[Who.MACHINE].sign) == (Who.MACHINE, Sign.AT_ONCE)
    assert turned(heard(trace(Sign.BROWSER)), NOW + SECOND) == heard(trace(Sign.BROWSER))
    assert strongest(turned(heard(trace(Sign.ACTED)), NOW - SECOND)) == Who.PERSON
    both = turned(heard(trace(Sign.HEAD), trace(Sign.BROWSER)), NOW - SECOND)
    assert (set(both), both[Who.MACHINE].count) == ({Who.MACHINE}, 2)


def test_what_is_stored_reads_as_it_was_and_what_nobody_knows_is_passed_over():
    found = heard(trace(Sign.BROWSER, agent=CHROME, origin=Origin.ELSEWHERE, method="GET", after=180_000))
    column = stored(found)
    assert read(column) == found
    assert read({**column, "ghost": {}, "machine": {"sign": "of-a-later-version"}}) == found


def test_without_names_neither_the_program_nor_its_network_is_there():
    found = nameless(heard(trace(Sign.BROWSER, agent=CHROME, origin=Origin.GOOGLE, method="GET", after=1)))
    assert set(stored(found)["person"]) == {"sign", "at", "last", "count", "method", "after"}


@given(st.text())
def test_the_name_of_a_program_is_one_line_and_not_a_long_one(agent):
    kept = shortened(agent)
    assert len(kept) <= LONGEST
    assert kept.isprintable()


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("66.249.93.14", Origin.GOOGLE),
        ("::ffff:66.249.93.14", Origin.GOOGLE),
        ("2a00:1450:4864:20::32", Origin.GOOGLE),
        ("17.58.56.1", Origin.APPLE),
        ("40.94.20.3", Origin.MICROSOFT),
        ("52.101.8.40", Origin.MICROSOFT),
        ("209.222.82.11", Origin.SCANNER),
        ("10.0.0.2", Origin.LOCAL),
        ("::1", Origin.LOCAL),
        ("84.115.40.7", Origin.ELSEWHERE),
        ("", Origin.NOT_KNOWN),
        ("not an address", Origin.NOT_KNOWN),
    ],
)
def test_the_family_of_a_network(address, origin):
    assert origin_of(address) == origin
