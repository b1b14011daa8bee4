"""Keeps secrets and people out of the logs: whatever is about to be written passes through here, whoever wrote it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, Final

REDACTED: Final = "[redacted]"

# Stripe's keys, secrets and client secrets; the addresses that open something (card page, sign-in, opt-out, webhook).
_SECRET: Final = re.compile(
    r"(?:sk|rk|pk|ek|ak)_(?:live|test|org)_\w+"
    r"|whsec_[\w+/=-]+"
    r"|(?:pi|seti|cs|src|ca|cuss)_\w*?_secret_\w+"
    r"|\bac_[A-Za-z0-9]{16,}|\bsk_[A-Za-z0-9]{16,}|\brk_[A-Za-z0-9]{16,}"
    r"|\bgAAAA[\w=-]{40,}"
)
_BEARER: Final = re.compile(r"((?:Bearer|Basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE)
_IN_A_URL: Final = re.compile(
    r"(/(?:c|card|plan|back|u|o|logo|notices/out|sign-in|invitations|arrived|hooks/stripe|mail/[a-z]+|twilio)/(?=[\w.-]{16})"
    r"|/s/(?=[\w-]{10}))[\w.-]*[\w-]"
)
_IN_AN_ADDRESS: Final = re.compile(r"(\w+://[^\s:/@]+:)[^\s@/]+(@)")
_NAMED: Final = re.compile(
    r"((?:password|passwd|secret|token|api_key|apikey|authorization|csrfmiddlewaretoken|sessionid|csrftoken)"
    r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}]{4,}",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\w-]+\.)+[\w-]+")
_CARD: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")


def without_keys(text: str) -> str:
    """`text` without keys and passwords: for whoever typed it, and may see the rest."""
    return _IN_AN_ADDRESS.sub(rf"\1{REDACTED}\2", _SECRET.sub(REDACTED, text))


def without_tokens(text: str) -> str:
    """The same without addresses that open something: for whoever may see people, and must not act in their place."""
    return _IN_A_URL.sub(rf"\1{REDACTED}", without_keys(text))


def redact(text: str) -> str:
    """`text` without keys, tokens, addresses of people, and anything that passes for a card number."""
    text = without_keys(text)
    text = _BEARER.sub(rf"\1{REDACTED}", text)
    text = _IN_A_URL.sub(rf"\1{REDACTED}", text)
    text = _NAMED.sub(rf"\1{REDACTED}", text)
    text = _EMAIL.sub(REDACTED, text)
    return _CARD.sub(lambda found: REDACTED if _is_a_card(found.group()) else found.group(), text)


def _is_a_card(text: str) -> bool:
    """Luhn's check digit fits: by chance one number in ten, so ids and amounts mostly stay readable."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(digit * 2, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def last_processor(render: Callable[..., Any]) -> Callable[..., str]:
    """A structlog renderer whose whole line is redacted, exceptions and all."""

    def rendered(logger: object, name: str, event: dict[str, Any]) -> str:
        line = render(logger, name, event)
        return redact(line.decode() if isinstance(line, bytes) else str(line))

    return rendered


class RedactingFormatter(logging.Formatter):
    """The same for what libraries log, their tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
