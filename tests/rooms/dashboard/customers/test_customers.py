"""The list of customers and the page of one: who is found by what, what they owe, and whose they are."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tideover import clock
from tideover.dashboard.customers import one
from tideover.dashboard.customers.times import bars, dots, months
from tideover.messages.keyed import address_hash
from tideover.messages.suppression import WINBACK, suppress
from tideover.mirror.importing import begin
from tideover.mirror.models import Mirror
from tideover.recovery.models import Case
from tideover.recovery.places import zone
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
ALL = "/customers/"


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def account(alice) -> Connection:
    return make.make_connection(alice.organization.projects.get())


def text(person, address: str) -> str:
    return person.browser().get(address).content.decode()


@pytest.fixture
def four(account):
    """One in recovery, one who owes what Stripe still tries, one who pays, and one who gets no email."""
    failing, owing, paying, silent = (make.make_customer(account, name=name) for name in ("Fay", "Ove", "Pat", "Sil"))
    make.make_case(account, customer_id=failing.stripe_id, promised_on=date(2026, 11, 25))
    make.make_invoice(owing, status="open")
    make.make_invoice(paying, status="open", tries=0, due_at=NOW + DAY)  # sent, and not due yet
    make.make_subscription(paying)
    case = make.make_case(account, customer_id=silent.stripe_id, customer_email=silent.email, state="recovered")
    make.make_message(case, to_hash="h")
    from tideover.messages.models import Suppression  # noqa: PLC0415

    Suppression.objects.create(organization=account.organization, address_hash="h", reason="unsubscribed", at=NOW)
    return failing, owing, paying, silent


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", "Fay Ove Pat Sil"),
        ("?show=failing", "Fay"),
        ("?show=owing", "Fay Ove"),
        ("?show=promised", "Fay"),
        ("?show=subscribed", "Pat"),
        ("?show=silent", "Sil"),
        ("?q=ov", "Ove"),
        ("?q=nobody", ""),
        ("?show=nonsense", "Fay Ove Pat Sil"),
    ],
)
def test_each_filter_finds_whom_it_says(alice, four, asked, found):
    page = text(alice, ALL + asked)
    assert [name for name in ("Fay", "Ove", "Pat", "Sil") if f">{name}</a>" in page] == found.split()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("?segment=pro", "Ove Pat"),
        ("?segment=Pro&show=owing", "Ove"),
        ("?segment=pro&q=pat", "Pat"),
        ("?segment=starter", ""),
        ("?segment=no%20such", "Fay Ove Pat Sil"),
    ],
)
def test_a_segment_finds_who_is_in_it_beside_the_other_filters(alice, four, asked, found):
    type(four[0]).objects.filter(name__in=["Ove", "Pat"]).update(segment="pro")
    page = text(alice, ALL + asked)
    assert [name for name in ("Fay", "Ove", "Pat", "Sil") if f">{name}</a>" in page] == found.split()
    assert "segment=pro" in page  # to be chosen


def test_only_segments_of_the_own_customers_can_be_chosen(alice, mallory, account):
    make.make_customer(account)
    make.make_customer(make.make_connection(mallory.organization.projects.get()), segment="theirs")
    assert "segment=" not in text(alice, ALL)


def test_a_page_tells_of_a_segment_and_of_what_is_none(alice, account):
    who, odd = make.make_customer(account, segment="pro"), make.make_customer(account, odd_segment=True)
    assert 'href="/customers/?segment=pro">pro</a>' in text(alice, f"/customers/{who.public_id}/")
    page = text(alice, f"/customers/{odd.public_id}/")
    assert "metadata: tideover_segment: what stands there is no segment: one word" in page


def test_a_customer_is_found_by_an_id_and_by_the_palette(alice, four):
    fay = four[0]
    for name in (fay.stripe_id, fay.public_id):
        assert ">Fay</a>" in text(alice, f"{ALL}?q={name}")
    assert f"/customers/{fay.public_id}/" in text(alice, "/find/?q=Fay")


def test_a_long_list_goes_on_by_name(alice, account):
    for number in range(30):
        make.make_customer(account, name=f"Name {number:02}")
    first = text(alice, ALL)
    assert "Name 24" in first
    assert "Name 25" not in first
    after = first.split("after=")[1].split('"')[0]
    assert "Name 25" in text(alice, f"{ALL}?after={after}")


def test_an_invoice_with_a_case_is_owed_once(alice, account):
    who = make.make_customer(account)
    make.make_invoice(who, status="open", stripe_id="in_same")
    make.make_case(account, customer_id=who.stripe_id, invoice_id="in_same", amount_open=4000)
    page = text(alice, ALL)
    assert "$40.00" in page
    assert "$139.00" not in page
    assert "1 invoice open" in text(alice, f"/customers/{who.public_id}/")


def test_a_promise_stands_beside_the_invoice_it_is_about(alice, account):
    who = make.make_customer(account)
    make.make_case(account, customer_id=who.stripe_id, promised_on=date(2026, 12, 1))
    assert "Promised for Dec 1" in text(alice, f"/customers/{who.public_id}/")


def test_two_currencies_are_never_added(alice, account):
    who = make.make_customer(account)
    make.make_invoice(who, status="open")
    make.make_invoice(who, status="open", currency="jpy", amount_open=5000, amount_due=5000, amount_paid=0)
    page = text(alice, f"/customers/{who.public_id}/")
    assert "$99.00" in page
    assert "¥5,000" in page


def test_a_page_tells_how_they_pay_and_how_they_are_reached(alice, account):
    who = make.make_customer(
        account, name="Lumen", locale="de-AT", country="AT", method_id="pm_main", email="l@x.example"
    )
    make.make_subscription(who)
    make.make_method(who, stripe_id="pm_main", last4="4417", expires_on=date(2026, 12, 31))
    make.make_method(who, last4="8210", expires_on=date(2026, 1, 31))
    make.make_payment(who, outcome="declined", code="insufficient_funds", method_id="pm_main")
    suppress(account.organization, "email", "l@x.example", "unsubscribed", NOW)
    page = text(alice, f"/customers/{who.public_id}/")
    for words in ("4417", "expires 12/26", "expired 01/26", "declined once in 30 days", "Main", "German (Austria)",
                  "Europe/Vienna", "they unsubscribed", "$99.00 a month", "insufficient_funds"):  # fmt: skip
        assert words in page, words


def test_who_wants_no_win_back_letters_gets_all_other_emails_and_is_not_called_silent(alice, account):
    who = make.make_customer(account, name="Lumen", email="l@x.example")
    case = make.make_case(account, customer_id=who.stripe_id, customer_email=who.email)
    make.make_message(case, to_hash=address_hash(who.email))
    suppress(account.organization, WINBACK, "l@x.example", "unsubscribed", NOW)
    page = text(alice, f"/customers/{who.public_id}/")
    assert re.search(r"<dt>Emails</dt><dd><span class=\"badge good\">.*?On</span>", page)
    assert re.search(r"<dt>Win-back</dt><dd><span class=\"badge bad\">.*?Off</span>", page)
    assert ">Lumen</a>" not in text(alice, f"{ALL}?show=silent")


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({"locale": "", "country": "AT"}, "German (Austria)"),
        ({"locale": "da", "country": "CH"}, "there are no texts in Danish, which they like better"),
        ({"locale": "", "country": ""}, "<dd>English</dd>"),
    ],
)
def test_a_page_tells_in_which_language_they_are_written_to_and_which_they_like_better(alice, account, known, shown):
    who = make.make_customer(account, **known)
    assert shown in alice.browser().get(f"/customers/{who.public_id}/").content.decode()


def test_a_method_that_was_taken_off_is_shown_as_such_and_is_the_main_one_no_more(alice, account):
    who = make.make_customer(account, method_id="pm_gone")
    make.make_method(
        who, stripe_id="pm_gone", last4="4417", expires_on=date(2026, 12, 31), gone=True, told_at=NOW - DAY
    )
    make.make_method(who, last4="8210")
    page = text(alice, f"/customers/{who.public_id}/")
    ways = page.partition("Ways to pay")[2].partition("</section>")[0]
    assert ways.index("8210") < ways.index("4417") < ways.index("no longer theirs since Nov 19, 2026")
    assert "Main" not in ways


def test_access_stands_with_the_day_that_was_promised_and_why(alice, account):
    who = make.make_customer(account)
    case = make.make_case(account, customer_id=who.stripe_id, access_until=date(2026, 12, 1), access_then="limited")
    make.make_fact(case, kind="access_promised", key="access:2026-12-01", learnt_at=NOW - 3 * DAY,
                   detail={"until": "2026-12-01", "then": "limited"})  # fmt: skip
    page = text(alice, f"/customers/{who.public_id}/")
    for words in ("Until Dec 1<small>11 days left", "Access is kept in full until the promised day.",
                  "It was promised on Nov 17", '<li class="on" aria-current="step"><span>End announced'):  # fmt: skip
        assert words in page, words
    Case.objects.update(access_until=date(2026, 11, 18))
    assert "Limited<small>since Nov 18, 2026" in text(alice, f"/customers/{who.public_id}/")


def test_a_promise_for_two_invoices_is_one_and_earlier_ones_are_counted_with_how_they_ended(alice, account):
    who = make.make_customer(account)
    old = make.make_case(account, customer_id=who.stripe_id, state="recovered", ended_at=NOW)
    open_ones = [make.make_case(account, customer_id=who.stripe_id, promised_on=date(2026, 12, 1)) for _ in range(2)]
    for number, (case, kind, day) in enumerate([
        (old, "promised", "2026-10-02"), (old, "promise_kept", "2026-10-02"),
        (open_ones[0], "promised", "2026-11-05"), (open_ones[0], "promise_broken", "2026-11-05"),
        (open_ones[0], "promised", "2026-11-30"), (open_ones[1], "promised", "2026-11-30"),
    ]):  # fmt: skip
        make.make_fact(case, kind=kind, key=f"{kind}:{number}", detail={"day": day})
    moved = {"day": "2026-12-01", "instead_of": "2026-11-30"}
    make.make_fact(open_ones[0], kind="promised", key="promised:moved", detail=moved)
    page = text(alice, f"/customers/{who.public_id}/")
    assert 'Dec 1<small><span class="num">$198.00</span> on Tuesday' in page
    assert "3 promised until now: 1 kept, 1 broken." in page


def test_every_address_that_was_written_to_is_known_and_whether_it_still_gets_email(alice, account):
    who = make.make_customer(account, email="new@payer.example")
    case = make.make_case(account, customer_id=who.stripe_id)
    for address, days in (("old@payer.example", 9), ("old@payer.example", 8), ("new@payer.example", 1)):
        sent = make.make_message(case, to_address=address, to_hash=address_hash(address), at=NOW - days * DAY)
        make.make_event(sent, at=NOW)
    suppress(account.organization, "email", "old@payer.example", "bounced", NOW)
    page = text(alice, f"/customers/{who.public_id}/")
    reach = page.partition("How we reach them")[2]
    assert re.search(r"old@payer\.example<span class=\"sub\">2 sent, the last on Nov 12, 2026; [^<]+", reach)
    assert "3 sent, 3 of them opened or followed" in reach
    assert "Off</span>" not in reach


def test_a_case_leads_to_its_customer(alice, account):
    who = make.make_customer(account)
    case = make.make_case(account, customer_id=who.stripe_id)
    assert f"/customers/{who.public_id}/" in text(alice, f"/cases/{case.public_id}/")


def test_of_who_was_erased_there_is_no_page(alice, account):
    who = make.make_customer(account, erased_at=NOW)
    assert alice.browser().get(f"/customers/{who.public_id}/").status_code == 404
    assert "No customers yet" in text(alice, ALL)


def test_who_of_another_project_of_the_same_merchant_is_absent(alice, account):
    other = make.make_customer(make.make_connection(make.make_project(alice.organization)))
    assert alice.browser().get(f"/customers/{other.public_id}/").status_code == 404


def test_where_no_names_are_kept_ids_are_shown(alice, account):
    account.project.minimal = True
    account.project.save()
    who = make.make_customer(account, name="", email="")
    page = text(alice, ALL)
    assert who.stripe_id in page
    assert "address not kept" in page
    assert "not kept" in text(alice, f"/customers/{who.public_id}/")


def test_the_list_says_that_the_history_is_being_read(alice, account):
    make.make_customer(account)
    begin(account, NOW)
    assert "is being read" in text(alice, ALL)


def test_nothing_is_said_to_be_open_only_once_the_history_was_read(alice, account):
    page = f"/customers/{make.make_customer(account).public_id}/"
    begin(account, NOW)
    assert "Not all is read yet" in text(alice, page)
    assert "Nothing open</span>" not in text(alice, page)
    Mirror.objects.update(imported_at=NOW)
    assert "Nothing is open" in text(alice, page)
    assert "Nothing open</span>" in text(alice, page)


def test_the_line_of_a_year_holds_every_month_dot_and_bar(account):
    span = months(NOW, zone("America/New_York"))
    assert (span[0].starts.month, span[-1].starts.month, [month.present for month in span].count(True)) == (12, 11, 1)
    who = make.make_customer(account)
    shown = [make.make_invoice(who, made_at=NOW - 30 * DAY), make.make_invoice(who, status="void", made_at=NOW)]
    hidden = [make.make_invoice(who, made_at=NOW - 500 * DAY), make.make_invoice(who, amount_due=0, amount_paid=0)]
    found = dots([*shown, *hidden], span)
    assert [(dot.invoice, dot.look) for dot in found] == [(shown[0], "paid"), (shown[1], "lost")]
    old = make.make_case(account, state="recovered", opened_at=NOW - 900 * DAY, ended_at=NOW - 890 * DAY)
    case = make.make_case(account, opened_at=NOW - 11 * DAY)
    [bar] = bars([case, old], span, NOW)
    assert (bar.case, bar.days, bar.late) == (case, 11, True)
    assert 0 <= float(bar.place) <= 100
    assert float(bar.place) + float(bar.wide) <= 101.2


def test_what_is_open_is_told_however_many_cases_came_after_it(alice, account, monkeypatch):
    monkeypatch.setattr(one, "MOST_CASES", 2)
    who = make.make_customer(account)
    behind = {"opened_at": NOW - 90 * DAY, "access_until": date(2026, 11, 18), "access_then": "limited"}
    make.make_case(account, customer_id=who.stripe_id, invoice_number="OLD-1", **behind)
    later = [NOW - days * DAY for days in (40, 20)]
    cases = [make.make_case(account, customer_id=who.stripe_id, state="recovered", opened_at=at) for at in later]
    known = one.known_of(who, NOW)
    assert [each.number for each in known.open] == ["OLD-1"]
    assert known.kept.access.standing == "limited"
    assert [row.case.pk for row in known.cases] == [cases[1].pk, known.open[0].row.case.pk]
