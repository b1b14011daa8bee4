"""What Twilio answers, as values; and its requests, known by their signature."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.rooms.messages.texting import MOBILE, NUMBER, SID, TOKEN, WRONG_TOKEN
from tideover.gateways.answers import LockedOut, Unknown, Unreachable
from tideover.gateways.transport import Accepted, Refused
from tideover.gateways.twilio.client import Account, Text, Twilio
from tideover.gateways.twilio.told import Fate, fate_of, is_twilios, signature_of
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Running, running
from tideover.simulator.texting.phones import signed

pytestmark = pytest.mark.enable_socket
ACCOUNT = Account(SID, TOKEN)
HOOK = "https://billing.alpine.example/twilio/a-token/status"


@pytest.fixture(scope="module")
def simulator():
    with running(new_simulator(seed=7)) as there:
        yield there


@pytest.fixture
def twilio(simulator: Running) -> Twilio:
    simulator.pull("texts/odd")
    return Twilio(simulator.base_url)


def send(twilio: Twilio, to: str = MOBILE, account: Account = ACCOUNT):
    return twilio.send(NUMBER, to, Text(account, "Alpine: a text", HOOK))


def test_a_message_is_handed_over_with_where_to_tell_what_becomes_of_it(simulator, twilio):
    left = []
    answer = twilio.send(NUMBER, MOBILE, Text(ACCOUNT, "Alpine: a text", HOOK), lambda: left.append(1))
    text = simulator.look("texts")["texts"][-1]
    assert (answer, left) == (Accepted(text["sid"]), [1])
    assert (text["to"], text["sender"], text["body"], text["callback"]) == (MOBILE, NUMBER, "Alpine: a text", HOOK)


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("+15005550001", {"mailbox": True}),
        ("+15005550009", {"mailbox": True}),
        ("+15005550004", {"opted_out": True}),
        ("+15005550002", {}),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_number(twilio, number, wrong):
    answer = send(twilio, number)
    assert isinstance(answer, Refused)
    assert answer.permanent
    assert {"mailbox": answer.mailbox, "opted_out": answer.opted_out} == {"mailbox": False, "opted_out": False, **wrong}


def test_too_many_requests_are_put_off(simulator, twilio):
    simulator.pull("texts/odd", busy=1)
    assert send(twilio) == Refused(permanent=False, reason="20429 Too Many Requests")
    assert isinstance(send(twilio), Accepted)


def test_an_answer_that_was_lost_is_no_refusal(simulator, twilio):
    simulator.pull("texts/odd", lose=1)
    with pytest.raises(Unknown):
        send(twilio)


@pytest.fixture
def answering():
    """A Twilio whose next answers are these; without any it hangs up."""
    answers: list[tuple[int, bytes]] = []

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            if answers:
                status, body = answers.pop(0)
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Twilio(f"http://127.0.0.1:{server.server_port}"), answers
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "odd",
    [
        [],
        [(201, b"taken")],
        [(201, b"{}")],
        [(201, b'{"sid": "\\u0000"}')],
        [(202, b"")],
        [(201, b'{"sid":' + b"[" * 100_000)],
        [(500, b"")],
    ],
    ids=["hung up", "no JSON", "no id", "an id that is none", "202", "nested without end", "500"],
)
def test_whatever_does_not_say_that_it_was_not_taken_is_in_doubt(answering, odd):
    twilio, answers = answering
    answers += odd
    with pytest.raises(Unknown):
        send(twilio)


def test_what_no_database_takes_of_an_id_is_left_out(answering):
    twilio, answers = answering
    answers.append((201, b'{"sid": "SM\\u0000\\ud8001"}'))
    assert send(twilio) == Accepted("SM1")


def test_a_message_is_handed_to_nobody_else(answering):
    twilio, answers = answering
    answers += [(307, b""), (201, b'{"sid": "SM1"}')]
    assert isinstance(send(twilio), Refused)


def test_a_wrong_token_is_the_merchants_trouble_and_not_twilios(twilio):
    answer = send(twilio, account=Account(SID, WRONG_TOKEN))
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.ours) == (False, True)
    assert WRONG_TOKEN not in answer.reason


def test_nobody_there_is_a_refusal_that_is_worth_another_try():
    answer = send(Twilio("http://127.0.0.1:9"))
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.unasked) == (False, True)


def test_an_account_is_looked_up(twilio):
    assert twilio.about(ACCOUNT).name == "Simulated account"
    for wrong in (WRONG_TOKEN, "\u2026", ""):
        with pytest.raises(LockedOut):
            twilio.about(Account(SID, wrong))
    with pytest.raises(Unreachable):
        Twilio("http://127.0.0.1:9").about(ACCOUNT)


def test_the_signature_is_that_of_twilios_own_documents():
    # https://www.twilio.com/docs/usage/security#validating-requests
    form = {"CallSid": ["CA1234567890ABCDE"], "Caller": ["+12349013030"], "Digits": ["1234"], "From": ["+12349013030"]}
    form["To"] = ["+18005551212"]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature_of("12345", url, form) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_a_request_is_twilios_only_as_it_was_signed():
    form = {"MessageStatus": "delivered", "MessageSid": "SM1"}
    lists = {name: [value] for name, value in form.items()}
    right = signed(HOOK, form)
    assert is_twilios(TOKEN, HOOK, lists, right)
    assert is_twilios(TOKEN, HOOK, lists, signed(HOOK.replace(".example/", ".example:443/"), form))
    assert not is_twilios(TOKEN, HOOK, {**lists, "MessageStatus": ["failed"]}, right)
    assert not is_twilios(TOKEN, f"{HOOK}x", lists, right)
    assert not is_twilios(WRONG_TOKEN, HOOK, lists, right)
    assert not is_twilios(TOKEN, HOOK, lists, "")
    assert not is_twilios(TOKEN, HOOK, lists, "\u00fc")


@pytest.mark.parametrize(
    ("status", "code", "fate"),
    [
        ("queued", "", Fate.UNDER_WAY),
        ("sent", "", Fate.UNDER_WAY),
        ("of-tomorrow", "", Fate.UNDER_WAY),
        ("delivered", "", Fate.DELIVERED),
        ("undelivered", "30003", Fate.CAME_BACK),
        ("undelivered", "30005", Fate.NO_SUCH_NUMBER),
        ("undelivered", "30006", Fate.NO_SUCH_NUMBER),
        ("undelivered", "30007", Fate.CAME_BACK),
        ("failed", "30008", Fate.CAME_BACK),
        ("failed", "21610", Fate.OPTED_OUT),
        ("failed", "what", Fate.CAME_BACK),
        ("failed", "9" * 5000, Fate.CAME_BACK),
    ],
)
def test_what_became_of_a_message_is_told_by_status_and_code(status, code, fate):
    assert fate_of(status, code) == fate
