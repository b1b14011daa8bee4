"""What stands outside of the pages: errors of every kind, closed links, and the mails; each drawn and accessible."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.test import Client
from django.urls import path
from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tests.rooms.messages.post import claimed, taking_no_writes
from tideover import clock
from tideover import urls as house
from tideover.config import config
from tideover.core.catalogue import Template
from tideover.core.settings.designs import Design
from tideover.customer.entering import throttle
from tideover.dashboard.sign_in.views import PAIR
from tideover.messages.channels import compose
from tideover.messages.channels.email.trial import trial_mail
from tideover.messages.examples import DEBIT, EXAMPLE, SEVERAL, SPARSE
from tideover.messages.keyed import unsubscribe_token
from tideover.messages.languages import spoken_in
from tideover.recovery import links

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOUCHING = """() => [...document.querySelectorAll('.wrong-page.card')]
    .filter(card => card.querySelector('h1').getBoundingClientRect().left - card.getBoundingClientRect().left < 12)"""
ELSEWHERE = "/drawn-for-the-test/"


def _raises(broken):
    def view(_request):
        raise broken

    return view


class WithBroken:
    """The addresses of the house, and one for each thing that can be wrong."""

    urlpatterns = [
        *house.urlpatterns,
        path("broken/", _raises(RuntimeError("nobody foresaw this"))),
        path("odd/", _raises(SuspiciousOperation("odd"))),
        path("forbidden/", _raises(PermissionDenied)),
    ]
    handler400, handler403 = house.handler400, house.handler403
    handler404, handler500 = house.handler404, house.handler500


@pytest.fixture(params=LOOKS, ids=named)
def look(request):
    return request.param


@pytest.fixture
def page(open_page, live_server, look):
    return open_page(base_url=live_server.url, **look)


def draw(page, body, headers=None):
    """Show an answer of ours in the browser, with our style sheets."""
    page.unroute_all()
    page.route(f"**{ELSEWHERE}", lambda route: route.fulfill(body=body, headers=headers, content_type="text/html"))
    page.goto(ELSEWHERE)


def errors_of(browser):
    """Every kind of error this browser can meet, as its name and the answer."""
    browser.raise_request_exception = False
    for address, status in (("/odd/", 400), ("/forbidden/", 403), ("/nowhere/", 404), ("/broken/", 500)):
        yield status, browser.get(address)
    yield 403, browser.post("/sign-out/")


def test_every_error_page_is_accessible_to_a_member_a_stranger_and_a_payer(page, settings, alice):
    settings.ROOT_URLCONF = WithBroken
    member, stranger = alice.browser(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    answers = [*errors_of(member), *errors_of(stranger), (403, stranger.post(f"/c/{'x' * 43}/setup"))]
    assert len({answer.content for _, answer in answers}) == len(answers)
    for status, answer in answers:
        assert answer.status_code == status
        draw(page, answer.content, dict(answer.headers))
        expect(page.locator("h1")).to_have_count(1)
        assert page.evaluate(TOUCHING) == []
        assert violations(page) == [], answer.request["PATH_INFO"]
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.fixture
def no_room_to_keep(tmp_path, monkeypatch):
    """Nothing can be kept beside a database that takes nothing."""
    (tmp_path / "optouts-waiting.jsonl").mkdir()
    monkeypatch.setattr(config(), "optouts_file", str(tmp_path / "optouts.jsonl"))


def closed_to(case, message, browser):
    """What a payer finds where a link does not do what they came for, each with its status."""
    token, leave = links.make_link(case, message_id=None, now=clock.now()), unsubscribe_token(message.action_id)
    yield 404, browser.get("/c/nothing")
    for _ in range(throttle.limit + 1):
        answer = browser.post(f"/c/{token}/done", {"intent": "none"})
    yield 429, answer
    yield 404, browser.get("/u/nothing/")
    yield 200, browser.get(f"/u/{leave}")
    with taking_no_writes():
        yield 503, browser.post(f"/u/{leave}")
    yield 200, browser.post(f"/u/{leave}")


def test_every_closed_door_of_a_payer_is_accessible(page, no_room_to_keep, alice):
    browser = Client()
    case = make.make_case(make.make_connection(alice.project))
    for status, answer in closed_to(case, claimed(alice), browser):
        assert answer.status_code == status
        draw(page, answer.content, dict(answer.headers))
        assert violations(page) == [], answer.request["PATH_INFO"]
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_sign_in_after_too_many_tries_is_accessible(page, alice):
    browser = Client()
    for _ in range(PAIR.limit + 1):
        answer = browser.post("/sign-in/", {"email": alice.user.email, "password": "not this one"})
    assert answer.status_code == 429
    draw(page, answer.content, dict(answer.headers))
    assert violations(page) == []
    page.goto(f"/sign-in/{'x' * 43}/")
    assert violations(page) == []


# ── mails ──

BRANDS = ["#00D4AA", "#ffee00", "no color"]


def every_mail(person):
    """Each kind of message in English, with much and little known; one in each design, and the test mail."""
    others = [(Template.FAILED, DEBIT), (Template.FAILED, SEVERAL)]
    for template, base in [*product(Template, (EXAMPLE, SPARSE)), *others]:
        brand = BRANDS[list(Template).index(template) % len(BRANDS)]
        yield f"{template} {brand}", compose(replace(base, template=template, brand_color=brand, locale="en")).html
    for design, locale in product(Design, ("en", "ar")):
        brand = BRANDS[list(Design).index(design) % len(BRANDS)]
        yield f"{design} {locale}", compose(replace(EXAMPLE, design=design, locale=locale, brand_color=brand)).html
    trial = trial_mail(person.project, "", person.user.email, spoken_in("en"), clock.now())
    yield "test", trial.get_body(("html",)).get_content()


def test_every_mail_is_accessible_and_fits(page, alice, look):
    for name, html in every_mail(alice):
        draw(page, html)
        expect(page.locator("h1")).to_have_count(1)
        assert look.get("phone") or violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
