"""What is open before a project goes live, and what a rehearsal tells of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from tests import factories as make
from tests.factories import NOW
from tideover.recovery.telling.rehearsal import rehearse

DAY = timedelta(days=1)
PAGE = "/go-live/"


def failing(connection, **values):
    told = {"opened_at": NOW - 5 * DAY, "customer_email": "pia@payer.example", **values}
    case = make.make_case(connection, **told)
    make.make_attempt(case, at=NOW - 5 * DAY, by="stripe", network_decline_code="51")
    return case


def rehearsed(connection):
    return rehearse(connection.project, NOW)


def lines(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
