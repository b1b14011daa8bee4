"""Talking to a mail server: what it says decides between accepted, refused and nobody knows."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tideover.gateways.answers import Unknown
from tideover.gateways.email import Smtp, on_the_wire
from tideover.gateways.transport import Accepted, Refused

FROM, TO = "billing@merchant.example", "jane@customer.example"


def a_mail(text: str = "Hello") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = FROM, TO, "A mail"
    mail.set_content(text)
    return mail


def test_an_accepted_mail_comes_with_the_servers_name_for_it(smtp, catcher):
    assert smtp.send(FROM, TO, a_mail()) == Accepted("4XyZ12")
    assert catcher.last()["Subject"] == "A mail"


def test_one_connection_carries_many_mails(smtp, catcher):
    for _ in range(5):
        assert isinstance(smtp.send(FROM, TO, a_mail()), Accepted)
    assert (len(catcher.mails), catcher.connections) == (5, 1)


def test_a_connection_the_server_has_closed_is_opened_anew(smtp, catcher):
    smtp.send(FROM, TO, a_mail())
    smtp._idle[0].sock.shutdown(2)
    assert isinstance(smtp.send(FROM, TO, a_mail()), Accepted)
    assert (len(catcher.mails), catcher.connections) == (2, 2)


def test_a_mailbox_that_does_not_exist_is_a_permanent_refusal_of_the_address(smtp, catcher):
    catcher.refuse_recipient = "550 5.1.1 no such user"
    assert smtp.send(FROM, TO, a_mail()) == Refused(permanent=True, reason="550 5.1.1 no such user", mailbox=True)


def test_a_policy_refusal_says_nothing_about_the_mailbox(smtp, catcher):
    catcher.refuse_recipient = "550 5.7.1 you are on a list"
    answer = smtp.send(FROM, TO, a_mail())
    assert answer.permanent
    assert not answer.mailbox


def test_a_full_server_may_be_asked_again(smtp, catcher):
    catcher.refuse_recipient = "452 4.3.1 out of space"
    assert smtp.send(FROM, TO, a_mail()) == Refused(permanent=False, reason="452 4.3.1 out of space")
    catcher.refuse_recipient = ""
    assert isinstance(smtp.send(FROM, TO, a_mail()), Accepted)  # the connection is usable after a refusal


def test_what_the_server_says_is_kept_in_words_that_every_database_takes(smtp, catcher):
    catcher.refuse_recipient = "452 4.3.1 out\x00 of \x1b[31mspace"
    assert smtp.send(FROM, TO, a_mail()) == Refused(permanent=False, reason="452 4.3.1 out of [31mspace")


def test_a_refusal_of_the_content_is_a_refusal(smtp, catcher):
    catcher.refuse_data = "554 5.7.1 looks like spam"
    assert smtp.send(FROM, TO, a_mail()) == Refused(permanent=True, reason="554 5.7.1 looks like spam")


def test_a_connection_lost_before_the_content_means_not_sent(smtp, catcher):
    catcher.cut_at_recipient = True
    answer = smtp.send(FROM, TO, a_mail())
    assert isinstance(answer, Refused)
    assert not answer.permanent
    assert catcher.mails == []


def test_a_connection_lost_after_the_content_means_nobody_knows(smtp, catcher):
    catcher.cut_after_data = True
    with pytest.raises(Unknown):
        smtp.send(FROM, TO, a_mail())
    assert len(catcher.mails) == 1  # it did arrive, and was sent only once


def test_a_lost_verdict_on_a_kept_connection_is_not_mistaken_for_an_idle_one(smtp, catcher):
    smtp.send(FROM, TO, a_mail())
    catcher.cut_after_data = True
    with pytest.raises(Unknown):
        smtp.send(FROM, TO, a_mail())
    assert len(catcher.mails) == 2


def test_after_a_lost_verdict_the_next_mail_goes_over_a_new_connection(smtp, catcher):
    catcher.cut_after_data = True
    with pytest.raises(Unknown):
        smtp.send(FROM, TO, a_mail())
    catcher.cut_after_data = False
    assert isinstance(smtp.send(FROM, TO, a_mail()), Accepted)


def test_a_silent_server_is_not_waited_for_forever_and_leaves_a_doubt(catcher):
    catcher.silent_after_data = True
    hasty = Smtp("127.0.0.1", catcher.port, verdict_timeout=0.01)
    with pytest.raises(Unknown, match="in time"):
        hasty.send(FROM, TO, a_mail())


def test_a_server_that_is_not_there_may_be_asked_again():
    answer = Smtp("127.0.0.1", 1).send(FROM, TO, a_mail())
    assert answer == Refused(permanent=False, reason="the mail server refuses connections", unasked=True)


def test_lines_that_begin_with_a_dot_arrive_as_written(smtp, catcher):
    smtp.send(FROM, TO, a_mail(".\n..two\nend"))
    assert catcher.last().get_content().splitlines() == [".", "..two", "end"]


def test_every_line_on_the_wire_ends_with_cr_and_lf():
    wire = on_the_wire(a_mail("one\ntwo"))
    assert wire.replace(b"\r\n", b"").find(b"\n") == -1
    assert wire.endswith(b"\r\n")
