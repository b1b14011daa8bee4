"""Work that waits for some account, to see whether it is let through."""

from datetime import timedelta

from tests.factories import make_action, make_case
from tests.fakes import NOW

SECOND = timedelta(seconds=1)


def due(connection, number=1, **values):
    case = make_case(connection)
    return [make_action(case, due_at=NOW, **values) for _ in range(number)]


def of(connection, claimed):
    return [action for action in claimed if action.connection_id == connection.pk]
