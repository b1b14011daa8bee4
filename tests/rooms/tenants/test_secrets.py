"""A secret in the database is sealed with a key that is not there."""

import pytest

from tideover.tenants.secrets import Unreadable, seal, unseal


def test_a_sealed_secret_opens_only_with_its_key():
    sealed = seal("rk_live_secret")
    assert "rk_live" not in sealed
    assert unseal(sealed) == "rk_live_secret"
    with pytest.raises(Unreadable):
        unseal(sealed[:-4] + "AAAA")
