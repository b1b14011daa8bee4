"""Each request has a name of its own: in its answer, whatever that is, and in nothing that comes after it."""

from __future__ import annotations

from uuid import UUID

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tideover.tenants.requests import RequestIdMiddleware, current_request_id

pytestmark = pytest.mark.django_db


def named(path: str = "/healthz", **headers: str) -> str:
    return Client().get(path, headers=headers)["X-Request-Id"]


def test_every_answer_carries_another_name():
    names = {named() for _ in range(5)}
    assert len(names) == 5
    assert all(UUID(name) for name in names)


@pytest.mark.parametrize("path", ["/no-such-page/", "/cases/", "/sign-in/x/", "/c/none"])
def test_a_refusal_has_a_name_like_any_answer(path):
    assert UUID(named(path))


@pytest.mark.parametrize("sent", ["mine", "", "x" * 10_000, "a b", "00000000-0000-0000-0000-000000000000"])
def test_the_name_that_a_client_sends_is_not_taken_over(sent):
    assert named(**{"X-Request-Id": sent}) != sent


def test_outside_of_a_request_there_is_no_name():
    assert current_request_id() == ""
    named()
    assert current_request_id() == ""


def test_inside_it_is_the_one_of_the_answer_and_what_was_bound_before_stays():
    inside = []

    def page(_request):
        inside.append(current_request_id())
        return HttpResponse()

    with structlog.contextvars.bound_contextvars(worker="w1"):
        answer = RequestIdMiddleware(page)(RequestFactory().get("/"))
        assert structlog.contextvars.get_contextvars() == {"worker": "w1"}
    assert inside == [answer["X-Request-Id"]]


def test_a_page_that_breaks_leaves_no_name_behind():
    def page(_request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RequestIdMiddleware(page)(RequestFactory().get("/"))
    assert current_request_id() == ""
