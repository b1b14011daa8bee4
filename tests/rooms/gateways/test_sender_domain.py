"""What a domain publishes about its mail is read as receivers read it."""

from __future__ import annotations

import pytest

from tideover.gateways.sender_domain import dkim, dmarc, dmarc_names, domain_of, spf


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (["v=spf1 include:mail.example -all", "other"], ""),
        (["V=SPF1 ~all"], ""),
        ([], "no server"),
        (["v=spf10 all"], "no server"),
        (["v=spf1 -all", "v=spf1 ~all"], "several"),
        (["v=spf1 +all"], "everybody"),
        (["v=spf1 all"], "everybody"),
    ],
)
def test_spf(texts, problem):
    assert problem in spf(texts).problem
    assert bool(problem) == bool(spf(texts).problem)


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ("v=spf1 include:mailgun.org ~all", True),
        ("v=spf1 include:eu.mailgun.org ~all", True),
        ("v=spf1 redirect=mailgun.org", True),
        ("v=spf1 include:_spf.google.com -all", False),
        ("v=spf1 include:mailgun.org.evil.example ~all", False),
        ("v=spf1 include:notmailgun.org ~all", False),
    ],
)
def test_spf_that_must_name_who_sends(record, named):
    assert (spf([record], "mailgun.org").problem == "") is named


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (["v=DKIM1; k=rsa; p=MIG"], ""),
        (["p=MIG"], ""),
        (["k=rsa; sp=x"], "no key"),
        (["v=DKIM1; p="], "taken back"),
        (["v=DKIM1; p=; k=rsa"], "taken back"),
        ([], "no key"),
    ],
)
def test_dkim(texts, problem):
    assert problem in dkim(texts).problem
    assert bool(problem) == bool(dkim(texts).problem)


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (["v=DMARC1; p=none; rua=mailto:a@b.example"], ""),
        (["v=DMARC1;p=reject"], ""),
        ([], "does not say"),
        (["v=DMARC1; sp=reject"], "no policy"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "several"),
    ],
)
def test_dmarc(texts, problem):
    assert problem in dmarc(texts).problem
    assert bool(problem) == bool(dmarc(texts).problem)


def test_a_policy_may_stand_at_a_domain_above():
    assert dmarc_names("mail.shop.example") == ["_dmarc.mail.shop.example", "_dmarc.shop.example"]
    assert dmarc_names("shop.example") == ["_dmarc.shop.example"]


@pytest.mark.parametrize(
    ("address", "domain"),
    [("a@Shop.Example.", "shop.example"), ("billing@localhost", ""), ("nonsense", ""), ("a@-", "")],
)
def test_a_sender_has_a_domain_or_none(address, domain):
    assert domain_of(address) == domain
