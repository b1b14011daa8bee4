"""Readers as a file on a page: what is wrong is told by its line, what is right is shown, and only then it is done."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.factories import make_case, make_connection
from tests.people import colleague
from tideover.core.ways.reader_file import read_file
from tideover.dashboard.customers.upload import MOST_BYTES, MOST_LINES
from tideover.recovery.ways.rows import Recipient
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
URL = "/customers/readers/"
GOOD = "customer,address,name,role,language,from_day\ncus_One00000000001,office@acme.example,Olga,billing,de,5\n"


@pytest.fixture
def case(alice):
    return make_case(make_connection(alice.project), customer_id="cus_One00000000001")


def file_of(text, kind="text/csv"):
    return SimpleUploadedFile("readers.csv", text if isinstance(text, bytes) else text.encode(), kind)


def upload(person, text, kind="text/csv"):
    return person.browser().post(URL, {"file": file_of(text, kind)})


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def lines_in(answer) -> str:
    found = re.search(r'name="lines" value="([^"]*)"', answer.content.decode())
    return unescape(found[1])


def test_a_file_is_shown_before_anybody_is_added_and_then_all_are(alice, case):
    shown = upload(alice, GOOD)
    page = text_of(shown)
    assert "Add 1 reader" in page
    assert "office@acme.example" in page
    assert not Recipient.objects.exists()
    done = alice.browser().post(f"{URL}add/", {"lines": lines_in(shown)}, follow=True)
    assert "1 reader added" in text_of(done)
    row = Recipient.objects.get()
    assert (row.address, row.role, row.language, row.from_day) == ("office@acme.example", "billing", "de", 5)
    assert (row.source, row.made_by) == ("file", alice.user.email)
    assert AuditEntry.objects.get(what="recipient added").who == alice.user.email


def test_every_problem_is_told_by_its_line_and_nobody_is_added(alice, case):
    make_connection(case.project)
    bad = f"{GOOD}cus_Strange00000001,x@acme.example,,,,\n,y@acme.example,,,,\ncus_One00000000001,z@acme.example,,boss,,\n"
    answer = upload(alice, bad)
    page = text_of(answer)
    assert answer.status_code == 422
    told = re.findall(r'<td class="num">(\d+)</td><td class="start">([^<]*)</td>', page)
    assert [int(number) for number, _ in told] == [3, 4, 5]
    assert "not known in which account cus_Strange00000001" in told[0][1]
    assert "There is no role 'boss'" in told[2][1]
    assert not Recipient.objects.exists()


def test_who_is_one_too_many_by_the_file_itself_is_told(alice, case):
    many = "customer,address\n" + "".join(f"cus_One00000000001,r{at}@acme.example\n" for at in range(12))
    page = text_of(upload(alice, many))
    assert page.count("10 people are written to for cus_One00000000001 already") == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "no text in UTF-8"),
        ("customer,address\n", "There is nobody in this file."),
        ("who,what\n", "customer and address is missing"),
        ("customer,address\n" + "cus_One00000000001,a@acme.example\n" * (MOST_LINES + 1), f"{MOST_LINES} are the most"),
        ("x" * (MOST_BYTES + 1), "larger than 100 kB"),
    ],
    ids=["empty", "no text", "nobody", "no columns", "too many lines", "too large"],
)
def test_what_is_no_such_file_is_told(alice, case, body, said):
    answer = upload(alice, body)
    assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert not Recipient.objects.exists()


def test_a_picture_is_no_file_of_readers(alice, case):
    assert "cannot be used here" in text_of(upload(alice, "x", "image/png"))


def test_what_has_changed_since_it_was_shown_is_told_and_nobody_is_added(alice, case):
    lines = lines_in(upload(alice, GOOD))
    Project.objects.update(minimal=True)
    answer = alice.browser().post(f"{URL}add/", {"lines": lines})
    assert answer.status_code == 422
    assert "keeps no names" in text_of(answer)
    assert not Recipient.objects.exists()


def test_those_there_are_can_be_taken_and_brought_back(alice, case):
    alice.browser().post(f"{URL}add/", {"lines": GOOD})
    answer = alice.browser().get("/customers/readers.csv")
    text = b"".join(answer.streaming_content).decode()
    read = read_file(text)
    assert not read.problems
    assert [(wish.customer, wish.address, wish.from_day) for _, wish in read.wishes] == [
        ("cus_One00000000001", "office@acme.example", 5)
    ]


def test_the_most_lines_are_looked_through_with_as_many_queries_as_one(alice, case):
    browser = alice.browser()

    def queries(count):
        lines = "".join(f"cus_{at:015},r{at}@acme.example\n" for at in range(count))
        with CaptureQueriesContext(database) as seen:
            assert browser.post(URL, {"file": file_of(f"customer,address\n{lines}")}).status_code == 200
        return len(seen)

    queries(1)  # the first visit notes that they are here
    assert queries(MOST_LINES) == queries(1) <= 12


def test_who_may_only_read_is_refused_and_the_page_says_so(alice, case):
    carol = colleague("Carol", alice, Role.ANALYST)
    page = text_of(carol.browser().get(URL))
    assert "Your role reads this page" in page
    assert 'type="file"' not in page
    assert upload(carol, GOOD).status_code == 403
    assert carol.browser().post(f"{URL}add/", {"lines": GOOD}).status_code == 403


def test_another_merchants_customers_are_strangers(mallory, case):
    make_connection(mallory.project)
    make_connection(mallory.project)
    assert "not known in which account" in text_of(upload(mallory, GOOD))
