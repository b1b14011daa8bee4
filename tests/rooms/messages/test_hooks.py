"""What e-mail providers tell: believed where it is proven, noted once, and forged, foreign or odd it changes nothing."""

from __future__ import annotations

import pytest

from tests.factories import DAY, NOW, make_case, make_connection, make_message
from tests.rooms.messages.mailers import sends_by
from tideover import clock
from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.hooks.ses import certificate, is_snss
from tideover.gateways.mailers.hooks.table import HOOKS
from tideover.messages.channels.email.account import hook_of, keep_key, renew_hook
from tideover.messages.keyed import address_hash
from tideover.messages.models import LetBackIn, Message, MessageEvent
from tideover.messages.suppression import Request, let_back_in, refusal
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.simulator.mailing.taken import Taken
from tideover.simulator.mailing.telling import TELL, TOPIC, Posted, by_sns, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
LATER = NOW + DAY
PAYER = "pia@payer.example"
TELLERS = sorted(HOOKS)
SIGNERS = sorted(each for each in HOOKS if HOOKS[each].key)
FATES = {
    "delivered": ({"delivered"}, None),
    "came_back": ({"bounced"}, None),
    "no_such_mailbox": ({"bounced"}, "suppressed:bounced"),
    "complained": ({"complained"}, "suppressed:complained"),
    "unsubscribed": ({"unsubscribed"}, "suppressed:unsubscribed"),
}
SAYS_NO_UNSUBSCRIBED = {Provider.RESEND, Provider.SES}  # which have no such event for mails of ours


@pytest.fixture(scope="module")
def simulator():
    with running(new_simulator(seed=7)) as there:
        yield there


@pytest.fixture(autouse=True)
def _now(monkeypatch, simulator):
    monkeypatch.setattr(config(), "mail_api_base", simulator.base_url)
    clock.travel_to(LATER)
    yield
    clock.travel_to(None)


@pytest.fixture
def case(alice):
    return make_case(make_connection(alice.project), customer_email=PAYER)


@pytest.fixture
def message(case):
    return make_message(case, at=NOW, to_address=PAYER, to_hash=address_hash(PAYER), provider_id="one")


def account_at(case, provider, key=None):
    account = sends_by(case.project, Provider(provider))
    wanted = key_of(provider) if key is None else key
    if wanted:
        keep_key(account, wanted, "alice@alpine.example", NOW)
    return account


def posted_of(provider, message, fate, now=None, tag=None):
    mail = Taken("one", provider, "billing@alpine.example", PAYER, "", "", {}, tag or message.public_id)
    return TELL[provider](mail, fate, int(now or clock.wall().timestamp()))


def told(client, account, posted: Posted, token=None):
    path = f"/mail/{account.provider}/{token or hook_of(account).token}"
    return client.post(path, posted.body, content_type="application/json", headers=posted.headers)


def kinds(message):
    return set(MessageEvent.objects.filter(message=message).values_list("kind", flat=True))


def refused(case):
    return refusal(case.project, Channel.EMAIL, PAYER, LATER + 9 * DAY)


@pytest.mark.parametrize("fate", sorted(FATES))
@pytest.mark.parametrize("provider", TELLERS)
def test_what_becomes_of_a_mail_is_noted_once_however_often_it_is_told(client, case, message, provider, fate):
    if fate == "unsubscribed" and provider in SAYS_NO_UNSUBSCRIBED:
        return
    account = account_at(case, provider)
    for _ in range(3):
        assert told(client, account, posted_of(provider, message, fate)).status_code == 200
    assert (kinds(message), refused(case)) == FATES[fate]
    assert {event.count for event in MessageEvent.objects.filter(message=message)} == {1}
    assert hook_of(account).heard_at == LATER


@pytest.mark.parametrize("provider", SIGNERS)
def test_what_is_forged_gets_one_answer_and_changes_nothing(client, case, message, provider):
    account = account_at(case, provider)
    right = posted_of(provider, message, "no_such_mailbox")
    forged = [
        Posted({}, right.body.replace(b'"signature"', b'"odd"').replace(b'"Signature"', b'"odd"')),
        Posted({name: "\u00fc".encode().decode("latin-1") for name in right.headers}, b"{}"),
        Posted(right.headers, b"not JSON"),
        Posted(right.headers, b"[" * 5000),
        Posted(right.headers, b"[%b,%b]" % (right.body, right.body)),  # what is proven covers nothing beside it
    ]
    if provider != Provider.MAILGUN:  # whose signature is not of the words, and holds for minutes alone
        forged.append(
            Posted(right.headers, right.body.replace(b"said no", b"said yes").replace(b"General", b"Generic"))
        )
    answers = [told(client, account, each) for each in forged]
    answers.append(told(client, account, right, token="nobodys"))
    assert {(answer.status_code, answer.content) for answer in answers} == {(400, b"rejected")}
    assert (kinds(message), refused(case), hook_of(account).heard_at) == (set(), None, None)


