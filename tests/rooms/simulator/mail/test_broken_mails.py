"""Mail that follows no rule is kept, shown and read like any other; what is not there is said to be missing."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from tideover.simulator.mail import pages
from tideover.simulator.mail.mailbox import Mailbox
from tideover.simulator.mail.reading import card_page, read

BROKEN = {
    "nothing at all": b"",
    "no headers": b"\r\nhello",
    "no body": b"Subject: x\r\n\r\n",
    "no text": b"Subject: x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF",
    "a zero byte": b"Subject: a\x00b\r\n\r\n\x00",
    "an unknown character set": b"Content-Type: text/plain; charset=nonsense-8\r\n\r\nh\xe9llo",
    "an unknown character set in HTML": b"Content-Type: text/html; charset=nonsense-8\r\n\r\n<p>h\xe9llo",
    "an unknown character set in a parameter": b"Content-Type: text/plain; charset*=x''y\r\n\r\nhello",
    "bytes of no character set": b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe",
    "base64 that is none": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    "words that are not encoded as they say": b"Subject: =?utf-8?b?!!!?= =?x?q?y?=\r\n\r\nx",
    "parts without a boundary": b"Content-Type: multipart/alternative\r\n\r\nx",
    "parts that are cut off": b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<a href=",
    "a content type of nothing": b"Content-Type: ;;;\r\n\r\nx",
    "addresses that are none": b"From: <<>>\r\nTo: ;;;\r\nReply-To: ,,\r\nMessage-ID: <\r\nDate: yesterday\r\n\r\nx",
    "a date that never was": b"Date: Thu, 99 Foo 99999 99:99:99 +9999\r\nMessage-ID: a b c\r\n\r\nx",
    "a header as long as a book": b"Subject: " + b"x" * 100_000 + b"\r\n\r\nx",
    "a mail in a mail": b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx",
    "links that lead nowhere": b"Content-Type: text/html\r\n\r\n<a href='http://[bad/'>x</a><a href>y</a><a href='http:///z'>z</a>"
    b"<img src='http://[bad/'><img src><script>",
    "an address to unsubscribe that is none": b"List-Unsubscribe: <javascript:alert(1)>, <http://[bad/>, mailto:x\r\n\r\nno links",
}  # fmt: skip


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(lambda: 1_790_000_000)


@pytest.fixture
def browser(mailbox, browse):
    return browse(Starlette(routes=pages.routes(mailbox)))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_mail_is_kept_shown_and_read(mailbox, browser, name):
    mail = mailbox.receive("billing@acme.example", ("ana@postbox.example",), BROKEN[name])
    assert mail.raw == BROKEN[name]
    letter = read(mail)
    assert (letter.main, letter.links, letter.pictures, letter.unsubscribe) == (None, (), (), None)
    for path in ("/_mailbox/", "/_mailbox/?q=ana", "/_mailbox/1", "/_mailbox/1/html", "/_mailbox/1/message.eml"):
        assert browser.get(path).status_code == 200
    [told] = browser.get("/_mailbox/messages.json?to=Ana@Postbox.example").json()["messages"]
    assert told["number"] == 1


@pytest.mark.parametrize(
    "name", [name for name in BROKEN if "unknown character set in" not in name and "unknown" in name]
)
def test_what_can_be_read_of_it_is_read(mailbox, name):
    assert "llo" in mailbox.receive("a@b.example", ("c@d.example",), BROKEN[name]).text


@pytest.mark.parametrize("path", ["/_mailbox/1", "/_mailbox/0", "/_mailbox/2/html", "/_mailbox/9/message.eml"])
def test_a_mail_that_never_came_is_missing(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "No such message" in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "9" * 30, "9" * 5000, "²"])
def test_a_page_that_is_no_number_is_the_first_and_one_too_far_the_last(mailbox, browser, number):
    for place in range(51):
        mailbox.receive("a@b.example", ("c@d.example",), b"Subject: mail %d\r\n\r\nx" % place)
    assert "Page 1 of 2" in browser.get("/_mailbox/", params={"page": number}).text
    assert "Page 2 of 2" in browser.get("/_mailbox/", params={"page": "99"}).text
    assert len(browser.get("/_mailbox/messages.json", params={"after": number}).json()["messages"]) == 51
    assert browser.get("/_mailbox/messages.json", params={"after": "51"}).json()["messages"] == []


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<form id='card-form'>",
        "<form id='card-form' data-setup-url='/s'>",
        "<form id='other' data-setup-url='/s' data-done-url='/d'>",
    ],
)
def test_a_page_without_a_whole_card_form_has_none(html):
    assert card_page(html, "http://127.0.0.1/c/tok") is None
