"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import secrets
from base64 import b32decode, b32encode
from datetime import datetime
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from tideover.tenants.models import User
from tideover.tenants.ways_in import Passkey, RecoveryCode, SecondFactor

STEP_SECONDS: Final = 30
DIGITS: Final = 6
NEIGHBOURS: Final = (0, -1, 1)  # an app's clock may be a step away
RECOVERY_CODES: Final = 10


def new_secret() -> str:
    """160 bits, as apps take them."""
    return b32encode(secrets.token_bytes(20)).decode()


def address_for_apps(user: User, secret: str) -> str:
    """What the picture that an app scans says."""
    issuer = "Tideover"
    return f"otpauth://totp/{issuer}:{quote(user.email)}?secret={secret}&issuer={issuer}&digits={DIGITS}&period=30"


def code_at(secret: str, step: int) -> str:
    """The app's code in this step of 30 seconds."""
    app = TOTP(b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - the algorithm every app has
    return app.generate(step * STEP_SECONDS).decode()


def step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The step whose code this is; None where it is that of none near now."""
    digits, here = "".join(filter(str.isdigit, typed)), int(now.timestamp()) // STEP_SECONDS
    return next((here + by for by in NEIGHBOURS if constant_time_compare(code_at(secret, here + by), digits)), None)


def has_app(user: User) -> bool:
    """Whether an authenticator app knows a secret of this person."""
    return SecondFactor.objects.filter(user=user).exists()


def has_second_factor(user: User) -> bool:
    """Whether signing in by a password or a link asks for more: a code, or a passkey."""
    return has_app(user) or Passkey.objects.filter(user=user).exists()


def begin(user: User, secret: str, step: int, now: datetime) -> list[str]:
    """From now on signing in asks for a code of this secret. Returns the recovery codes, for the only time."""
    with transaction.atomic():
        SecondFactor.objects.update_or_create(user=user, defaults={"secret": secret, "last_step": step, "since": now})
        return new_recovery_codes(user)


def end(user: User) -> None:
    """The app's codes open nothing any more."""
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        forget_codes_of_nothing(user)


def forget_codes_of_nothing(user: User) -> None:
    """Recovery codes stand in for something: where no app and no passkey is left, they go."""
    if not has_second_factor(user):
        RecoveryCode.objects.filter(user=user).delete()


def end_all(user: User) -> None:
    """Signing in asks for nothing besides a password or a link any more; also passkeys open nothing."""
    with transaction.atomic():
        Passkey.objects.filter(user=user).delete()
        end(user)


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes; those from before open nothing any more."""
    codes = [_grouped(b32encode(secrets.token_bytes(10)).decode().lower()) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create([RecoveryCode(user=user, code_hash=_sealed(user, code)) for code in codes])
    return codes


def is_right(user: User, typed: str, now: datetime) -> bool:
    """Whether it is a code of the app that nobody has used yet, or a recovery code, which is used up by this."""
    factor = SecondFactor.objects.filter(user=user).first()
    step = step_of(factor.secret, typed, now) if factor else None
    if step is not None:
        return bool(SecondFactor.objects.filter(user=user, last_step__lt=step).update(last_step=step))
    gone, _ = RecoveryCode.objects.filter(user=user, code_hash=_sealed(user, typed)).delete()
    return bool(gone)


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _sealed(user: User, code: str) -> str:
    """Keyed: useless to who reads the database alone."""
    letters = "".join(filter(str.isalnum, code)).lower()
    key = settings.TIDEOVER_ADDRESS_KEY
    return salted_hmac("tideover.recovery", f"{user.pk} {letters}", secret=key, algorithm="sha256").hexdigest()