@pytest.mark.parametrize("provider", SIGNERS)
def test_without_a_key_or_by_another_one_nothing_is_believed(client, case, message, provider):
    account = account_at(case, provider, key="")
    right = posted_of(provider, message, "no_such_mailbox")
    assert told(client, account, right).status_code == 400
    for odd in ("another key", "whsec_", "arn:aws:sns:eu-west-1:123456789012:mallorys"):
        keep_key(account, odd, "alice@alpine.example", NOW)
        assert told(client, account, right).status_code == 400
    assert kinds(message) == set()


@pytest.mark.parametrize("provider", sorted([Provider.MAILGUN, Provider.RESEND]))
def test_an_old_signature_is_worth_nothing(client, case, message, provider):
    account = account_at(case, provider)
    old = posted_of(provider, message, "no_such_mailbox", now=clock.wall().timestamp() - 3600)
    assert told(client, account, old).status_code == 400
    assert kinds(message) == set()


@pytest.mark.parametrize("provider", TELLERS)
def test_another_merchants_account_ends_no_mail_of_ours(client, case, message, mallory, provider):
    account_at(case, provider)
    hers = sends_by(mallory.project, Provider(provider))
    if key_of(provider):
        keep_key(hers, key_of(provider), "mallory@evil.example", NOW)
    assert told(client, hers, posted_of(provider, message, "complained")).status_code == 200
    assert (kinds(message), refused(case)) == (set(), None)


@pytest.mark.parametrize("provider", TELLERS)
def test_a_mail_of_something_else_is_passed_over(client, case, message, provider):
    account = account_at(case, provider)
    for tag in ("no-id-of-ours", "msg_00000000000000000000000000", "\0"):
        assert told(client, account, posted_of(provider, message, "complained", tag=tag)).status_code == 200
    assert kinds(message) == set()


@pytest.mark.parametrize(
    "body", [b"", b"null", b"7", b'["x", null]', b'{"event": {}, "data": 1}', b'{"RecordType": []}']
)
def test_odd_words_of_a_provider_that_signs_nothing_change_nothing(client, case, message, body):
    for provider in (Provider.POSTMARK, Provider.BREVO):
        assert told(client, account_at(case, provider), Posted({}, body)).status_code == 200
    assert kinds(message) == set()


def test_a_mail_whose_answer_was_lost_is_known_to_be_sent_by_what_is_told(client, case, message):
    Message.objects.filter(pk=message.pk).update(state=Message.State.UNKNOWN, provider_id="")
    told(client, account_at(case, "brevo"), posted_of("brevo", message, "delivered"))
    message.refresh_from_db()
    assert (message.state, message.provider_id) == (Message.State.SENT, "one@smtp-relay.mailin.fr")


def test_a_mailbox_that_was_full_and_then_is_gone_is_written_to_no_more(client, case, message):
    account = account_at(case, "resend")
    told(client, account, posted_of("resend", message, "came_back"))
    assert refused(case) is None
    told(client, account, posted_of("resend", message, "no_such_mailbox"))
    assert refused(case) == "suppressed:bounced"


def test_what_was_told_before_its_address_was_let_back_in_holds_no_more(client, case, message):
    account = account_at(case, "sendgrid")
    complaint = posted_of("sendgrid", message, "complained")
    told(client, account, complaint)
    asked = Request(LetBackIn.Consent.WROTE, "They wrote to us", "alice@alpine.example")
    let_back_in(case.organization, Channel.EMAIL, PAYER, asked, LATER)
    told(client, account, complaint)
    assert refused(case) is None


def test_at_the_address_of_before_nobody_is_believed_any_more(client, case, message):
    account = account_at(case, "postmark")
    old = hook_of(account).token
    renew_hook(account, "alice@alpine.example", LATER)
    assert told(client, account, posted_of("postmark", message, "complained"), token=old).status_code == 400
    assert told(client, account, posted_of("postmark", message, "delivered")).status_code == 200
    assert kinds(message) == {"delivered"}


def test_another_provider_is_told_of_at_another_address_and_the_same_one_stays(case):
    first = hook_of(account_at(case, "resend")).token
    assert hook_of(account_at(case, "resend")).token == first
    assert hook_of(account_at(case, "mailgun")).token != first


def test_a_subscription_is_confirmed_at_snss_own_hosts_alone(client, case, simulator):
    account = account_at(case, "ses")
    asked = {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe", "Token": "t"}
    before = simulator.look("mails")["confirmed"]
    ours = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    assert told(client, account, by_sns({**asked, "SubscribeURL": ours}, version="1")).status_code == 200
    assert simulator.look("mails")["confirmed"] == before + 1
    for elsewhere in (
        "https://evil.example/",
        "http://169.254.169.254/",
        "https://sns.eu-west-1.amazonaws.com.evil.example/",
    ):
        assert told(client, account, by_sns({**asked, "SubscribeURL": elsewhere})).status_code == 503
    mallorys = by_sns({**asked, "SubscribeURL": ours}, topic=TOPIC.replace("alpine", "mallorys"))
    assert told(client, account, mallorys).status_code == 400
    assert simulator.look("mails")["confirmed"] == before + 1


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
        "https://[::1/x.pem",
        "",
    ],
)
def test_a_certificate_is_taken_from_nowhere_else(url):
    assert not is_snss(url)
    assert is_snss("https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-1.pem")
    certificate.cache_clear()
