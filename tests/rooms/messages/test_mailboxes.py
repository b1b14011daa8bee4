"""From, To and Reply-To name one mailbox each, whatever a name holds, and no name makes a link of itself."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.gateways.email import on_the_wire
from tideover.messages.channels.email import deliverable
from tideover.messages.channels.email.mailbox import Mailbox
from tideover.messages.wording import field, name_of

ADDRESS = "jane@customer.example"
LONG = "Grand United Bakery, Confectionery, Patisserie and Catering Company of Northern Jutland, Ltd."
NAMES = [
    "Jane Doe", "Doe, Jane", "Acme <sales> Inc.", 'The "Best" Shop', "a@b.example", "x@y.example, z@q.example", "Zoë, Łukasz",
    "山田太郎", LONG, f"{LONG} <boss@evil.example>", "=?utf-8?q?a=2C_b=40evil=2Eexample?=", "back\\slash\\", '"', "(comment)", ":;", "[1]",
    "a" * 80, "é" * 80, "  ", "Jane (HR), <x@y.example>; group: a@b.example;", "\u202egpj.exe", "'; DROP", "a\tb",
]  # fmt: skip


def headers(name: str) -> list[str]:
    """The header as it goes out, unfolded, once for each header that names a mailbox."""
    mail = EmailMessage()
    for header in ("From", "To", "Reply-To"):
        mail[header] = Mailbox.of(header, field(name, 80) or "", ADDRESS)
    mail.set_content("Hello")
    wire = on_the_wire(mail)
    assert max(map(len, wire.split(b"\r\n"))) <= 78
    parsed = message_from_bytes(wire, policy=policy.default)
    for header in ("From", "To", "Reply-To"):
        assert [each.addr_spec for each in parsed[header].addresses] == [ADDRESS], wire
    raw = message_from_bytes(wire)
    return [re.sub(r"\r?\n[ \t]", " ", str(raw[header])) for header in ("From", "To", "Reply-To")]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_mailbox_and_reads_as_it_is(name):
    for value in headers(name):
        ((shown, address),) = getaddresses([value])
        assert address == ADDRESS
        assert str(make_header(decode_header(shown))) == (field(name, 80) or "")


@given(st.text(max_size=200))
def test_any_name_is_one_mailbox_by_two_ways_of_reading(name):
    for value in headers(name):
        assert [address for _, address in getaddresses([value])] == [ADDRESS]


def test_a_mailbox_in_another_script_stands_in_the_header_as_it_is():
    mail = EmailMessage()
    mail["To"] = Mailbox.of("To", "Jäne", "jäne@customer.example")
    assert "<jäne@customer.example>\r\n".encode() in on_the_wire(mail, in_unicode=True)


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("Jane Doe", "Jane Doe"), ("J.Smith", "J. Smith"), ("Dr. Müller, Jr.", "Dr. Müller, Jr."),
        ("support@bank.example", "support at bank. example"), ("https://evil.example/pay", "https evil. example/pay"),
        ("www.evil.example", "www. evil. example"), ("evil。example", "evil. example"), ("mailto:x\uff20y\uff0eexample", "mailto: x at y. example"),
        ("Jane\r\nBcc: all@x.example", "Jane Bcc: all at x. example"), ("\0", None),
    ],
)  # fmt: skip
def test_a_name_that_looks_like_an_address_or_a_site_is_no_link(name, harmless):
    assert name_of(name) == harmless


@given(st.text(max_size=200))
def test_no_name_holds_what_a_mail_program_makes_a_link_of(name):
    said = name_of(name) or ""
    assert not re.search(r"@|://|\w[.:]\w|www\.\w", said)


@pytest.mark.parametrize(
    "address",
    ["jane@customer.example", "jäne@customer.example", "用户@例え.example", '"jane doe"@customer.example', '"a@b"@x.example',
     "o'neil+tag@x.example", " jane@x.example ", "j@[192.0.2.1]"],
)  # fmt: skip
def test_these_are_addresses(address):
    assert deliverable(address)


@pytest.mark.parametrize(
    "address",
    ["jane", "@x.example", "jane@", "a b@x.example", "a..b@x.example", ".a@x.example", '"a"b@x.example', "j\r\n@x.example", "j\0@x.example",
     '"a\r\nb"@x.example', "a@b@x.example", "jane@x..example", "jane@x", "a" * 250 + "@x.example", "a\u200b@x.example", "<a>@x.example"],
)  # fmt: skip
def test_these_are_not(address):
    assert not deliverable(address)
