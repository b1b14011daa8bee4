"""Stripe's JSON of webhook endpoints to our plain values."""

from __future__ import annotations

from tideover.gateways.answers import EndpointMade, EndpointRead
from tideover.gateways.shape import Json, given, text, texts


def endpoint_made(endpoint: Json) -> EndpointMade:
    """A new webhook endpoint with its secret, which is shown only now. Raises Odd."""
    return EndpointMade(given(endpoint, "id"), given(endpoint, "secret"))


def endpoints_on(page: list[Json]) -> list[EndpointRead]:
    """The webhook endpoints on a page of them. Raises Odd."""
    return [
        EndpointRead(
            id=given(endpoint, "id"),
            url=text(endpoint, "url"),
            events=frozenset(texts(endpoint, "enabled_events")),
            enabled=text(endpoint, "status") != "disabled",
        )
        for endpoint in page
    ]
