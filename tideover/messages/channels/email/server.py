"""The mail server of this installation, as the operator has set it."""

from __future__ import annotations

from tideover.config import Config
from tideover.gateways.email import Smtp


def smtp(settings: Config) -> Smtp:
    """The way to it for messages."""
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
