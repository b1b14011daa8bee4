"""Settings, Email sending: an account that its provider knows, kept sealed; a test by it; and back to the house's server."""

from __future__ import annotations

import pytest

from tests.people import colleague
from tests.rooms.messages.mailers import ACCOUNTS, WRONG, sends_by
from tests.rooms.upkeep.doctor.world import Names
from tideover import clock
from tideover.config import config
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.table import SERVICES
from tideover.messages.accounts import MailAccount
from tideover.messages.channels.email.account import hook_of, told_at
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.roles import Role
from tideover.upkeep.doctor.asking import Outside
from tideover.upkeep.doctor.kept import examine_next, is_asked

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
PAGE = "/settings/email/"
HTTP = sorted(each for each in Provider if SERVICES[each].api)


@pytest.fixture(scope="module")
def simulator():
    with running(new_simulator(seed=7)) as there:
        yield there


@pytest.fixture(autouse=True)
def _by_the_simulator(monkeypatch, simulator, alice):
    monkeypatch.setattr(config(), "mail_api_base", simulator.base_url)
    Project.objects.filter(pk=alice.project.pk).update(sender_email="billing@alpine.example")


def send(person, provider, **odd):
    account = ACCOUNTS[Provider(provider)]
    return person.browser().post(
        f"{PAGE}{provider}/", {**account.options, "secret": account.secret, **odd}, follow=True
    )


@pytest.mark.parametrize("provider", HTTP)
def test_an_account_that_its_provider_knows_is_kept_sealed_and_its_secret_never_shown(alice, provider):
    page = send(alice, provider).content.decode()
    kept = MailAccount.objects.get(project=alice.project)
    assert (kept.provider, kept.secret) == (provider, ACCOUNTS[provider].secret)
    assert kept.options == ACCOUNTS[provider].options
    assert f"Saved: mails go by {SERVICES[provider].label}" in page
    again = alice.browser().get(f"{PAGE}{provider}/").content.decode()
    told = [*AuditEntry.objects.filter(organization=alice.organization).values_list("before", "after")]
    assert kept.secret not in page + again + str(told)


@pytest.mark.parametrize("provider", HTTP)
def test_what_its_provider_does_not_take_is_not_kept_and_says_why(alice, provider):
    answer = send(alice, provider, secret=WRONG)
    assert answer.status_code == 422
    assert f"{SERVICES[provider].label} does not let us in with this" in answer.content.decode()
    assert not MailAccount.objects.exists()


@pytest.mark.parametrize(
    ("provider", "odd", "said"),
    [
        ("mailgun", {"domain": "not a domain"}, "As in mg.example.com."),
        ("mailgun", {"domain": "", "region": "moon"}, "This is missing."),
        ("ses", {"region": "EU"}, "As in eu-west-1."),
        ("resend", {"secret": ""}, "This is missing."),
        ("resend", {"secret": "re_\u2026"}, "This has characters that no such secret has"),
        ("smtp", {"host": "127.0.0.1"}, "leads into our own network"),
        ("smtp", {"host": "localhost"}, "leads into our own network"),
    ],
)
def test_what_cannot_be_right_is_not_asked_about(alice, provider, odd, said):
    answer = send(alice, provider, **odd)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not MailAccount.objects.exists()


def test_without_an_address_of_ones_own_nothing_can_be_sent_by_ones_own_account(alice):
    Project.objects.update(sender_email="")
    assert "Choose the address that your messages come from first" in send(alice, "resend").content.decode()


def test_a_provider_that_is_silent_changes_nothing(alice, monkeypatch):
    monkeypatch.setattr(config(), "mail_api_base", "http://127.0.0.1:9")
    assert "Resend could not be asked, and nothing was changed" in send(alice, "resend").content.decode()
    assert not MailAccount.objects.exists()


def test_a_secret_that_is_kept_is_never_sent_to_another_server(alice):
    """Who may set the account may not read its secret, and would get it by naming a server of theirs."""
    sends_by(alice.project, Provider.SMTP)
    answer = send(alice, "smtp", secret="", host="smtp.mallory.example")
    assert (answer.status_code, "This is missing." in answer.content.decode()) == (422, True)
    assert MailAccount.objects.get().options["host"] == ACCOUNTS[Provider.SMTP].options["host"]


def test_an_empty_secret_is_the_one_that_is_kept_but_never_another_providers(alice):
    send(alice, "postmark")
    send(alice, "postmark", secret="", stream="broadcasts")
    kept = MailAccount.objects.get()
    assert (kept.secret, kept.options) == (ACCOUNTS[Provider.POSTMARK].secret, {"stream": "broadcasts"})
    assert send(alice, "brevo", secret="").status_code == 422
    assert MailAccount.objects.get().provider == "postmark"


