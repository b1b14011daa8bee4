"""Django's way to check a password, for a user model without Django's permissions: membership decides here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from tideover.tenants.models import User


class PasswordBackend(BaseBackend):
    """Email and password; as slow for an unknown address as for a wrong password."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 - Django's signature
        username: str | None = None,
        password: str | None = None,
        **_: Any,  # noqa: ANN401
    ) -> User | None:
        email = username or ""
        known = "\0" not in email  # which PostgreSQL refuses, even in a question
        user = User.objects.filter(email=email).first() if known else None
        if user is None:
            User().set_password(password)  # the same work, so that time does not tell who has an account
            return None
        return user if user.is_active and user.check_password(password or "") else None

    def get_user(self, user_id: Any) -> User | None:  # noqa: ANN401 - Django's signature
        return User.objects.filter(pk=user_id, is_active=True).first()
