"""When a mail leaves: in its turn, over a few connections, after a last word that may still stop it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.rooms.gateways.mail_server import FINE, SAYS_NOTHING, mail_server
from tideover.gateways.answers import Busy
from tideover.gateways.email import ONLY_ASCII, Accepted, Refused, Smtp

FROM, TO = "billing@merchant.example", "jane@customer.example"


class Stopped(Exception):  # noqa: N818 - what happens
    """It must not leave."""


@pytest.fixture
def server():
    with mail_server() as there:
        yield there


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = FROM, TO, "A mail"
    mail.set_content("Hello")
    return mail


def test_the_last_word_comes_when_all_but_the_dot_has_gone_out(server):
    heard = []
    smtp = Smtp("127.0.0.1", server.port)
    smtp.send(FROM, TO, a_mail(), lambda: heard.append((server.heard[-1], list(server.mails))))
    assert heard == [("DATA", [])]
    assert len(server.mails) == 1


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_says_nothing_before_the_mail_never_had_it(server, step):
    server.odd[step] = SAYS_NOTHING
    asked = []
    answer = Smtp("127.0.0.1", server.port, timeout=0.01).send(FROM, TO, a_mail(), lambda: asked.append(step))
    assert isinstance(answer, Refused)
    assert (answer.permanent, asked) == (False, [])


def test_what_is_stopped_by_the_last_word_is_not_taken_over(server):
    def stop():
        raise Stopped

    smtp = Smtp("127.0.0.1", server.port)
    with pytest.raises(Stopped):
        smtp.send(FROM, TO, a_mail(), stop)
    assert isinstance(smtp.send(FROM, TO, a_mail()), Accepted)
    assert (len(server.mails), server.connections) == (1, 2)


def test_a_mail_that_is_under_way_leaves_other_connections_to_others(server):
    smtp = Smtp("127.0.0.1", server.port, connections=2)
    smtp.send(FROM, TO, a_mail(), lambda: smtp.send(FROM, TO, a_mail()))
    assert (len(server.mails), server.connections) == (2, 2)
    smtp.send(FROM, TO, a_mail())
    assert server.connections == 2


def test_there_are_never_more_connections_than_were_allowed(server):
    smtp = Smtp("127.0.0.1", server.port, connections=1, turn_timeout=0)

    def another():
        with pytest.raises(Busy):
            smtp.send(FROM, TO, a_mail())

    smtp.send(FROM, TO, a_mail(), another)
    assert (len(server.mails), server.connections) == (1, 1)


def test_a_mailbox_in_another_script_is_written_to_where_the_server_can(server):
    server.odd["EHLO"] = FINE["EHLO"].replace("250 8BITMIME", "250-8BITMIME\r\n250 SMTPUTF8")
    smtp = Smtp("127.0.0.1", server.port)
    assert isinstance(smtp.send(FROM, "jäne@customer.example", a_mail()), Accepted)
    assert "RCPT TO:<jäne@customer.example>" in server.heard
    assert isinstance(smtp.send(FROM, TO, a_mail()), Accepted)
    assert server.heard.count(f"MAIL FROM:<{FROM}>") == 1


def test_where_the_server_cannot_that_is_the_reason_and_the_mailbox_is_not_given_up(server):
    answer = Smtp("127.0.0.1", server.port).send(FROM, "用户@customer.example", a_mail())
    assert answer == Refused(permanent=True, reason=ONLY_ASCII)


def test_a_quoted_mailbox_is_written_to_as_it_stands(server):
    Smtp("127.0.0.1", server.port).send(FROM, '"jane doe"@customer.example', a_mail())
    assert 'RCPT TO:<"jane doe"@customer.example>' in server.heard
