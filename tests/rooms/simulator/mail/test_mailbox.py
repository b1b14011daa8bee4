"""The mailbox keeps what arrives over real SMTP, and shows it without telling the sender."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from email.policy import SMTPUTF8

import pytest
from starlette.applications import Starlette

from tideover.simulator.mail import pages
from tideover.simulator.mail.mailbox import Mailbox, port_of, serve_smtp
from tideover.simulator.mail.reading import read

NOW = 1_790_000_000


def message(to: str = "ana.lopez@postbox.example", subject: str = "Your payment failed") -> EmailMessage:
    mail = EmailMessage(policy=SMTPUTF8)
    mail["From"], mail["To"], mail["Subject"] = "Acme <billing@acme.example>", to, subject
    mail["List-Unsubscribe"] = "<mailto:u@acme.example>, <http://127.0.0.1:8000/u/tok>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("Pay here: http://127.0.0.1:8000/c/tok")
    mail.add_alternative(
        '<style>p{color:red}</style><p>Hello <b>Zoë</b></p><a href="https://acme.example/">Acme</a>'
        '<a href="http://127.0.0.1:8000/u/tok">Unsubscribe</a><a href="http://127.0.0.1:8000/c/tok">Update</a>'
        '<img src="http://127.0.0.1:8000/o/tok.gif" width="1"><img src="https://cdn.example/logo.png">',
        subtype="html",
    )
    return mail


def post(mailbox: Mailbox, *mails: EmailMessage) -> list[str]:
    """Send over a real connection; the server's extensions."""

    def send(port: int) -> list[str]:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.ehlo()
            for mail in mails:
                smtp.send_message(mail, mail_options=("SMTPUTF8", "BODY=8BITMIME"))
            return list(smtp.esmtp_features)

    async def run() -> list[str]:
        server = await serve_smtp(mailbox)
        found = await asyncio.to_thread(send, port_of(server))
        server.close()
        return found

    return asyncio.run(run())


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(lambda: NOW)


@pytest.fixture
def browser(mailbox, browse):
    return browse(Starlette(routes=pages.routes(mailbox)))


def test_a_message_is_kept_with_its_envelope_and_the_worlds_time(mailbox):
    features = post(mailbox, message(subject="Zahlung für Oktober fehlgeschlagen"))
    (mail,) = mailbox.mails
    assert {"8bitmime", "smtputf8", "size"} <= set(features)
    assert (mail.number, mail.at) == (1, NOW)
    assert mail.recipients == ("ana.lopez@postbox.example",)
    assert mail.sender == "billing@acme.example"
    assert mail.subject == "Zahlung für Oktober fehlgeschlagen"
    assert "http://127.0.0.1:8000/c/tok" in mail.text
    assert "Zoë" in mail.html


def test_an_address_with_letters_of_another_alphabet_is_accepted(mailbox):
    post(mailbox, message(to="jürgen@postbox.example"))
    assert mailbox.mails[0].recipients == ("jürgen@postbox.example",)


def test_readers_hear_of_each_message_once_and_in_order(mailbox):
    heard = []
    mailbox.readers.append(lambda mail: heard.append(mail.subject))
    post(mailbox, message(subject="one"), message(subject="two"))
    assert heard == ["one", "two"]


def test_a_mail_folder_gets_the_same_names_in_every_run(tmp_path):
    mailbox = Mailbox(lambda: NOW, tmp_path / "mail")
    post(mailbox, message(), message(to="Zoë.O'Neil@postbox.example"))
    names = sorted(path.name for path in (tmp_path / "mail").iterdir())
    assert names == [
        "0001-ana.lopez.eml",
        "0001-ana.lopez.html",
        "0002-zo-.o-neil.eml",
        "0002-zo-.o-neil.html",
    ]
    assert (tmp_path / "mail" / names[0]).read_bytes() == mailbox.mails[0].raw


def test_the_letter_knows_which_link_matters_and_which_picture_tells_the_sender(mailbox):
    post(mailbox, message())
    letter = read(mailbox.mails[0])
    assert letter.main == "http://127.0.0.1:8000/c/tok"
    assert letter.unsubscribe == "http://127.0.0.1:8000/u/tok"
    assert letter.one_click
    assert letter.pictures == ("http://127.0.0.1:8000/o/tok.gif",)
    assert len(letter.links) == 3


def test_a_plain_text_message_has_its_links_too(mailbox):
    mail = EmailMessage()
    mail["From"], mail["To"] = "billing@acme.example", "ana@postbox.example"
    mail.set_content("Update your card: http://127.0.0.1:8000/c/tok.\n")
    post(mailbox, mail)
    letter = read(mailbox.mails[0])
    assert (letter.main, letter.unsubscribe, letter.one_click) == ("http://127.0.0.1:8000/c/tok", None, False)


def test_the_list_shows_the_newest_first_and_finds_words(mailbox, browser):
    post(mailbox, message(subject="First"), message(to="bo@postbox.example", subject="Second"))
    shown = browser.get("/_mailbox/").text
    assert shown.index("Second") < shown.index("First")
    found = browser.get("/_mailbox/", params={"q": "bo@postbox"}).text
    assert "Second" in found
    assert "First" not in found
    assert "No message contains" in browser.get("/_mailbox/", params={"q": "<nothing>"}).text


def test_a_hostile_subject_or_search_stays_text(mailbox, browser):
    post(mailbox, message(subject="<script>alert(1)</script>"))
    for answer in (browser.get("/_mailbox/"), browser.get("/_mailbox/1"), browser.get("/_mailbox/?q=<script>alert(1)")):
        assert "<script>alert" not in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]


def test_looking_at_a_message_loads_no_picture_until_asked(mailbox, browser):
    post(mailbox, message())
    quiet, loaded = browser.get("/_mailbox/1/html"), browser.get("/_mailbox/1/html?images=1")
    assert "img-src data:;" in quiet.headers["content-security-policy"] + ";"
    assert "http:" not in quiet.headers["content-security-policy"]
    assert "img-src data: http: https:" in loaded.headers["content-security-policy"]
    assert "sandbox" in quiet.headers["content-security-policy"]
    assert 'sandbox="allow-popups' in browser.get("/_mailbox/1").text


def test_messages_as_json_can_be_asked_for_by_recipient_and_number(mailbox, browser):
    post(mailbox, message(), message(to="bo@postbox.example"), message(to="bo@postbox.example", subject="Again"))
    everything = browser.get("/_mailbox/messages.json").json()["messages"]
    assert [mail["number"] for mail in everything] == [3, 2, 1]
    assert everything[0]["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert everything[0]["at"] == NOW
    latest = browser.get("/_mailbox/messages.json?to=bo@postbox.example&after=2").json()["messages"]
    assert [mail["subject"] for mail in latest] == ["Again"]


def test_a_message_that_is_not_there_is_a_page_too(browser):
    assert browser.get("/_mailbox/7").status_code == 404
    assert browser.get("/_mailbox/7/html").status_code == 404
