"""Who speaks in a conversation: the oldest invoice for all, and each new one is told of soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tideover.core.conversation import NEW_WAITS, SPEAKS_FOR, TOLD_WAITS, Joined, Said, ToCome, Waits, turn

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ago = st.timedeltas(timedelta(), 60 * DAY)
saids = st.lists(
    st.builds(lambda back, older, told: Said(NOW - back, "A-1", older, told), ago, st.booleans(), st.booleans())
)
to_comes = st.lists(st.builds(lambda ahead: ToCome(NOW + ahead, "A-2"), st.timedeltas(-DAY, 60 * DAY)))


def test_who_is_alone_speaks():
    assert turn([], [], told=False, now=NOW) is None


def test_what_an_older_message_has_told_is_joined_with_it():
    said = [Said(NOW - 2 * DAY, "A-1", older=True, told=True)]
    assert turn(said, [], told=True, now=NOW) == Joined("A-1")


def test_three_days_later_it_speaks_again_by_itself():
    said = [Said(NOW - SPEAKS_FOR, "A-1", older=True, told=True)]
    assert turn(said, [], told=True, now=NOW) is None


def test_a_younger_message_takes_no_words_from_an_older_invoice():
    said = [Said(NOW - DAY, "A-9", older=False, told=True)]
    assert turn(said, [], told=True, now=NOW) is None


def test_a_new_invoice_waits_for_the_next_message_of_an_older_one_where_that_is_soon():
    soon = ToCome(NOW + 2 * DAY, "A-1")
    assert turn([], [soon], told=False, now=NOW) == Waits(soon.at, "A-1")
    assert turn([], [ToCome(NOW + NEW_WAITS + DAY, "A-1")], told=False, now=NOW) is None


def test_a_new_invoice_does_not_follow_on_the_heels_of_a_message():
    said = [Said(NOW - DAY, "A-1", older=True, told=False)]
    assert turn(said, [], told=False, now=NOW) == Waits(NOW + 2 * DAY, "A-1")


def test_one_that_is_told_of_leaves_the_word_to_an_older_one_for_a_week():
    assert turn([], [ToCome(NOW + TOLD_WAITS, "A-1")], told=True, now=NOW) == Joined("A-1")
    assert turn([], [ToCome(NOW + TOLD_WAITS + DAY, "A-1")], told=True, now=NOW) is None


@given(saids, to_comes, st.booleans())
def test_nothing_waits_for_long_and_nothing_new_is_joined_untold(said, to_come, told):
    match turn(said, to_come, told=told, now=NOW):
        case Waits(until, _):
            assert not told
            assert until <= NOW + SPEAKS_FOR + NEW_WAITS
        case Joined():
            assert told or any(each.told and each.older for each in said)
        case None:
            assert not any(each.told and each.older and NOW - each.at < SPEAKS_FOR for each in said)


@given(saids, to_comes, st.booleans(), st.randoms())
def test_the_order_in_which_it_is_known_does_not_matter(said, to_come, told, random):
    first = turn(said, to_come, told=told, now=NOW)
    random.shuffle(said)
    random.shuffle(to_come)
    assert turn(said, to_come, told=told, now=NOW) == first
