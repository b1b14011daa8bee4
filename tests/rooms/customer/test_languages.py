"""A second language, made up and put beside English, is what its reader gets everywhere: no English sentence is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date
from email.message import EmailMessage
from itertools import product
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import (
    DAY,
    NOW,
    make_action,
    make_attempt,
    make_case,
    make_connection,
    make_customer,
    make_fact,
    make_message,
    make_method,
    make_organization,
    make_plan,
    make_project,
    make_ruleset,
)
from tests.fakes import FakeMail, FakeStripe, effects
from tests.rooms.customer.ahead import cards_that_end, plans_that_ended, plans_that_renew
from tests.rooms.customer.beside import came_back
from tests.rooms.customer.made_up import CODE, MARK, latin_words, read_of, write_made_up
from tests.rooms.messages.post import taking_no_writes
from tideover import clock
from tideover.config import config
from tideover.core.ahead.offers import Discount
from tideover.core.catalogue import TEMPLATES, Consequence, Template, Tone
from tideover.core.declines import Decline, Family, Reason
from tideover.core.facts import Learnt, fact
from tideover.core.methods import Means
from tideover.core.money import Money
from tideover.core.outcomes import Outcome, Word
from tideover.core.rules import PRESETS, to_json
from tideover.customer.answers import in_words
from tideover.messages.channels import compose
from tideover.messages.channels.email.trial import trial_mail
from tideover.messages.examples import EXAMPLE, IN_PARTS, SPARSE
from tideover.messages.keyed import token_hash
from tideover.messages.languages import languages, spoken_in
from tideover.messages.lint import faults
from tideover.messages.wording import Offered, Owed, Renewal, WonBack
from tideover.recovery import links
from tideover.recovery.intake import learn
from tideover.recovery.known import known_of
from tideover.recovery.last_look import approach
from tideover.recovery.models import Case, Link
from tideover.recovery.telling.said import Bill, Said, Sentence
from tideover.recovery.writing import write

pytestmark = pytest.mark.django_db
BRAND = "Ακμή"
THEIRS = {"accept-language": f"{CODE}-IL,{CODE};q=0.9,en;q=0.5"}
TAKES_AWAY = {**to_json(PRESETS["tuned"]), "consequence": "suspended", "consequence_day": 20}
CODES = {
    Family.NO_FUNDS: "insufficient_funds",
    Family.REFUSED: "generic_decline",
    Family.TECHNICAL: "processing_error",
    Family.EXPIRED: "expired_card",
    Family.CARD_DEAD: "lost_card",
    Family.AUTHENTICATION: "authentication_required",
    Family.REVOKED: "stop_payment_order",
    Family.WRONG_DATA: "incorrect_number",
    Family.BLOCKED: "rule",
    Family.UNCHARGEABLE: "amount_too_small",
    Family.OTHER: "a_code_of_tomorrow",
}


@pytest.fixture
def numbers(tmp_path, settings) -> Iterator[dict[str, str]]:
    """The made-up language is installed and it is NOW; which line has which number."""
    settings.TIDEOVER_TEXTS = tmp_path
    clock.travel_to(NOW)
    cache.clear()
    yield write_made_up(tmp_path)
    clock.travel_to(None)


@pytest.fixture
def no_room_to_keep(tmp_path_factory, monkeypatch):
    """Nothing can be kept beside a database that takes nothing."""
    kept = tmp_path_factory.mktemp("kept")
    (kept / "optouts-waiting.jsonl").mkdir()
    monkeypatch.setattr(config(), "optouts_file", str(kept / "optouts.jsonl"))


@pytest.fixture
def connection():
    project = make_project(
        make_organization(name=BRAND),
        brand_name=BRAND,
        support_email="help@acme.example",
        return_url="https://acme.example/",
    )
    return make_connection(project, publishable_key="pk_test_alice")


def their_case(connection, **values) -> Case:
    plain = {"description": "Ψ", "invoice_number": "0001", "customer_name": "Ιώ", "locale": CODE}
    return make_case(connection, **{**plain, **values})


def url_of(case: Case) -> str:
    return f"/c/{links.make_link(case, message_id=None, now=NOW)}"


# ── everything a payer can come across ──


def mails() -> Iterator[str]:
    known = replace(EXAMPLE, merchant=BRAND, customer_name="Ιώ", description="Ψ", postal_address="1", locale=CODE)
    known = replace(known, invoice_number="0001", consequence_on=date(2026, 12, 1))
    unknown = replace(SPARSE, locale=CODE, merchant="\u202e", card_brand="us_bank_account", card_last4="6789")
    for base, template, tone, stated in product((known, unknown), Template, Tone, Consequence):
        composed = compose(replace(base, template=template, tone=tone, consequence=stated, psychology=True))
        yield f"{composed.subject} {composed.preheader} {composed.text} {read_of(composed.html)}"
    for part, template in product(IN_PARTS, [each for each in Template if TEMPLATES[each].of_plan]):
        composed = compose(replace(known, template=template, parts=part.parts))
        yield f"{composed.subject} {composed.preheader} {composed.text}"
    for reason in Reason:
        yield compose(replace(known, reason=reason)).text
    for means in Means:
        yield compose(replace(known, template=Template.UPDATE_CARD, means=means)).text
    yield compose(replace(known, template=Template.OVERDUE, failed_on=None, due_on=date(2026, 11, 3))).text
    by_hand = Renewal(date(2026, 11, 3), by_hand=True)
    yield compose(replace(known, template=Template.RENEWAL, renewal=by_hand)).text
    for discount, template in product(
        (Discount(1, 20), None), (each for each in Template if TEMPLATES[each].wins_back)
    ):
        left = WonBack(date(2026, 11, 3), Offered(discount, date(2026, 11, 17)) if discount else None)
        composed = compose(replace(known, template=template, won_back=left))
        yield f"{composed.subject} {composed.text}"
    looked_at = compose(replace(known, is_rehearsal=True))
    yield f"{looked_at.subject} {looked_at.text}"
    several = compose(replace(known, is_test=True, also=(Owed(known.amount, "", "Ψ"),)))
    yield f"{several.subject} {several.text} {read_of(several.html)}"


def trial_mails(connection) -> Iterator[str]:
    """What the merchant's own people get to see that mail arrives."""
    for name in (BRAND, ""):
        connection.project.brand_name = connection.project.name = name
        sent = trial_mail(connection.project, "Ιώ", "io@acme.example", spoken_in(CODE), NOW)
        yield read_of_mail(sent)


