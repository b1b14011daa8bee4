"""What real programs ask a message's picture and links for: their names as they give them, when, and from where.

Written from public knowledge: what vendors and mail services publish, and what senders tell of their logs. `truth` is who
it is; what the rules make of it is another matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tideover.core.signals.origins import origin_of
from tideover.core.signals.signs import Asked, Signal, Who

PICTURE, LINK = Asked.PICTURE, Asked.LINK
HOME, OFFICE, PHONE = "84.115.40.7", "213.162.70.9", "2a02:8388:6580::1"
GMAIL, OUTLOOK, APPLE = "66.249.93.14", "40.94.20.3", "17.58.56.1"
RELAY = "172.225.40.8"  # where Apple's proxies come out: a network of many
BARRACUDA, PROOFPOINT = "209.222.82.11", "67.231.152.9"
CLOUD = "3.120.88.4"
UNNAMED = "10.0.0.2"  # a proxy of the operator's that nobody named

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
EDGE = f"{CHROME} Edg/142.0.0.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
SAFARI = f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
)
PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
    "Safari/537.36 Edge/12.246 Mozilla/5.0"
)
IMAGE_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
WORD = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; ms-office; MSOffice 16)"
OUTLOOK_16 = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.19231; Pro)"
THUNDERBIRD = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0"
MESSAGES = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
    "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)


@dataclass(frozen=True)
class Seen:
    """One request, and who it is in truth. seconds: since the message left."""

    truth: Who
    asked: Asked
    agent: str
    seconds: float
    address: str = HOME
    method: str = "GET"
    at_once: bool = False
    crowd: bool = False

    @property
    def signal(self) -> Signal:
        after = timedelta(seconds=self.seconds)
        return Signal(
            self.asked, self.method, self.agent, origin_of(self.address), after, at_once=self.at_once, crowd=self.crowd
        )


def machine(asked: Asked, agent: str, seconds: float, address: str = CLOUD, **more: object) -> Seen:
    return Seen(Who.MACHINE, asked, agent, seconds, address, **more)  # type: ignore[arg-type]


def person(asked: Asked, agent: str, seconds: float, address: str = HOME, **more: object) -> Seen:
    return Seen(Who.PERSON, asked, agent, seconds, address, **more)  # type: ignore[arg-type]


CORPUS: Final = (
    # Apple's Mail Privacy Protection: when the telephone is charged, whether anybody looks or not.
    machine(PICTURE, "Mozilla/5.0", 4, RELAY),
    machine(PICTURE, "Mozilla/5.0", 41, RELAY),
    machine(PICTURE, "Mozilla/5.0", 611, "104.28.30.5"),
    machine(PICTURE, "Mozilla/5.0", 5_400, "146.75.160.9"),
    machine(PICTURE, "Mozilla/5.0", 26_000, APPLE),
    machine(PICTURE, "Mozilla/5.0", 9, UNNAMED),
    # Gmail: before a mail is shown, while somebody has it open.
    machine(PICTURE, PREFETCH, 2, GMAIL),
    machine(PICTURE, PREFETCH, 4, "108.177.2.32"),
    machine(PICTURE, PREFETCH, 25, "74.125.208.3"),
    machine(PICTURE, PREFETCH, 3_700, "2a00:1450:4864:20::32"),
    machine(PICTURE, PREFETCH, 8, UNNAMED),
    # Scanners that draw the whole mail.
    machine(PICTURE, "Barracuda Sentinel (EE)", 3, BARRACUDA),
    machine(PICTURE, CHROME, 31, BARRACUDA),
    machine(PICTURE, EDGE, 0.6, OUTLOOK),
    machine(PICTURE, CHROME, 1.4, "52.101.8.40"),
    machine(PICTURE, FIREFOX, 44, PROOFPOINT),
    machine(PICTURE, f"{MAC} AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36", 20),
    machine(PICTURE, "python-requests/2.32.3", 12),
    machine(PICTURE, "Python/3.12 aiohttp/3.9.5", 5),
    machine(PICTURE, "Go-http-client/2.0", 17),
    machine(PICTURE, "lua-resty-http/0.10 (Lua) ngx_lua/10019", 2),
    machine(PICTURE, "AHC/2.1", 3),
    machine(PICTURE, "HubSpot Connect", 90),
    machine(PICTURE, "Amazon CloudFront", 3),
    machine(PICTURE, "Mozilla/5.0 (compatible; MimecastCrawler/1.0)", 6),
    machine(PICTURE, "Slack-ImgProxy (+https://api.slack.com/robots)", 4_000),
    machine(PICTURE, "curl/8.5.0", 70),
    machine(PICTURE, CHROME, 1.1, CLOUD),
    machine(PICTURE, "", 0.9, CLOUD),
    machine(PICTURE, CHROME, 8, CLOUD, method="HEAD"),
    # A sandbox that waits, and calls itself a browser: nothing tells it from one.
    machine(PICTURE, CHROME, 95, OUTLOOK),
    # Scanners that follow links.
    machine(LINK, "Mozilla/5.0 (Windows NT 10.0) Microsoft Office Existence Discovery", 3, OUTLOOK),
    machine(LINK, "Microsoft Office Protocol Discovery", 3_000, OFFICE),
    machine(LINK, "Microsoft-URLAnalyzer/1.0", 40, OUTLOOK),
    machine(LINK, "Mozilla/5.0 (compatible; Proofpoint URL Defense)", 20, PROOFPOINT),
    machine(LINK, CHROME, 300, PROOFPOINT),
    machine(LINK, CHROME, 1.2, OUTLOOK),
    machine(LINK, SAFARI, 0.4, CLOUD),
    machine(LINK, CHROME, 45, CLOUD, at_once=True),
    machine(LINK, EDGE, 900, "20.50.2.9", at_once=True),
    machine(LINK, CHROME, 62, CLOUD, crowd=True),
    machine(LINK, CHROME, 30, OUTLOOK),
    machine(LINK, CHROME, 5, "168.90.91.133"),
    machine(LINK, CHROME, 33, CLOUD, method="HEAD"),
    machine(LINK, "Symantec Email Security.cloud", 11),
    machine(LINK, "Mozilla/5.0 (compatible; Trend Micro tmase)", 9),
    machine(LINK, "Zscaler ZWS 7.0", 200, OFFICE),
    machine(LINK, "VirusTotal; gzip(gfe)", 70),
    machine(LINK, "python-requests/2.31.0", 15),
    machine(LINK, "Mozilla/5.0 (compatible; Google-Safety; +http://www.google.com/bot.html)", 60, GMAIL),
    machine(LINK, MESSAGES, 30, PHONE),
    machine(LINK, "WhatsApp/2.23.20.0 A", 30, PHONE),
    machine(LINK, "TelegramBot (like TwitterBot)", 600),
    machine(LINK, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", 1_800),
    machine(
        LINK, "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com", 60
    ),
    machine(LINK, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 90_000, "40.77.167.1"),
    machine(LINK, "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", 40_000),
    # People who open a mail.
    person(PICTURE, IMAGE_PROXY, 1_240, GMAIL),
    person(PICTURE, IMAGE_PROXY, 30, "66.102.8.100"),
    person(PICTURE, IMAGE_PROXY, 7, UNNAMED),
    person(PICTURE, YAHOO, 800, "87.248.110.1"),
    person(PICTURE, OUTLOOK_16, 340, OFFICE),
    person(PICTURE, WORD, 95, OFFICE),
    person(PICTURE, THUNDERBIRD, 71, HOME),
    person(PICTURE, "Outlook-iOS/709.2189947.prod.iphone (3.24.0)", 55, PHONE),
    person(PICTURE, f"{IPHONE} Mobile/15E148", 4_000, PHONE),
    person(PICTURE, f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko)", 600, HOME),
    person(PICTURE, FIREFOX, 240, HOME),
    person(PICTURE, "Dalvik/2.1.0 (Linux; U; Android 14; SM-S918B Build/UP1A.231005.007)", 900, PHONE),
    # People who follow a link.
    person(LINK, CHROME, 65),
    person(LINK, EDGE, 4_100, OFFICE),
    person(LINK, SAFARI, 33),
    person(LINK, FIREFOX, 86_000),
    person(LINK, ANDROID, 21, PHONE),
    person(LINK, f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1", 17, PHONE),
    person(LINK, f"{IPHONE} Mobile/15E148", 300, PHONE),
    person(LINK, f"{IPHONE} CriOS/142.0 Mobile/15E148 Safari/604.1", 90, PHONE),
    person(LINK, f"{IPHONE} GSA/380.0 Mobile/15E148 Safari/604.1", 2_000, PHONE),
    person(LINK, f"{ANDROID} EdgA/142.0.0.0", 2_500, PHONE),
    person(LINK, f"{CHROME} OPR/124.0.0.0", 700),
    person(LINK, ANDROID.replace("10; K", "13; SM-A546B; wv"), 800, PHONE),
    person(LINK, ANDROID.replace("10; K", "9; CUBOT_X18_Plus"), 400, PHONE),
    person(LINK, ANDROID.replace("10; K", "11; CUBOT NOTE 20"), 410, PHONE),
    person(LINK, ANDROID.replace("Chrome/142.0.0.0 Mobile", "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile"), 52, PHONE),
    person(LINK, "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", 5_000, OFFICE),
    person(LINK, CHROME, 6),
    person(LINK, CHROME, 40, GMAIL),
    person(LINK, CHROME, 120, UNNAMED),
    person(LINK, "", 300),
    person(LINK, CHROME, 1.5, method="POST"),
    person(LINK, "", 900, method="POST"),
)
