"""The version before this one for a test, which is skipped where there is no history to take it from."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos import history


def unpack_the_version_before(folder: Path) -> Path:
    """Its checkout below `folder`."""
    try:
        history.unpack_the_version_before(folder)
    except history.NoHistory as missing:
        pytest.skip(f"the version before this one: {missing}")
    return folder
