"""A talk with a mail server can break at every step: before the last dot nothing was sent, after it nobody knows."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.rooms.gateways.mail_server import HANGS_UP, SAYS_NOTHING, mail_server
from tideover.gateways.answers import Unknown
from tideover.gateways.email import Accepted, Refused, Smtp

FROM, TO = "billing@merchant.example", "jane@customer.example"
PASSWORD = "canary-Qm7rT2xZ"
ODD = {
    "later": "451 4.3.0 try again later",
    "never": "554 5.7.1 we do not like you",
    "closing": "421 4.3.2 closing",
    "another yes": "299 fine",
    "go on": "354 go ahead",
    "no code": "hello there",
    "no such code": "999 what",
    "no UTF-8": "550 5.7.1 \xff\xfe",
    "a long line": "550 5.7.1 " + "x" * 5_000,
    "no end of line": "550 5.7.1 " + "x" * 50_000,
    "many lines": "550-5.7.1 no\r\n" * 200 + "550 5.7.1 no",
    "hangs up": HANGS_UP,
    "says nothing": SAYS_NOTHING,
}
STEPS = ("greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".")
TRUE = """
                 greeting  EHLO   AUTH      MAIL      RCPT      DATA      .
later            later     later  later     later     later     later     later
never            later     later  later     never     never     never     never
closing          later     later  later     later     later     later     later
another yes      later     later  later     accepted  accepted  later     accepted
go on            later     later  later     later     later     accepted  unknown
no code          later     later  later     later     later     later     unknown
no such code     later     later  later     later     later     later     unknown
no UTF-8         later     later  later     never     never     never     never
a long line      later     later  later     never     never     never     never
no end of line   later     later  later     later     later     later     unknown
many lines       later     later  later     never     never     never     never
hangs up         later     later  later     later     later     later     unknown
says nothing     later     later  later     later     later     later     unknown
"""


@pytest.fixture
def server():
    with mail_server() as there:
        yield there


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = FROM, TO, "A mail"
    mail.set_content("Hello")
    return mail


def outcome(smtp: Smtp) -> tuple[str, str]:
    """One word for what came of a mail, and what is told of it."""
    try:
        answer = smtp.send(FROM, TO, a_mail())
    except Unknown as lost:
        return "unknown", str(lost)
    if isinstance(answer, Accepted):
        return "accepted", answer.provider_id
    return "never" if answer.permanent else "later", answer.reason


def the_table() -> dict[str, dict[str, str]]:
    lines = [line for line in TRUE.splitlines()[2:] if line]
    return {line[:17].strip(): dict(zip(STEPS, line[17:].split(), strict=True)) for line in lines}


def test_the_table_knows_every_odd_answer():
    assert the_table().keys() == ODD.keys()


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("step", STEPS)
def test_what_is_told_of_a_mail_is_true_at_every_step_and_the_next_one_is_not_touched(server, step, odd):
    hasty = 0.01 if odd == "says nothing" else 20.0
    patience = {"timeout": 20.0 if step == "." else hasty, "verdict_timeout": hasty}
    smtp = Smtp("127.0.0.1", server.port, "merchant", PASSWORD, **patience)
    server.odd[step] = ODD[odd]
    told, words = outcome(smtp)
    assert told == the_table()[odd][step]
    assert len(server.mails) == (told == "accepted")
    assert told == "accepted" or 0 < len(words) <= 280
    assert "canary" not in words
    smtp._timeout = smtp._verdict_timeout = 20.0
    server.odd.clear()
    assert outcome(smtp) == ("accepted", "4XyZ12")
    assert len(server.mails) == 1 + (told == "accepted")
    smtp.close()


def test_a_refusal_stays_one_where_the_server_hangs_up_after_it(server):
    server.odd |= {"RCPT": "550 5.1.1 no such user", "RSET": HANGS_UP}
    smtp = Smtp("127.0.0.1", server.port)
    for _ in range(2):  # also over a connection that was kept
        assert smtp.send(FROM, TO, a_mail()) == Refused(permanent=True, reason="550 5.1.1 no such user", mailbox=True)


@pytest.mark.parametrize(
    ("step", "reply", "mailbox"),
    [
        ("RCPT", "550 no such user", True), ("RCPT", "551 moved", True), ("RCPT", "552 5.2.2 mailbox full", False),
        ("RCPT", "550 5.7.1 on a list", False), ("RCPT", "553 5.1.3 bad syntax", True), ("RCPT", "450 4.1.1 unknown for now", False),
        ("MAIL", "550 5.1.8 we do not know the sender", False), ("DATA", "554 5.6.0 spam", False), (".", "550 5.1.1 too late", False),
    ],
)  # fmt: skip
def test_an_address_is_given_up_only_where_the_server_says_that_it_is_none(server, step, reply, mailbox):
    server.odd[step] = reply
    answer = Smtp("127.0.0.1", server.port).send(FROM, TO, a_mail())
    assert (answer.reason, answer.mailbox) == (reply, mailbox)


@pytest.mark.parametrize("address", ["j\r\nRCPT TO:<eve@evil.example>", "j\0@x.example"])
@pytest.mark.parametrize("whose", ["sender", "recipient"])
def test_an_address_that_cannot_be_said_is_refused_before_anybody_is_asked(server, address, whose):
    of_both = (address, TO) if whose == "sender" else (FROM, address)
    answer = Smtp("127.0.0.1", server.port).send(*of_both, a_mail())
    assert (answer.permanent, "characters" in answer.reason, server.connections) == (True, True, 0)


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ({"user": "merchant", "password": "canary-pässwört"}, "characters that cannot be sent"),
        ({"user": "mérchant", "password": PASSWORD}, "characters that cannot be sent"),
        ({"host": "mail..example"}, "characters that cannot be sent"),
        ({"port": 1}, "refuses connections"),
        ({"tls": "tls"}, "SSL"),
        ({"tls": "starttls"}, "STARTTLS"),
    ],
    ids=str,
)
def test_a_mail_server_that_cannot_be_reached_as_it_was_set_up_may_be_asked_again_and_is_told_why(server, there, why):
    answer = Smtp(**{"host": "127.0.0.1", "port": server.port, **there}).send(FROM, TO, a_mail())
    assert not answer.permanent
    assert why in answer.reason
    assert "canary" not in answer.reason
    assert server.mails == []


def test_whether_the_server_would_take_a_mail_is_told_without_one(server):
    assert Smtp("127.0.0.1", server.port).trouble() == ""
    assert server.mails == []
    assert Smtp("127.0.0.1", 1).trouble() == "the mail server refuses connections"


def test_a_server_that_echoes_our_password_does_not_get_it_into_our_words(server):
    server.odd["AUTH"] = f"535 5.7.8 {PASSWORD} is wrong"
    answer = Smtp("127.0.0.1", server.port, "merchant", PASSWORD).send(FROM, TO, a_mail())
    assert answer == Refused(permanent=False, reason="the mail server refuses our user name or password", unasked=True)
