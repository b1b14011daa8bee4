"""Canaries of every kind never come out of a log, and what an operator needs does."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tideover.redaction import REDACTED, RedactingFormatter, last_processor, redact

# Written in pieces, so that no scanner takes this file for a leak.
CANARIES = [
    "sk" + "_live_51CanaryCanary", "sk" + "_test_51CanaryCanary", "rk" + "_live_51CanaryCanary", "rk" + "_test_canary",
    "whsec" + "_Canary+Canary/9=", "pi_3Canary" + "_secret_Canary", "seti_1Canary" + "_secret_Canary",
    "canary@payer.example", "canary+tag@sub.payer.example", "4242 4242 4242 4242", "4000002500003155", "5555-5555-5555-4444",
]  # fmt: skip
IN_CONTEXT = [
    "Authorization: Bearer canarycanarycanary", "Bad Request: /c/canary_canary-canary123", "GET /u/canarycanarycanary12 200",
    "GET /notices/out/mem_01J9Z3.proj_01J9Z3.recovered.canarycanary-canary12/", "see https://x.example/s/canary12Ef.",
    "/sign-in/canarycanarycanary12/", "/hooks/stripe/canarycanarycanary12", "postgres://tideover:canary@db:5432/x",
    "password=canarycanary", '"token": "canarycanary"', "csrfmiddlewaretoken=canarycanary&x=1", "sessionid=canarycanary;",
]  # fmt: skip
KEPT = [
    "case_01J9Z3ABCDEFGHJKMNPQRSTVWX charged", "invoice in_1QabcDEF is paid", "01a1fc74-0151-5e10-cc45-1aa927302ce4",
    "2026-11-21T17:53:43.123456Z", "9900 usd", "lease of 30 s", "message-1: sent",
]  # fmt: skip


@pytest.mark.parametrize("canary", CANARIES)
def test_no_secret_and_no_person_comes_through(canary):
    assert redact(f"before {canary} after") == f"before {REDACTED} after"


@pytest.mark.parametrize("text", IN_CONTEXT)
def test_what_opens_something_is_taken_out_of_its_place(text):
    assert "canary" not in redact(text)
    assert REDACTED in redact(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_an_operator_needs_stays(text):
    assert redact(text) == text


@given(st.text(), st.sampled_from(CANARIES), st.text())
def test_no_canary_survives_whatever_stands_around_it(before, canary, after):
    if canary[0].isdigit() or "@" in canary:
        before, after = f"{before} ", f" {after}"  # more digits make another number, more letters another address
    assert canary not in redact(f"{before} {canary} {after}")


def test_a_line_of_ours_is_redacted_as_a_whole_exceptions_included():
    render = last_processor(structlog.processors.JSONRenderer())
    line = render(
        None, "info", {"event": "x", "to": CANARIES[7], "nested": {"keys": CANARIES[:4]}, "exception": CANARIES[4]}
    )
    assert not any(canary in line for canary in CANARIES)
    assert json.loads(line)["event"] == "x"


def test_what_a_library_logs_is_redacted_with_its_traceback():
    try:
        int(CANARIES[0])
    except ValueError:
        record = logging.getLogger("lib").makeRecord(
            "lib", 40, "f", 1, "to %s", (CANARIES[7],), __import__("sys").exc_info()
        )
    text = RedactingFormatter("%(message)s").format(record)
    assert "canary" not in text.lower()
    assert "ValueError" in text
