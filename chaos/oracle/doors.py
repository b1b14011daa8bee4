"""The rules about our own doors: the webhook's and the dashboard's."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.oracle.books import Books

NOT_NOW = 503
BROKEN = 500
ANSWERED = 200


def no_bytes_are_an_error_of_ours(books: Books) -> Iterator[str]:
    """Whatever comes the webhook takes it, refuses it, or asks for it later; and so does the pay page."""
    for refusal in books.refusals:
        if refusal["status"] >= BROKEN and refusal["status"] != NOT_NOW:
            yield f"the webhook answered {refusal['event']} with {refusal['status']}"
    for line in books.agreements:
        if line.get("status") == BROKEN:
            yield f"the pay page answered the form {line['door']} of {line['customer']} with {BROKEN}"


def odd_ones_are_set_aside_alone(books: Books) -> Iterator[str]:
    """No odd event is taken up again and again, as nothing about it will change."""
    for event in books.tables["events"]:
        if event["event_id"] in books.odd and "died" in event["reason"]:
            yield f"{event['event_id']} was no news at the first look, and ended so: {event['reason']}"


def who_is_out_is_out(books: Books) -> Iterator[str]:
    """No request that was sent after the end of its session is answered."""
    for visit in books.visits:
        end = books.outs.get(visit["who"])
        brought_back = end is not None and books.forgotten(end["at"])
        if end and visit["asked"] > end["real"] and visit["status"] == ANSWERED and not brought_back:
            yield f"a session was answered {visit['asked'] - end['real']:.1f} s after its end ({visit['who']})"
