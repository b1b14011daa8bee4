"""How each provider tells what became of a mail: its body, and its proof.

https://resend.com/docs/webhooks/event-types, https://postmarkapp.com/developer/webhooks/webhooks-overview,
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event, https://developers.brevo.com/docs/transactional-webhooks,
https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks, https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from tideover.simulator.mailing.taken import Taken

TAG: Final = "tideover_message"
TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:alpine-mail"
SNS: Final = "sns.eu-west-1.amazonaws.com"
CERTIFICATE: Final = "SimpleNotificationService-0123456789abcdef.pem"
SIGNING: Final[Mapping[str, str]] = {
    "resend": "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode(),
    "mailgun": "fedcba9876543210" * 2,
    "ses": TOPIC,
    "postmark": "",
    "brevo": "",
}


@dataclass(frozen=True, slots=True)
class Posted:
    """A request to whoever is told."""

    headers: dict[str, str]
    body: bytes


@lru_cache
def curve() -> ec.EllipticCurvePrivateKey:
    """SendGrid's key."""
    return ec.generate_private_key(ec.SECP256R1())


@lru_cache
def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_of(provider: str) -> str:
    """What the account's owner types in to know the provider by."""
    if provider != "sendgrid":
        return SIGNING[provider]
    der = curve().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@lru_cache
def certificate() -> bytes:
    """SNS's, signed by itself: nobody asks who stands behind what SNS's own host gives out."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SNS)])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, _rsa().public_key(), 7, begins, begins + timedelta(days=36500))
    return made.sign(_rsa(), SHA256()).public_bytes(Encoding.PEM)


def _resend(mail: Taken, fate: str, now: int) -> Posted:
    kinds = {"came_back": ("bounced", "Transient"), "no_such_mailbox": ("bounced", "Permanent")}
    kind, bounce = kinds.get(fate, (fate, ""))
    data: dict[str, Any] = {"email_id": mail.id, "to": [mail.to], "tags": {TAG: mail.tag}}
    if bounce:
        data["bounce"] = {"type": bounce, "subType": "General", "message": "The mailbox said no."}
    body = orjson.dumps({"type": f"email.{kind}", "created_at": "2026-11-02T15:00:00Z", "data": data})
    secret = base64.b64decode(SIGNING["resend"].removeprefix("whsec_"))
    proof = hmac.digest(secret, f"msg_1.{now}.".encode() + body, "sha256")
    told = {"svix-id": "msg_1", "svix-timestamp": str(now), "svix-signature": f"v1,{base64.b64encode(proof).decode()}"}
    return Posted(told, body)


def _postmark(mail: Taken, fate: str, _now: int) -> Posted:
    kinds: dict[str, dict[str, Any]] = {
        "delivered": {"RecordType": "Delivery", "Details": "250 OK"},
        "came_back": {"RecordType": "Bounce", "Type": "SoftBounce", "Description": "The mailbox is full."},
        "no_such_mailbox": {"RecordType": "Bounce", "Type": "HardBounce", "Description": "The mailbox said no."},
        "complained": {"RecordType": "SpamComplaint", "Type": "SpamComplaint"},
        "unsubscribed": {
            "RecordType": "SubscriptionChange",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "Origin": "Recipient",
        },
    }
    return Posted({}, orjson.dumps({**kinds[fate], "MessageID": mail.id, "Metadata": {TAG: mail.tag}}))


def _sendgrid(mail: Taken, fate: str, now: int) -> Posted:
    kinds: dict[str, dict[str, str]] = {
        "delivered": {"event": "delivered"},
        "came_back": {"event": "bounce", "type": "blocked", "reason": "The server said no."},
        "no_such_mailbox": {"event": "bounce", "type": "bounce", "reason": "The mailbox said no."},
        "complained": {"event": "spamreport"},
        "unsubscribed": {"event": "unsubscribe"},
    }
    event = {**kinds[fate], "email": mail.to, "sg_message_id": f"{mail.id}.filter0001", TAG: mail.tag}
    body = orjson.dumps([event])
    proof = curve().sign(str(now).encode() + body, ec.ECDSA(SHA256()))
    name = "X-Twilio-Email-Event-Webhook"
    return Posted({f"{name}-Signature": base64.b64encode(proof).decode(), f"{name}-Timestamp": str(now)}, body)


def _mailgun(mail: Taken, fate: str, now: int) -> Posted:
    kinds: dict[str, dict[str, str]] = {
        "came_back": {"event": "failed", "severity": "temporary", "reason": "generic"},
        "no_such_mailbox": {"event": "failed", "severity": "permanent", "reason": "bounce"},
    }
    data = {
        **kinds.get(fate, {"event": fate}),
        "user-variables": {TAG: mail.tag},
        "message": {"headers": {"message-id": f"{mail.id}@mg.alpine.example"}},
        "delivery-status": {"code": 550, "message": "The mailbox said no."},
    }
    token = "a" * 50
    proof = hmac.digest(SIGNING["mailgun"].encode(), f"{now}{token}".encode(), "sha256").hex()
    signature = {"timestamp": str(now), "token": token, "signature": proof}
    return Posted({}, orjson.dumps({"signature": signature, "event-data": data}))


def _brevo(mail: Taken, fate: str, _now: int) -> Posted:
    kinds = {"came_back": "soft_bounce", "no_such_mailbox": "hard_bounce", "complained": "spam"}
    event = {"event": kinds.get(fate, fate), "email": mail.to, "reason": "The mailbox said no."}
    named = {"message-id": f"<{mail.id}@smtp-relay.mailin.fr>", "X-Mailin-custom": mail.tag}
    return Posted({}, orjson.dumps({**event, **named}))


def _ses(mail: Taken, fate: str, _now: int) -> Posted:
    kinds: dict[str, dict[str, Any]] = {
        "delivered": {"eventType": "Delivery"},
        "came_back": {"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull"}},
        "no_such_mailbox": {"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "General"}},
        "complained": {"eventType": "Complaint", "complaint": {}},
        "unsubscribed": {"eventType": "Subscription"},
    }
    event = {**kinds[fate], "mail": {"messageId": mail.id, "tags": {TAG: [mail.tag]}}}
    return by_sns({"Type": "Notification", "Message": orjson.dumps(event).decode()})


def by_sns(said: dict[str, str], topic: str = TOPIC, version: str = "2") -> Posted:
    """A message of SNS, signed for its topic."""
    whole = {**said, "MessageId": "22b80b92", "Timestamp": "2026-11-02T15:00:00.000Z", "TopicArn": topic}
    text = "".join(f"{name}\n{whole[name]}\n" for name in sorted(whole))
    kind = SHA256() if version == "2" else SHA1()  # noqa: S303 - as SNS does
    proof = base64.b64encode(_rsa().sign(text.encode(), padding.PKCS1v15(), kind)).decode()
    url = f"https://{SNS}/{CERTIFICATE}"
    signed = {**whole, "SignatureVersion": version, "Signature": proof, "SigningCertURL": url}
    return Posted({"x-amz-sns-message-type": said["Type"]}, orjson.dumps(signed))


TELL: Final[Mapping[str, Callable[[Taken, str, int], Posted]]] = {
    "resend": _resend,
    "postmark": _postmark,
    "sendgrid": _sendgrid,
    "mailgun": _mailgun,
    "ses": _ses,
    "brevo": _brevo,
}
