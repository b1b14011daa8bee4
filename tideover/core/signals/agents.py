"""What programs call themselves, as far as it tells people from machines. A name proves nothing: it is one sign."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 160

# It fetches pictures while somebody has Gmail open, before the mail is shown; opening it is another request:
# https://bird.com/blog/gmail-prefetching-images
GMAIL_PREFETCH: Final = "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
# All that Mail Privacy Protection says of itself, also where somebody does open the mail.
APPLE_PROXY: Final = "Mozilla/5.0"
_IMAGE_CACHES: Final = re.compile("GoogleImageProxy|YahooMailProxy")
_MAIL_PROGRAMS: Final = re.compile(
    "Thunderbird|Microsoft Outlook|Outlook-(?:iOS|Android)|ms-office|MSOffice|Lotus-Notes|Postbox|eM Client|Mailbird"
    "|Airmail|Evolution|KMail|Foxmail|ZimbraDesktop",
    re.IGNORECASE,
)
_SCANNERS: Final = re.compile(
    "Barracuda|Proofpoint|Mimecast|FireEye|Trellix|Trend ?Micro|Symantec|MessageLabs|Sophos|IronPort|Forcepoint"
    "|Websense|FortiGuard|FortiMail|SafeLinks|Microsoft-URLAnalyzer|Office (?:Existence|Protocol) Discovery|Zscaler"
    "|Avanan|Check ?Point|Hornetsecurity|Kaspersky|Bitdefender|Cloudmark|SpamAssassin|ClamAV|urlscan|VirusTotal"
    "|Netcraft|scanner",
    re.IGNORECASE,
)
_PREVIEWS: Final = re.compile(
    "facebookexternalhit|Facebot|WhatsApp/|SkypeUriPreview|BingPreview|Slack-ImgProxy|Google-Safety|Embedly|Iframely",
    re.IGNORECASE,
)
# "bot" at the end of a word, as all of them write it; CUBOT makes telephones.
_PROGRAMS: Final = re.compile(
    r"(?<!cu)bot(?=[/;,) -]|$)|crawler|spider|curl/|Wget/|python|aiohttp|httpx|Go-http-client|Apache-HttpClient|axios/"
    r"|node-fetch|undici|libwww|lua-resty|GuzzleHttp|HeadlessChrome|PhantomJS|Puppeteer|Playwright|Selenium|^AHC/|^Java/"
    r"|HubSpot Connect|Amazon CloudFront",
    re.IGNORECASE,
)
# A system in brackets, and an engine that draws pages.
_BROWSERS: Final = re.compile(r"Mozilla/5\.0 \([^)]+\).* ?(?:AppleWebKit/|Gecko/)\d")


def shortened(agent: str) -> str:
    """As much of the name as is kept: one line, and not a long one."""
    return "".join(mark if mark.isprintable() else " " for mark in agent)[:LONGEST].strip()


def is_gmail_prefetch(agent: str) -> bool:
    return agent.endswith(GMAIL_PREFETCH)


def is_apple_proxy(agent: str) -> bool:
    return agent == APPLE_PROXY


def is_image_cache(agent: str) -> bool:
    return bool(_IMAGE_CACHES.search(agent))


def is_mail_program(agent: str) -> bool:
    return bool(_MAIL_PROGRAMS.search(agent))


def is_scanner(agent: str) -> bool:
    return bool(_SCANNERS.search(agent))


def is_preview(agent: str) -> bool:
    return bool(_PREVIEWS.search(agent))


def is_program(agent: str) -> bool:
    return bool(_PROGRAMS.search(agent))


def is_browser(agent: str) -> bool:
    return bool(_BROWSERS.match(agent))
