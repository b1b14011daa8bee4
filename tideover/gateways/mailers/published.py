"""What each provider has a sender publish in DNS, as far as it is the same for everybody.

Where a name or a value holds a token of the account, nobody but the provider knows whether it is right: that is said
instead of guessed. As of November 2026, from the page that stands with each provider; the selectors of Postmark,
Mailgun and Brevo by what their customers were told to publish (not confirmed by a page of their own).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tideover.gateways.mailers.account import Provider


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: under one of these names below the domain, an empty one being the domain itself.

    holds: whom an SPF record must name. record: what is to be published, where that is not a text. of: the option of
    the account that tells the domain; empty: it is the sender's.
    """

    below: Sequence[str] = ("",)
    holds: str = ""
    record: str = ""
    of: str = ""

    def names(self, domain: str, options: Mapping[str, str]) -> list[str]:
        """In full, for a sender's domain."""
        whose = options.get(self.of) or domain
        return [f"{each}.{whose}" if each else whose for each in self.below]


Needed = Place | str  # or why it cannot be looked at; empty: nothing is to be published


@dataclass(frozen=True, slots=True)
class Published:
    """What somebody who sends has the owner of a domain publish. ask: the step where that is not seen from outside."""

    spf: Needed
    dkim: Needed
    ask: str = ""
    page: str = ""

    @property
    def records(self) -> Mapping[str, Needed]:
        """By what people call them. A policy is the domain's own, whoever sends."""
        return {"SPF": self.spf, "DKIM": self.dkim, "DMARC": POLICY}


POLICY: Final = Place(("_dmarc",))
PUBLISHED: Final[Mapping[Provider, Published]] = {
    Provider.RESEND: Published(
        Place(("send",), "amazonses.com"),
        Place(("resend._domainkey",)),
        page="https://resend.com/docs/dashboard/domains/custom-return-path",
    ),
    Provider.POSTMARK: Published(
        Place(("pm-bounces",), record="a CNAME to pm.mtasv.net"),
        "its name holds the moment at which Postmark made the key",
        "See at Postmark whether it is verified",
        "https://postmarkapp.com/developer/api/domains-api",
    ),
    Provider.SENDGRID: Published(
        "its name holds a number of your account, as in em1234",
        Place(("s1._domainkey", "m1._domainkey")),
        "See at SendGrid whether it is verified",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication",
    ),
    Provider.MAILGUN: Published(
        Place(holds="mailgun.org", of="domain"),
        "Mailgun chooses its name for each domain",
        "See at Mailgun whether it is verified",
        "https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify",
    ),
    Provider.SES: Published(
        "it stands under the MAIL FROM domain that you chose, if you did",
        "its three names are tokens of your account",
        "See at Amazon SES whether both are verified",
        "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html",
    ),
    Provider.BREVO: Published(
        "",  # its mails come back to a domain of its own
        Place(("brevo1._domainkey", "mail._domainkey")),
        page="https://help.brevo.com/hc/en-us/articles/17286219877778",
    ),
    Provider.SMTP: Published(
        Place(), "nobody said under which name its key is published", "Ask who runs the mail server for its DKIM record"
    ),
}


def by_the_house(selector: str) -> Published:
    """For mails that go by the server of the installation."""
    key = Place((f"{selector}._domainkey",)) if selector else "nobody said under which name its key is published"
    return Published(Place(), key, "Set TIDEOVER_DKIM_SELECTOR to what your mail server signs with")