def test_a_test_goes_by_the_account_and_proves_it(alice, simulator):
    sends_by(alice.project, Provider.BREVO)
    browser = alice.browser()
    answer = browser.post("/test-mail/", {"next": PAGE}, follow=True).content.decode()
    assert "Brevo took a test mail" in answer
    assert simulator.look("mails")["mails"][-1]["to"] == alice.user.email
    assert "Took a test" in browser.get(PAGE).content.decode()


def test_the_page_says_when_an_account_rests(alice):
    account = sends_by(alice.project, Provider.RESEND)
    from tideover import clock  # noqa: PLC0415
    from tideover.flow.circuit_breaker import record_failure_of  # noqa: PLC0415

    for _ in range(5):
        record_failure_of(MailAccount.objects.filter(pk=account.pk), clock.now())
    assert "It took nothing 5 times in a row" in alice.browser().get(PAGE).content.decode()


def test_back_to_the_server_of_the_house_with_a_record(alice):
    sends_by(alice.project, Provider.RESEND)
    answer = alice.browser().post(f"{PAGE}house/", follow=True).content.decode()
    assert "Mails go by the mail server" in answer
    assert not MailAccount.objects.exists()
    assert AuditEntry.objects.filter(organization=alice.organization, what="mail account forgotten").exists()


def test_who_may_only_look_sees_the_pages_and_changes_nothing(alice):
    sends_by(alice.project, Provider.RESEND)
    analyst = colleague("Carol", alice, Role.ANALYST)
    assert analyst.browser().get(PAGE).status_code == 200
    assert analyst.browser().get(f"{PAGE}brevo/").status_code == 200
    assert send(analyst, "brevo").status_code == 403
    assert analyst.browser().post(f"{PAGE}house/").status_code == 403
    assert MailAccount.objects.get().provider == "resend"


def test_mallorys_account_is_hers_alone(alice, mallory):
    sends_by(mallory.project, Provider.POSTMARK)
    assert "Postmark, set" not in alice.browser().get(PAGE).content.decode()
    send(alice, "resend")
    assert MailAccount.objects.get(project=mallory.project).provider == "postmark"


def test_the_address_at_which_a_provider_tells_is_shown_and_its_key_is_not(alice):
    account = sends_by(alice.project, Provider.RESEND)
    browser = alice.browser()
    at = told_at(account, hook_of(account))
    assert at in browser.get(PAGE).content.decode()
    page = browser.post(f"{PAGE}key/", {"key": "whsec_c2VjcmV0"}, follow=True).content.decode()
    assert "One is kept." in page
    assert "whsec_c2VjcmV0" not in page
    assert hook_of(account).key == "whsec_c2VjcmV0"
    assert "Nothing was changed" in browser.post(f"{PAGE}key/", {"key": " "}, follow=True).content.decode()
    renewed = browser.post(f"{PAGE}renew/", follow=True).content.decode()
    assert at not in renewed
    assert hook_of(account).key == "whsec_c2VjcmV0"


def test_of_a_provider_that_signs_nothing_the_page_says_so_and_of_a_mail_server_nothing(alice):
    sends_by(alice.project, Provider.POSTMARK)
    assert "Postmark signs nothing" in alice.browser().get(PAGE).content.decode()
    sends_by(alice.project, Provider.SMTP)
    assert "What becomes of your mails" not in alice.browser().get(PAGE).content.decode()


def test_who_may_only_look_renews_no_address(alice):
    sends_by(alice.project, Provider.RESEND)
    analyst = colleague("Carol", alice, Role.ANALYST)
    assert analyst.browser().post(f"{PAGE}key/", {"key": "k"}).status_code == 403
    assert analyst.browser().post(f"{PAGE}renew/").status_code == 403


def test_only_what_may_be_left_out_is_called_optional(alice):
    browser = alice.browser()
    assert browser.get(f"{PAGE}ses/").content.decode().count("optional") == 1
    assert "optional" not in browser.get(f"{PAGE}mailgun/").content.decode()
    sends_by(alice.project, Provider.MAILGUN)
    assert browser.get(f"{PAGE}mailgun/").content.decode().count("optional") == 1


def test_the_page_tells_how_the_senders_domain_is_and_has_it_looked_at_for_who_sends_now(alice):
    browser = alice.browser()
    assert "its domain is being looked at" in browser.get(PAGE).content.decode()
    examine_next(clock.now(), Outside(names=Names({}), status_of=lambda _: 200, mail_server=str, disk=str))
    assert "SPF of alpine.example: The domain says of no server" in browser.get(PAGE).content.decode()
    assert not is_asked()
    send(alice, "resend")
    assert is_asked()
    published = {
        "send.alpine.example": ["v=spf1 include:amazonses.com ~all"],
        "resend._domainkey.alpine.example": ["p=MIG"],
        "_dmarc.alpine.example": ["v=DMARC1; p=none"],
    }
    examine_next(clock.now(), Outside(names=Names(published), status_of=lambda _: 200, mail_server=str, disk=str))
    assert "SPF, DKIM and DMARC are as receivers ask." in browser.get(PAGE).content.decode()
