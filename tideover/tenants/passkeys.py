"""Passkeys (WebAuthn): a device proves that it holds a key, and that its owner unlocked it just now.

One opens an account by itself, as it is two factors: the device, and what unlocks it. Each is made for this site's
address, and of no use at any other. https://www.w3.org/TR/webauthn-3/
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tideover.config import public_address
from tideover.tenants.models import User
from tideover.tenants.second_factor import forget_codes_of_nothing
from tideover.tenants.ways_in import Passkey

MOST: Final = 20  # of one person
LONGEST: Final = 16_384  # of what a device answers
REQUIRED: Final = UserVerificationRequirement.REQUIRED
Options = dict[str, Any]


class NotProven(Exception):  # noqa: N818 - what the answer is
    """What the device answered proves nothing; `str()` says why, for people."""


def site() -> tuple[str, str]:
    """For whom keys are made: the host of this site's address, and the origin that a browser has to be at."""
    parts = urlsplit(public_address())
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


def options_to_make(user: User) -> Options:
    """What a browser is asked for a new key: one that is found without a name, on a device that has none yet."""
    host, _ = site()
    made = generate_registration_options(
        rp_id=host,
        rp_name="Tideover",
        user_id=user.pk.bytes,
        user_name=user.email,
        user_display_name=user.name or user.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=_described(user),
    )
    return options_to_json_dict(made)


def options_to_enter(user: User | None = None) -> Options:
    """What a browser is asked to sign in with: a key of this person's, or of whoever it is."""
    host, _ = site()
    allowed = _described(user) if user else []
    return options_to_json_dict(
        generate_authentication_options(rp_id=host, allow_credentials=allowed, user_verification=REQUIRED)
    )


def _described(user: User) -> list[PublicKeyCredentialDescriptor]:
    ids = user.passkeys.values_list("credential_id", flat=True)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in ids]


def add(user: User, answer: str, challenge: str, name: str, now: datetime) -> Passkey:
    """The key that a device made for this challenge. Raises NotProven."""
    host, origin = site()
    if user.passkeys.count() >= MOST:
        raise NotProven(f"{MOST} passkeys are the most. Remove one first.")
    try:
        proven = verify_registration_response(
            credential=_whole(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise NotProven("What your device answered could not be verified. Try again.") from wrong
    made = Passkey(
        user=user, name=name, credential_id=bytes_to_base64url(proven.credential_id),
        public_key=proven.credential_public_key, sign_count=proven.sign_count, at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as known:
        raise NotProven("This passkey is known already.") from known
    return made


def _whole(answer: str) -> Options:
    """What a device answered, as JSON. Raises NotProven."""
    try:
        told = json.loads(answer[:LONGEST])
    except (ValueError, RecursionError) as cut:
        raise NotProven("What your device answered is no answer. Try again.") from cut
    if not isinstance(told, dict):
        raise NotProven("What your device answered is no answer. Try again.")
    return told


def person_of(answer: str, challenge: str, now: datetime) -> User:
    """Whose key has signed this challenge. Raises NotProven."""
    told, (host, origin) = _whole(answer), site()
    key = Passkey.objects.filter(credential_id=_named(told), user__is_active=True).select_related("user").first()
    if key is None:
        raise NotProven("No account here has this passkey.")
    try:
        proven = verify_authentication_response(
            credential=told,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise NotProven("What your device answered could not be verified. Try again.") from wrong
    same = Passkey.objects.filter(pk=key.pk, sign_count=key.sign_count)
    if not same.update(sign_count=proven.new_sign_count, used_at=now):
        raise NotProven("This passkey was used at this very moment. Try again.")
    return key.user


def _named(told: Options) -> str:
    found = told.get("id")
    return found[:1400] if isinstance(found, str) and found.isascii() and found.isprintable() else ""


def remove(user: User, passkey_id: str) -> bool:
    """Let this key open nothing any more; False where it is none of the person's."""
    with transaction.atomic():
        mine = {str(key.pk): key for key in user.passkeys.all()}
        if passkey_id not in mine:
            return False
        mine[passkey_id].delete()
        forget_codes_of_nothing(user)
    return True
