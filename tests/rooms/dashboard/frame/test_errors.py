"""What is not as it should be is told in the house's own words: in the frame to members, alone to strangers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import path

from tests.cut_off import database_away
from tideover import urls as house
from tideover.dashboard.frame import errors

pytestmark = pytest.mark.django_db
FRAME = '<nav class="nav" aria-label="Pages">'
HTMX = {"HX-Request": "true"}


def broken(_request):
    raise RuntimeError("nobody foresaw this")


class WithBroken:
    """The addresses of the house, and one that is broken."""

    urlpatterns = [*house.urlpatterns, path("broken/", broken)]
    handler400, handler403 = house.handler400, house.handler403
    handler404, handler500 = house.handler404, house.handler500


@pytest.fixture
def with_broken(settings):
    settings.ROOT_URLCONF = WithBroken


def said(answer):
    return answer.content.decode()


# ── each kind, to a member and to a stranger ──


def ask(browser, wrong, **headers):
    browser.raise_request_exception = False
    if wrong is errors.TOO_OLD:
        return browser.post("/sign-out/", headers=headers)
    if wrong is errors.BROKEN:
        return browser.get("/broken/", headers=headers)
    return browser.get("/nowhere/", headers=headers)


KINDS = pytest.mark.parametrize("wrong", [errors.TOO_OLD, errors.ABSENT, errors.BROKEN], ids=lambda wrong: wrong.title)


@KINDS
def test_a_member_reads_it_in_the_frame(alice, with_broken, wrong):
    answer = ask(alice.browser(enforce_csrf_checks=True), wrong)
    assert answer.status_code == wrong.status
    assert f"<h1>{wrong.title}</h1>" in said(answer)
    assert FRAME in said(answer)


@KINDS
def test_a_stranger_reads_it_alone(db, with_broken, wrong):
    answer = ask(Client(enforce_csrf_checks=True), wrong)
    assert answer.status_code == wrong.status
    assert f"<h1>{wrong.title}</h1>" in said(answer)
    assert FRAME not in said(answer)
    assert "/dist/app.css" in said(answer) or "dist" not in said(answer)


@KINDS
def test_a_script_gets_a_sentence_and_no_page(alice, with_broken, wrong):
    answer = ask(alice.browser(enforce_csrf_checks=True), wrong, **HTMX)
    assert (answer.status_code, answer["Content-Type"]) == (wrong.status, "text/plain; charset=utf-8")
    assert said(answer) == f"{wrong.title}. {wrong.text}"
    answer = ask(alice.browser(enforce_csrf_checks=True), wrong, Accept="application/json")
    assert answer.json() == {"message": f"{wrong.title}. {wrong.text}"}


@pytest.mark.parametrize("name", ["bad_request", "permission_denied", "page_not_found"])
def test_each_of_djangos_handlers_is_ours(rf, name):
    request = rf.get("/")
    answer = getattr(errors, name)(request, Exception("secret"))
    assert answer.status_code in {400, 403, 404}
    assert "<h1>" in said(answer)
    assert "secret" not in said(answer)


def test_a_wrong_host_is_told_before_anybody_is_known(client):
    answer = client.get("/", headers={"host": "evil.example"})
    assert (answer.status_code, errors.UNREADABLE.title in said(answer)) == (400, True)


def test_a_broken_page_does_not_need_what_broke(alice, with_broken, monkeypatch):
    monkeypatch.setattr(errors, "show", broken)
    answer = ask(alice.browser(), errors.BROKEN)
    assert answer.status_code == 500
    assert errors.BROKEN.title in said(answer)
    assert FRAME not in said(answer)


# ── an old form ──


def test_an_old_form_changes_nothing_and_leads_back_to_its_page(alice, case):
    browser = alice.browser(enforce_csrf_checks=True)
    page = f"http://testserver/cases/{case.public_id}/?from=list"
    answer = browser.post(
        f"/cases/{case.public_id}/pause/", {"csrfmiddlewaretoken": "x" * 32}, headers={"Referer": page}
    )
    assert answer.status_code == 403
    assert f'href="/cases/{case.public_id}/?from=list"' in said(answer)
    case.refresh_from_db()
    assert case.paused_until is None


@pytest.mark.parametrize("page", ["https://evil.example/x", "//evil.example", "nonsense", ""])
def test_the_way_back_is_ours_or_the_start_page(alice, page):
    answer = alice.browser(enforce_csrf_checks=True).post("/sign-out/", headers={"Referer": page})
    assert "evil" not in said(answer)
    assert 'href="/">Go to the start page' in said(answer)


@pytest.mark.parametrize("address", ["/c/{}/setup", "/c/{}/", "/u/{}/x/y", "/o/"])
def test_a_payer_is_led_nowhere_in_the_house(db, address):
    answer = Client(enforce_csrf_checks=True).post(address.format("x" * 43))
    assert answer.status_code in {403, 404}
    assert "<h1>" in said(answer)
    assert "start page" not in said(answer)


# ── signed out ──

PARTS = ["/activity/", "/find/?q=a", "/?metric=rate"]


@pytest.mark.parametrize("address", PARTS)
def test_a_part_of_a_page_leads_a_signed_out_browser_to_sign_in_and_back_to_the_page(client, db, address):
    answer = client.get(address, headers={**HTMX, "HX-Current-URL": "http://testserver/cases/?state=failing"})
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer["HX-Redirect"] == "/sign-in/?next=/cases/%3Fstate%3Dfailing"


def test_the_way_back_from_sign_in_is_never_anothers_page(client, db):
    answer = client.get("/activity/", headers={**HTMX, "HX-Current-URL": "https://evil.example/"})
    assert answer["HX-Redirect"] == "/sign-in/?next=/"


def test_a_form_sent_signed_out_leads_back_to_its_page_and_not_to_what_only_takes_forms(client, case):
    page = f"http://testserver/cases/{case.public_id}/"
    answer = client.post(f"/cases/{case.public_id}/pause/", headers={"Referer": page})
    assert answer["Location"] == f"/sign-in/?next=/cases/{case.public_id}/"
    assert client.post(f"/cases/{case.public_id}/pause/")["Location"] == "/sign-in/?next=/"


# ── the database is away ──


@pytest.mark.parametrize("address", ["/cases/", "/c/some-token/"])
def test_while_the_database_is_away_every_page_says_so_and_when_to_ask_again(alice, address):
    browser = alice.browser()
    browser.raise_request_exception = False
    with database_away():
        answer = browser.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert errors.AWAY.text in said(answer)
    assert FRAME not in said(answer)
