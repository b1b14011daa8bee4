"""The set-up's step for mail: which server it is, whether it takes messages, and a test to whoever asks."""

from __future__ import annotations

import re
from email import message_from_string, policy

import pytest
from django.test import Client

from tideover.dashboard.home.acts import PERSON, TOO_OFTEN
from tideover.messages.arrival import arrival_url
from tideover.messages.models import Message
from tideover.tenants.models import AuditEntry, Project
from tideover.upkeep.models import Milestone

pytestmark = pytest.mark.django_db
ASKED = "Send a test mail to me"
ADDRESS = "/test-mail/"


@pytest.fixture
def with_sender(alice, connection):
    Project.objects.filter(pk=alice.project.pk).update(sender_email="billing@alpine.example")


def started(person):
    return person.browser().get("/get-started/").content.decode()


def said(browser):
    return browser.get("/").content.decode()


def test_the_step_names_the_server_and_is_done_once_it_took_a_test(alice, with_sender, server):
    assert f"It leaves by 127.0.0.1:{server.port}" in started(alice)
    assert ASKED in started(alice)
    browser = alice.browser()
    assert browser.post(ADDRESS).status_code == 302
    assert "took a test mail for alice@alpine-analytics.example" in said(browser)
    assert "took one for alice@alpine-analytics.example. Follow its link." in started(alice)
    mail = message_from_string(server.mails[0], policy=policy.default)
    [link] = re.findall(r"/arrived/\S+/", mail.get_body(("plain",)).get_content())
    assert "It arrived" in Client().get(link).content.decode()
    assert "It arrived: its link was followed." in started(alice)


@pytest.mark.parametrize("token", ["x", "ImEi:1x:y"])
def test_a_link_of_no_test_mail_proves_nothing(client, token):
    assert client.get(f"/arrived/{token}/").status_code == 404


def test_the_link_of_one_merchants_test_mail_proves_nothing_for_another(mallory):
    Client().get(f"/arrived{arrival_url(mallory.project).partition('/arrived')[2]}")
    assert Milestone.objects.get().organization == mallory.organization


def test_a_refusal_is_told_in_the_servers_words_and_the_step_stays(alice, with_sender, server):
    server.odd = {"RCPT": "550 5.7.1 relaying <b>denied</b>"}
    browser = alice.browser()
    browser.post(ADDRESS, {"next": "/status/"})
    page = browser.get("/status/").content.decode()
    words = "refused the test mail: 550 5.7.1 relaying &lt;b&gt;denied&lt;/b&gt;"
    assert words in page
    assert 'role="alert"' in page
    assert words in started(alice)


def test_each_test_stands_in_the_log_with_who_asked_and_what_came_of_it(bob, alice, with_sender, server):
    bob.browser().post(ADDRESS)
    entry = AuditEntry.objects.get()
    assert (entry.organization, entry.who, entry.what) == (alice.organization, bob.user.email, "test mail")
    assert entry.after["taken"] is True
    assert "took a test mail" in entry.after["outcome"]


def test_it_goes_to_who_asks_from_their_own_merchant_and_to_nobody_else(alice, mallory, with_sender, server):
    mallory.browser().post(
        ADDRESS, {"to": "victim@customer.example", "email": alice.user.email, "project": str(alice.project.pk)}
    )
    assert f"RCPT TO:<{mallory.user.email}>" in server.heard
    assert "Malt and Sons" in server.mails[0]
    assert "Alpine" not in server.mails[0]
    assert not AuditEntry.objects.filter(organization=alice.organization).exists()
    assert not Message.objects.exists()


def test_it_is_sent_a_few_times_an_hour_to_each_person(alice, bob, with_sender, server):
    browser = alice.browser()
    for _ in range(PERSON.limit + 1):
        browser.post(ADDRESS)
    assert TOO_OFTEN in said(browser)
    assert len(server.mails) == PERSON.limit
    bob.browser().post(ADDRESS)
    assert len(server.mails) == PERSON.limit + 1


def test_it_needs_a_form_of_ours_and_somebody_who_is_signed_in(alice, client, with_sender, server):
    assert Client(enforce_csrf_checks=True).post(ADDRESS).status_code == 403
    assert alice.browser(enforce_csrf_checks=True).post(ADDRESS).status_code == 403
    assert alice.browser().get(ADDRESS).status_code == 405
    assert client.post(ADDRESS)["Location"].startswith("/sign-in/")
    assert server.connections == 0


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", ""])
def test_it_leads_back_to_a_page_of_ours(alice, with_sender, server, page):
    assert alice.browser().post(ADDRESS, {"next": page})["Location"] == "/"


def test_the_status_page_has_it_too(alice, connection):
    assert ASKED in alice.browser().get("/status/").content.decode()
