"""The way out for mail: the mail server of this installation, as the operator has set it, and providers beside it."""

from __future__ import annotations

from tideover.config import Config
from tideover.gateways.email import Smtp
from tideover.gateways.mailers.post import Post


def post(settings: Config) -> Post:
    """The way out for messages."""
    return Post(smtp(settings), settings.mail_api_base)


def hasty_post(settings: Config, patience: float) -> Post:
    """The way out while a person waits: nothing takes longer than `patience`, and all of it ends with its use."""
    return Post(hasty_smtp(settings, patience), settings.mail_api_base, patience=patience, connections=1)


def smtp(settings: Config) -> Smtp:
    """The way to the installation's server."""
    return Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        tls=settings.smtp_tls,
        connections=settings.smtp_connections,
    )


def hasty_smtp(settings: Config, patience: float) -> Smtp:
    """The way to it while a person waits: no step, and not all of them together, takes longer than `patience`."""
    return Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        tls=settings.smtp_tls,
        connections=1,
        timeout=patience,
        talk_timeout=patience,
        verdict_timeout=patience,
    )


def server_name(settings: Config) -> str:
    """What people call it: where it listens."""
    host = f"[{settings.smtp_host}]" if ":" in settings.smtp_host else settings.smtp_host
    return f"{host}:{settings.smtp_port}"