def read_of_mail(sent: EmailMessage) -> str:
    plain, html = (sent.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return f"{sent['Subject']} {plain} {read_of(html)}"


def pages(client: Client, connection) -> Iterator[str]:
    """The payment page in all its states."""
    elsewhere = {"hosted_url": "https://invoice.stripe.example/i/1"}
    observing = make_connection(connection.project, mode="observe")
    for family, code in CODES.items():
        yield client.get(url_of(their_case(connection, family=family, decline_code=code))).content.decode()
        case = their_case(connection, family=family, decline_code=code, customer_id="cus_of_two", **elsewhere)
        make_action(case, due_at=NOW + DAY)
        yield client.get(url_of(case)).content.decode()
    for values in (
        {"family": "overdue", **elsewhere},
        {"state": "recovered", "via": "card_page", "ended_at": NOW, **elsewhere},
        {"state": "recovered", "via": "stripe"},
        {"processing": True},
        {"family": "expired", "card_last4": "", "card_brand": "", "decline_code": ""},
        {"customer_id": "cus_of_two", "description": ""},
        {"customer_id": "cus_of_two", "currency": "jpy"},
        {"customer_id": "cus_of_two", "invoice_number": ""},
        {"card_brand": "", "card_last4": "", "family": "authentication"},
    ):
        yield client.get(url_of(their_case(connection, **values))).content.decode()
    debited = their_case(connection, processing=True, card_brand="sepa_debit", card_last4="3000")
    make_attempt(debited, outcome="processing")
    yield client.get(url_of(debited)).content.decode()
    backing = make_project(connection.organization, backup_methods=True)
    backing_up = make_connection(backing, publishable_key="pk_test_alice")
    for fact_of in ((), (make_fact,)):
        asking = their_case(backing_up)
        for make in fact_of:
            make(asking, "backup_allowed")
        yield client.get(url_of(asking)).content.decode()
    preferring = make_project(connection.organization, prefers_portal=True)
    leading_on = make_connection(preferring, publishable_key="pk_test_alice")
    yield client.get(url_of(their_case(leading_on))).content.decode()
    saving = their_case(connection, customer_id="cus_paypal")
    make_method(make_customer(connection, stripe_id="cus_paypal"), brand="paypal")
    yield client.get(url_of(saving)).content.decode()
    closed = their_case(connection, state="canceled")
    learn(closed, [fact(Learnt.VOIDED, NOW)], NOW)
    yield client.get(url_of(closed)).content.decode()
    returned = their_case(connection, state="canceled")
    make_fact(returned, "came_back")
    yield client.get(url_of(returned)).content.decode()
    stern = make_ruleset(connection.project, rules=TAKES_AWAY)
    yield client.get(url_of(their_case(connection, ruleset=stern))).content.decode()
    asked = their_case(connection)
    make_attempt(asked, by="customer", at=NOW, card_fingerprint=asked.card_fingerprint)
    yield client.get(url_of(asked)).content.decode()
    spent = their_case(connection)
    for day in range(1, 16):
        make_attempt(spent, at=NOW - day * DAY, card_fingerprint=spent.card_fingerprint)
    yield client.get(url_of(spent)).content.decode()
    on_a_day = their_case(connection, promised_on=(NOW + DAY).date(), promised_since=NOW)
    yield client.get(f"{url_of(on_a_day)}?not=day").content.decode()
    yield from in_parts(client, connection)
    two = [their_case(connection, customer_id="cus_two") for _ in range(2)]
    for query in ("", "?pick=1"):
        yield client.get(url_of(two[0]) + query).content.decode()
    for values in (elsewhere, {}):
        yield client.get(url_of(their_case(observing, **values))).content.decode()


def in_parts(client: Client, connection) -> Iterator[str]:
    """The door to a plan, of one invoice and of one among several, and a plan that stands or is about to."""
    offering = make_connection(make_project(connection.organization, plans_enabled=True), publishable_key="pk_alice")
    late = {"opened_at": NOW - 15 * DAY, "payment_method_id": "pm_1"}
    for _ in range(2):
        yield client.get(url_of(their_case(offering, customer_id="cus_of_two", **late))).content.decode()
    plans = [make_plan(their_case(offering, **late)) for _ in range(3)]
    plans[1].parts.update(paid_at=None, paid=0, charge=None)
    plans[2].parts.filter(number=2).update(due_at=NOW - DAY)
    for plan in plans:
        yield client.get(url_of(plan.case)).content.decode()


def answers() -> Iterator[str]:
    language = spoken_in(CODE)
    for sentence in set(Sentence) - {Sentence.DECLINED}:
        yield in_words(Said(sentence), language, UTC)
    yield in_words(Said(Sentence.FORBIDDEN, earliest_at=NOW), language, UTC)
    bills = (Bill("0001", Money(9900, "usd")), Bill("", Money(4900, "usd")))
    yield in_words(Said(Sentence.NOT_REACHED, paid=bills[:1], left=bills[1:]), language, UTC)
    for code in CODES.values():
        yield in_words(Said(Sentence.DECLINED, decline=Decline(code)), language, UTC)


def closed_doors(client: Client, connection) -> Iterator[str]:
    json = {"accept": "application/json"}
    yield client.get("/c/nothing", headers=THEIRS).content.decode()
    yield client.post("/c/nothing/setup", headers={**THEIRS, **json}).json()["message"]
    url = url_of(their_case(connection))
    for _ in range(30):
        yield client.post(f"{url}/done", {"intent": "nonsense"}, headers=json).json()["message"]
    yield client.post(f"{url}/done", {"intent": "nonsense"}, headers=json).json()["message"]
    yield client.post(f"{url}/done", {"intent": "nonsense"}).content.decode()


def old_links(client: Client, connection) -> Iterator[str]:
    """Of what is open, was withdrawn, is paid, and is closed; and the answer to who asks for a new one."""
    revoked = url_of(their_case(connection))
    Link.objects.update(revoked_at=NOW)
    ended = [their_case(connection, state="recovered"), their_case(connection, state="canceled")]
    make_fact(ended[1], "voided")
    urls = [url_of(case) for case in (their_case(connection), *ended)]
    Link.objects.update(expires_at=NOW)
    for url in (revoked, *urls, f"{urls[0]}?asked=1"):
        yield client.get(url).content.decode()


def ways_out(client: Client, connection) -> Iterator[str]:
    case = their_case(connection)
    yield client.get("/u/nothing", headers=THEIRS).content.decode()
    make_message(case, locale=CODE, unsubscribe_hash=token_hash("theirs"))
    yield client.get("/u/theirs").content.decode()
    with taking_no_writes():
        not_now = client.post("/u/theirs").content.decode()
    yield not_now
    yield client.post("/u/theirs").content.decode()
    type(case.project).objects.filter(pk=case.project_id).update(support_email="")
    yield client.post("/u/theirs").content.decode()


def returned_debts(client: Client, connection) -> Iterator[str]:
    """The page of a debit that its bank sent back, where a card can be taken and where none can."""
    for asked in (connection, make_connection(connection.project, mode="observe")):
        case = came_back(asked)
        Case.objects.filter(pk=case.pk).update(locale=CODE, hosted_url="https://invoice.stripe.example/i/1")
        yield client.get(url_of(case)).content.decode()


# ── the rules ──


def test_the_made_up_language_is_complete(numbers, settings):
    assert languages(settings.TIDEOVER_TEXTS) == {"en", CODE}
    # Its letters take two bytes, and it has as many as English: a text message in it is longer than one may be.
    assert [fault for fault in faults(settings.TIDEOVER_TEXTS) if "/sms/" not in str(fault.file)] == []


def test_every_mail_is_in_its_language(numbers, connection):
    for read in (*mails(), *trial_mails(connection)):
        assert latin_words(read) == []
        assert "שש" in read


def test_a_message_of_a_case_is_written_in_the_customers_language(numbers, connection):
    case = their_case(connection)
    make_attempt(case)
    mail = FakeMail()
    action = make_action(
        case, do="message", template="failed", tone="friendly", step="message-1", state="claimed", lease_token=uuid4()
    )
    mine = approach(action)
    [known] = known_of([mine.case], NOW)
    assert write(mine, known, effects(FakeStripe(), mail), NOW) == Outcome(Word.SENT)
    sent = mail.accepted[0][1]
    html = sent.get_body(("html",)).get_content()
    assert latin_words(read_of_mail(sent)) == []
    assert f'lang="{CODE}" dir="rtl"' in html
    assert "text-align:right" in html


def test_every_state_of_the_page_is_in_its_language(numbers, client, connection):
    for page in pages(client, connection):
        assert latin_words(read_of(page)) == []
        assert f'<html lang="{CODE}" dir="rtl">' in page


def test_everything_the_page_answers_is_in_its_language(numbers, client, connection):
    for said in answers():
        assert latin_words(said) == []
    for read in (*closed_doors(client, connection), *old_links(client, connection)):
        assert latin_words(read_of(read)) == []


def test_the_way_out_is_in_the_language_of_its_message(no_room_to_keep, numbers, client, connection):
    for page in ways_out(client, connection):
        assert latin_words(read_of(page)) == []
        assert f'<html lang="{CODE}" dir="rtl">' in page


def forwards(client: Client, connection) -> Iterator[str]:
    """What the page says once its link was forwarded, or was not."""
    for told in ("yes", "no"):
        yield client.get(url_of(their_case(connection)), {"forwarded": told}).content.decode()


def test_every_line_of_a_language_is_read_by_somebody(no_room_to_keep, numbers, client, connection):
    places = (
        mails(),
        trial_mails(connection),
        pages(client, connection),
        answers(),
        closed_doors(client, connection),
        old_links(client, connection),
        ways_out(client, connection),
        returned_debts(client, connection),
        cards_that_end(client),
        plans_that_renew(client),
        plans_that_ended(client),
        forwards(client, connection),
    )
    read = {number for place in places for text in place for number in MARK.findall(read_of(text))}
    unread = [line for number, line in numbers.items() if number not in read]
    assert unread == []


def test_who_speaks_another_language_still_reads_english(numbers, client, connection):
    page = client.get(url_of(their_case(connection, locale="fi"))).content.decode()
    assert '<html lang="en" dir="ltr">' in page
    assert "Pay with another card" in page
