"""How much of an account's history is read, as its card says it."""

from __future__ import annotations

import pytest

from tests import factories
from tideover.mirror.importing import begin

pytestmark = pytest.mark.django_db
ALL = "/connections/"


def text(answer):
    return answer.content.decode()


def test_a_card_tells_how_much_of_the_history_is_read(alice):
    connection = factories.make_connection(alice.organization.projects.get())
    assert "Not read yet" in text(alice.browser().get(ALL))
    mirror = begin(connection, factories.NOW)
    mirror.counts = {"customers": 1200}
    mirror.stage, mirror.trouble = "payments", "Stripe does not let us in: no rak_charge_read"
    mirror.save()
    page = text(alice.browser().get(ALL))
    assert "Being read: 50 %" in page
    assert "1,200 customers" in page
    assert "no rak_charge_read" in page
    mirror.stage, mirror.imported_at, mirror.trouble = "", factories.NOW, ""
    mirror.save()
    assert "kept up by events" in text(alice.browser().get(ALL))
