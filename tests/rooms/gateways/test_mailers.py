"""Each provider is asked as its documents say, each answer is read as what it means, and no mail goes twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.rooms.messages.mailers import ACCOUNTS, WRONG
from tideover.gateways.answers import LockedOut, Unknown, Unreachable
from tideover.gateways.email import Smtp
from tideover.gateways.mailers.account import Account, Mail, Provider
from tideover.gateways.mailers.post import Post
from tideover.gateways.mailers.ses import signed, signing_key
from tideover.gateways.mailers.table import SERVICES
from tideover.gateways.transport import Accepted, Refused
from tideover.messages.channels.email.mailbox import Mailbox
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

pytestmark = pytest.mark.enable_socket
HTTP = sorted(each for each in Provider if SERVICES[each].api)
NAME = 'Müller, "the" Company of Alpine and several more'
SENDER, PAYER = "billing@alpine.example", "pia@payer.example"


@pytest.fixture(scope="module")
def simulator():
    with running(new_simulator(seed=7)) as there:
        yield there


@pytest.fixture
def post(simulator):
    simulator.pull("mails/odd")
    return Post(Smtp("127.0.0.1", 9), simulator.base_url)


def a_letter(text: str = "Please look at your card.\n") -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = Mailbox.of("From", NAME, SENDER)
    letter["To"] = Mailbox.of("To", "Pia Payer", PAYER)
    letter["Subject"] = "Your payment: \u00fcnd once more"
    letter["Message-ID"] = "<one@alpine.example>"
    letter["List-Unsubscribe"] = "<https://billing.alpine.example/u/token>"
    letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text, cte="quoted-printable")
    letter.add_alternative("<p>Please look.</p>", subtype="html", cte="quoted-printable")
    return letter


def a_mail(account: Account, text: str = "Please look at your card.\n") -> Mail:
    return Mail(a_letter(text), account, "msg_0000000000000000000001")


def send(post, account, to=PAYER, text="Please look at your card.\n"):
    return post.send(SENDER, to, a_mail(account, text))


def wrong(account: Account) -> Account:
    return replace(account, secret=WRONG)


@pytest.mark.parametrize("provider", HTTP)
def test_a_mail_is_handed_over_with_its_words_and_the_way_out_of_one_click(simulator, post, provider):
    left = []
    answer = post.send(SENDER, PAYER, a_mail(ACCOUNTS[provider]), lambda: left.append(1))
    mail = simulator.look("mails")["mails"][-1]
    assert isinstance(answer, Accepted)
    assert mail["id"] in answer.provider_id
    assert left == [1]
    assert (mail["provider"], mail["sender"], mail["to"]) == (provider, SENDER, PAYER)
    assert (mail["subject"], mail["text"].strip()) == ("Your payment: \u00fcnd once more", "Please look at your card.")
    assert mail["headers"]["List-Unsubscribe"] == "<https://billing.alpine.example/u/token>"
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    assert mail["tag"] == "msg_0000000000000000000001"


@pytest.mark.parametrize("provider", HTTP)
def test_a_wrong_key_is_the_accounts_trouble_and_waits(post, provider):
    answer = send(post, wrong(ACCOUNTS[provider]))
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.ours, answer.mailbox) == (False, True, False)
    assert WRONG not in answer.reason


@pytest.mark.parametrize("provider", HTTP)
def test_too_many_requests_are_put_off(simulator, post, provider):
    simulator.pull("mails/odd", busy=1)
    answer = send(post, ACCOUNTS[provider])
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.ours) == (False, False)
    assert isinstance(send(post, ACCOUNTS[provider]), Accepted)


@pytest.mark.parametrize("provider", [each for each in HTTP if each != Provider.RESEND])
def test_a_lost_answer_is_no_refusal_and_nothing_is_asked_twice(simulator, post, provider):
    before = len(simulator.look("mails")["mails"])
    simulator.pull("mails/odd", lose=1)
    with pytest.raises(Unknown):
        send(post, ACCOUNTS[provider])
    assert len(simulator.look("mails")["mails"]) == before + 1


def test_by_its_key_resend_is_asked_again_and_sends_once(simulator, post):
    before = len(simulator.look("mails")["mails"])
    simulator.pull("mails/odd", lose=1)
    assert isinstance(send(post, ACCOUNTS[Provider.RESEND], text="lost once\n"), Accepted)
    simulator.pull("mails/odd", lose=2)
    with pytest.raises(Unknown):
        send(post, ACCOUNTS[Provider.RESEND], text="lost twice\n")
    assert len(simulator.look("mails")["mails"]) == before + 2


def test_a_mailbox_that_postmark_knows_to_be_gone_is_written_to_no_more(post):
    answer = send(post, ACCOUNTS[Provider.POSTMARK], to="nobody@payer.example")
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.mailbox) == (True, True)


@pytest.mark.parametrize("provider", HTTP)
def test_an_account_is_looked_up_and_a_wrong_key_is_told(post, provider):
    assert post.look(ACCOUNTS[provider])
    with pytest.raises(LockedOut) as told:
        post.look(wrong(ACCOUNTS[provider]))
    assert WRONG not in str(told.value)
    with pytest.raises(Unreachable):
        Post(Smtp("127.0.0.1", 9), "http://127.0.0.1:9").look(ACCOUNTS[provider])


@pytest.mark.parametrize("provider", HTTP)
def test_nobody_there_is_a_refusal_that_is_worth_another_try(provider):
    answer = send(Post(Smtp("127.0.0.1", 9), "http://127.0.0.1:9"), ACCOUNTS[provider])
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.unasked) == (False, True)


def test_what_stops_a_mail_as_it_leaves_leaves_nothing_behind(simulator, post):
    def stays():
        raise InterruptedError

    before = len(simulator.look("mails")["mails"])
    with pytest.raises(InterruptedError):
        post.send(SENDER, PAYER, a_mail(ACCOUNTS[Provider.RESEND]), stays)
    assert len(simulator.look("mails")["mails"]) == before


def test_without_an_account_a_mail_goes_to_the_server_of_the_house(server):
    post = Post(Smtp("127.0.0.1", server.port))
    assert isinstance(post.send(SENDER, PAYER, Mail(a_letter())), Accepted)
    assert len(server.mails) == 1


@pytest.fixture
def answering():
    """A provider whose next answers are these; without any it hangs up."""
    answers: list[tuple[int, bytes]] = []

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            if answers:
                status, body = answers.pop(0)
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Set-Cookie", "whose=alices")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                cookies.append(self.headers.get("Cookie"))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    cookies: list[str | None] = []
    there = HTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=there.serve_forever, daemon=True).start()
    yield Post(Smtp("127.0.0.1", 9), f"http://127.0.0.1:{there.server_port}"), answers, cookies
    there.shutdown()
    there.server_close()


@pytest.mark.parametrize("provider", HTTP)
@pytest.mark.parametrize(
    "odd",
    [
        [],
        [(200, b"taken"), (200, b"taken")],
        [(200, b"{}"), (200, b"[]")],
        [(200, b'{"id": null, "MessageId": ""}')] * 2,
        [(200, b"[" * 100_000)] * 2,
        [(500, b"")] * 2,
        [(409, b"")] * 2,
    ],
    ids=["hung up", "no JSON", "no id", "an id that is none", "nested without end", "500", "409"],
)
def test_whatever_does_not_say_that_it_was_not_taken_is_in_doubt(answering, provider, odd):
    post, answers, _ = answering
    answers += odd
    with pytest.raises(Unknown):
        send(post, ACCOUNTS[provider])


def test_a_mail_is_handed_to_nobody_else_and_no_cookie_is_kept(answering):
    post, answers, cookies = answering
    answers += [(307, b""), (200, b'{"id": "one"}')]
    assert isinstance(send(post, ACCOUNTS[Provider.RESEND]), Refused)
    assert send(post, ACCOUNTS[Provider.RESEND]) == Accepted("one")
    assert cookies == [None, None]


@pytest.mark.parametrize(
    ("provider", "status", "body", "kind"),
    [
        ("postmark", 422, b'{"ErrorCode": 400, "Message": "Sender signature not found"}', "ours"),
        ("postmark", 422, b'{"ErrorCode": 300, "Message": "Invalid email request"}', "permanent"),
        ("sendgrid", 403, b'{"errors": [{"message": "not a verified Sender Identity", "field": "from"}]}', "ours"),
        ("sendgrid", 400, b'{"errors": "odd"}', "permanent"),
        ("ses", 400, b'{"message": "Email address is not verified."}', "ours"),
        ("ses", 400, b'{"message": "Message contents are rejected"}', "permanent"),
        ("mailgun", 402, b"", "ours"),
        ("mailgun", 400, b'{"message": "to parameter is not a valid address"}', "permanent"),
        ("brevo", 400, b'{"code": "not_enough_credits", "message": "no credits"}', "ours"),
        ("brevo", 400, b'{"code": "invalid_parameter", "message": "email is not valid in to"}', "permanent"),
        ("resend", 403, b'{"name": "validation_error", "message": "The domain is not verified."}', "ours"),
        ("resend", 422, b'{"name": "validation_error", "message": "Invalid `to` field."}', "permanent"),
    ],
)
def test_what_is_wrong_with_the_account_waits_and_what_is_wrong_with_the_mail_does_not(
    answering, provider, status, body, kind
):
    post, answers, _ = answering
    answers.append((status, body))
    answer = send(post, ACCOUNTS[Provider(provider)])
    assert isinstance(answer, Refused)
    assert {"ours": answer.ours, "permanent": answer.permanent}[kind]
    assert answer.ours != answer.permanent


def test_the_signing_key_is_that_of_amazons_own_documents():
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215/us-east-1/iam/aws4_request")
    assert key.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


def test_a_signature_holds_for_its_moment_and_its_words():
    at, account = datetime(2026, 11, 2, 15, 0, tzinfo=UTC), ACCOUNTS[Provider.SES]
    url = "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails"
    proofs = {
        signed(account, "POST", url, body, when).headers["authorization"]
        for body in (b"{}", b"{ }")
        for when in (at, at.replace(minute=1))
    }
    assert len(proofs) == 4
    assert account.secret not in "".join(proofs)


@pytest.mark.parametrize("provider", sorted(Provider))
def test_no_secret_stands_in_what_is_printed(provider):
    account = ACCOUNTS[provider]
    assert account.secret not in repr(account)
    api = SERVICES[provider].api
    if api:
        assert account.secret not in repr(api.looks(account))


@pytest.mark.parametrize("provider", sorted(Provider))
def test_what_is_asked_for_has_words_and_takes_what_is_right(provider):
    service, account = SERVICES[provider], ACCOUNTS[provider]
    assert service.where.endswith(".")
    for option in service.options:
        assert option.problem(account.options.get(option.name, "")) == ""
        assert option.problem("\0") != ""
