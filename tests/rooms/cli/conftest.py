"""Each test of the commands begins where no server was ever started, whatever the one before it did."""

from __future__ import annotations

import pytest

from tideover import config


@pytest.fixture(autouse=True)
def nobody_has_served_yet() -> None:
    (config.config().home / "address").unlink(missing_ok=True)
