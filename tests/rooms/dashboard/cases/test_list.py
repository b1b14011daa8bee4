"""The list of cases: filters, order, pages and the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests import factories as make
from tideover.dashboard.cases.filters import SORTS, read_filter
from tideover.dashboard.exports import guarded
from tideover.dashboard.paging import PER_PAGE, Pages, sorted_apart
from tideover.ids import public
from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def names(person, query=""):
    return [row.case.customer_name for row in person.browser().get(f"/cases/?{query}").context["rows"]]


def lines(person, query=""):
    body = b"".join(person.browser().get(f"/cases.csv?{query}").streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


@pytest.fixture
def three(connection):
    now = datetime.now(UTC)  # noqa: TID251 - the pages read the clock
    make.make_case(
        connection,
        customer_name="Ada",
        amount_due=300,
        opened_at=now - 2 * DAY,
        family="expired",
        first_family="expired",
    )
    make.make_case(
        connection,
        customer_name="Bea",
        amount_due=100,
        opened_at=now - 40 * DAY,
        state="recovered",
        via="email",
        ended_at=now - DAY,
    )
    make.make_case(
        connection, customer_name="Cem", amount_due=200, opened_at=now - 9 * DAY, attention="bounced", currency="eur"
    )


def test_what_comes_next_on_a_test_clock_is_not_called_due_by_the_time_of_the_world(alice, connection):
    now = datetime.now(UTC)  # noqa: TID251 - the pages read the clock
    case = make.make_case(connection)
    make.make_action(case, due_at=now - 100 * DAY)
    assert '<span class="sub">due</span>' in alice.browser().get("/cases/").content.decode()
    make.hang(case, make.make_clock(connection, shows=now - 103 * DAY))
    page = alice.browser().get("/cases/").content.decode()
    assert '<span class="sub">due</span>' not in page
    assert '<span class="sub">by its test clock</span>' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ada", "Cem", "Bea"]),
        ("state=recovered", ["Bea"]),
        ("state=failing", ["Ada", "Cem"]),
        ("state=gone", ["Ada", "Cem", "Bea"]),
        ("family=expired", ["Ada"]),
        ("attention=1", ["Cem"]),
        ("via=email", ["Bea"]),
        ("currency=eur", ["Cem"]),
        ("range=7d", ["Ada"]),
        ("range=7d&dated=ended", ["Bea"]),
        ("range=30d&state=failing&q=ce", ["Cem"]),
        ("q=nobody", []),
        ("sort=amount&currency=usd", ["Bea", "Ada"]),
        ("sort=-customer", ["Cem", "Bea", "Ada"]),
        ("sort=password", ["Ada", "Cem", "Bea"]),
        ("sort=ended", ["Ada", "Cem", "Bea"]),
    ],
)
def test_the_address_says_which_cases_are_listed_and_in_which_order(alice, three, query, found):
    assert names(alice, query) == found


def test_the_file_holds_what_the_page_shows(alice, three):
    for query in ("", "state=failing", "q=ada", "range=7d&dated=ended", "sort=-customer"):
        assert [line["customer"] for line in lines(alice, query)] == names(alice, query)


def test_the_file_writes_amounts_in_major_units_of_their_own_currency(alice, connection):
    make.make_case(connection, currency="jpy", amount_due=9900)
    make.make_case(connection, currency="kwd", amount_due=1500)
    assert {(line["currency"], line["amount_due"]) for line in lines(alice)} == {("JPY", "9900"), ("KWD", "1.500")}


def test_the_file_tells_what_failed_what_is_open_what_came_and_what_went_back(alice, connection):
    make.make_case(connection, state="recovered", amount_open=0, amount_recovered=5900, amount_returned=4000)
    [line] = lines(alice)
    told = [line[name] for name in ("amount_due", "amount_open", "amount_recovered", "amount_returned")]
    assert told == ["99.00", "0.00", "59.00", "40.00"]


def test_the_file_says_why_the_next_step_comes_when_it_comes(alice, connection):
    case = make.make_case(connection)
    make.make_action(case, step="message-1", do="message", template="reminder", why="Day 3 of the plan.")
    [line] = lines(alice)
    assert (line["next_step"], line["why"]) == ("Email · Reminder", "Day 3 of the plan.")


def test_a_customer_who_calls_himself_a_formula_is_text_in_the_file(alice, connection):
    make.make_case(connection, customer_name='=HYPERLINK("http://x")', customer_email="+1@x.example")
    [line] = lines(alice)
    assert line["customer"].startswith("'=")
    assert line["email"].startswith("'+")


@given(st.text())
def test_no_cell_starts_like_a_formula(cell):
    assert guarded(cell)[:1] not in set("=+-@\t\r\n")


@pytest.mark.parametrize(
    "cell",
    ["=1+1", " =1+1", "\u00a0=1+1", "\u200b+1", "\uff1d1+1", "\u3000\uff0b1", "\uff20SUM(A1)", "\ufe63 2", "|cmd"],
    ids=ascii,
)
def test_what_a_spreadsheet_may_take_for_a_formula_is_text(cell):
    assert guarded(cell) == f"'{cell}"


def test_a_semicolon_ends_no_cell_and_begins_no_formula(alice, connection):
    make.make_case(connection, customer_name="Acme; =1+1;Sons")
    body = b"".join(alice.browser().get("/cases.csv").streaming_content).decode("utf-8-sig")
    assert lines(alice)[0]["customer"] == "Acme;' =1+1;Sons"
    assert not [cell for cell in body.splitlines()[1].split(";") if cell.strip().startswith("=")]
    assert '"Acme;' in body


def test_ordinary_names_and_amounts_stay_as_they_are():
    for cell in ("Marlow & Finch", "O'Neil", "a=b", "\u682a\u5f0f\u4f1a\u793e", "99.00", ""):
        assert guarded(cell) == cell


def test_a_chip_takes_its_filter_off_and_leaves_the_others(alice, three):
    html = alice.browser().get("/cases/?state=failing&family=expired&q=ad&page=2").content.decode()
    assert (
        'href="?state=failing&amp;q=ad" aria-label="Remove the filter First failure: Expired or missing method"' in html
    )


def test_the_tabs_count_under_the_other_filters(alice, three):
    tabs = alice.browser().get("/cases/?currency=usd&state=failing").context["tabs"]
    assert [(tab.label, tab.cases) for tab in tabs[:3]] == [("All", 2), ("In recovery", 1), ("Recovered", 1)]


def test_a_row_says_how_far_its_case_has_come(alice, connection):
    case = make.make_case(connection)
    make.make_action(case, step="message-1", do="message", state="done", outcome="sent")
    make.make_action(case, step="charge-1")
    make.make_action(case, step="close", do="close")
    make.make_action(case, step="charge-2", state="dropped", outcome="dropped")
    assert "step 1 of 2" in alice.browser().get("/cases/").content.decode()


ORDERS = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]
FILTERS = ["", "state=recovered", "currency=eur", "family=expired", "range=30d", "q=cust", "attention=1", "via=email"]

SORTED_APART = {"attention=1", "via=email"}  # the others are walked as lists of very many are


@pytest.fixture
def many(connection):
    """Of each thing that is sorted by so few kinds that most cases are alike in it."""
    now = datetime.now(UTC)  # noqa: TID251 - the pages read the clock
    for number in range(120):
        make.make_case(
            connection,
            customer_name=f"Customer {number % 3}",
            customer_email=f"c{number % 2}@x.example",
            amount_due=100 * (number % 4),
            currency=("usd", "eur")[number % 2],
            opened_at=now - timedelta(days=number % 5),
            first_family=("expired", "no_funds")[number // 60],
            **({"attention": "bounced"} if number % 2 else {"state": "recovered", "via": "email"}),
        )


def on_the_pages(alice):
    """What an address shows, by asking for it."""
    browser = alice.browser()
    return lambda address: browser.get(f"/cases/?{address}").context["page"]


def by_the_reading(alice, few):
    """What an address shows, without drawing it."""
    every = Case.objects.filter(project=alice.project)
    return lambda address: Pages(cases_of(alice, address), every, "case", few).asked_for(QueryDict(address))


def cases_of(alice, address):
    return read_filter(QueryDict(address), datetime.now(UTC).date(), UTC).cases(alice.project)  # noqa: TID251 - as above


def walked(shown, address, way):
    """The pages that follow this one, each by the address that the one before it gives."""
    pages = []
    while True:
        page = shown(address)
        pages.append([getattr(row, "case", row).pk for row in page.rows])
        if not getattr(page, way):
            return pages
        base = "&".join(part for part in address.split("&") if not part.startswith(("after=", "before=")))
        address = f"{base}&{way}={getattr(page, way)}"


def walk_there_and_back(alice, shown, address):
    pages = walked(shown, address, "after")
    seen = [case for page in pages for case in page]
    assert seen == list(cases_of(alice, address).values_list("pk", flat=True))
    assert len(pages) == -(-len(seen) // PER_PAGE) > 1
    last = shown(f"{address}&after={public('case', pages[-2][-1])}")
    assert last.after == ""
    assert walked(shown, f"{address}&before={last.before}", "before") == pages[-2::-1]


@pytest.mark.parametrize("few", [True, False], ids=["sorted apart", "by the order's index"])
@pytest.mark.parametrize("query", FILTERS)
def test_every_case_is_seen_once_in_every_order_there_and_back(alice, many, query, few):
    for order in ORDERS:
        walk_there_and_back(alice, by_the_reading(alice, few), f"{query}&sort={order}")


@pytest.mark.parametrize("query", FILTERS)
def test_page_by_page_every_case_is_seen_once_there_and_back(alice, many, monkeypatch, query):
    if query not in SORTED_APART:
        monkeypatch.setattr("tideover.dashboard.cases.tabs.COUNTED", 10)
    walk_there_and_back(alice, on_the_pages(alice), f"{query}&sort=amount")


@pytest.mark.parametrize("order", ORDERS)
def test_few_cases_are_sorted_as_many_are_and_by_no_index(alice, many, order):
    cases = cases_of(alice, f"attention=1&sort={order}")
    apart = sorted_apart(cases)
    assert list(apart) == list(cases)
    assert list(apart.reverse()) == list(cases.reverse())
    assert re.search("FOR ORDER BY|Sort Key", apart.explain())


@pytest.mark.parametrize("order", [order for order in ORDERS if "state" not in order])
def test_a_page_follows_a_case_that_has_left_the_list(alice, many, order):
    browser = alice.browser()
    first = browser.get(f"/cases/?state=failing&sort={order}").context
    last = Case.objects.get(pk=first["rows"][-1].case.pk)
    Case.objects.filter(pk=last.pk).update(state="abandoned", ended_at=last.opened_at)
    second = browser.get(f"/cases/?state=failing&sort={order}&after={last.public_id}").context
    assert {row.case.pk for row in first["rows"]}.isdisjoint(row.case.pk for row in second["rows"])


def test_an_address_that_names_nobody_or_somebody_elses_case_shows_the_first_page(alice, many):
    hers, foreign = names(alice), make.make_case()
    for name in ("case_nonsense", "x", foreign.public_id, public("msg", foreign.pk), ""):
        for way in ("after", "before"):
            assert names(alice, f"{way}={name}") == hers


def test_after_the_very_last_case_comes_the_first_page(alice, connection):
    case = make.make_case(connection, customer_name="Ada")
    assert names(alice, f"after={case.public_id}") == names(alice, f"before={case.public_id}") == ["Ada"]


def test_a_million_cases_are_counted_by_the_figures_and_else_up_to_a_number(alice, many, monkeypatch):
    monkeypatch.setattr("tideover.dashboard.cases.tabs.COUNTED", 40)
    told = {}
    for query in ("currency=usd", "family=expired&range=30d", "q=cust", "q=nobody", "via=email"):
        tabs = alice.browser().get(f"/cases/?{query}").context["tabs"]
        told[query] = (tabs[0].cases, tabs[0].more)
    assert told == {
        "currency=usd": (60, False),
        "family=expired&range=30d": (60, False),
        "q=cust": (40, True),
        "q=nobody": (0, False),
        "via=email": (40, True),
    }


def test_a_list_costs_the_same_queries_for_one_case_and_for_many(alice, connection, django_assert_max_num_queries):
    for _ in range(25):
        make.make_action(make.make_case(connection))
    browser = alice.browser()
    with django_assert_max_num_queries(14):
        browser.get("/cases/")


def test_nothing_found_says_how_to_go_on_and_nothing_ever_says_it_is_good(alice, connection):
    assert "Nothing has failed yet" in alice.browser().get("/cases/").content.decode()
    make.make_case(connection)
    assert "No case matches" in alice.browser().get("/cases/?q=zzz").content.decode()


@pytest.mark.parametrize("address", ["/", "/cases/?attention=1", "/cases.csv?attention=1", "/cases/{}/"])
def test_a_mark_that_a_newer_version_has_set_breaks_no_page(alice, address):
    case = make.make_case(make.make_connection(alice.project), attention="of_tomorrow", customer_name="Zerelda")
    answer = alice.browser().get(address.format(case.public_id))
    html = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == 200
    assert b"Zerelda" in html
