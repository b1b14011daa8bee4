"""Words that no text for a payer has: in any language, and in one. Each pattern with what is wrong about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

Banned = tuple[re.Pattern[str], str]
REPORTED: Final = "says why a bank really declines"
BLAMES: Final = "blames the reader"
LINKS: Final = "addresses come from fields"


def _words(pattern: str, why: str) -> Banned:
    """Whole words, however they are capitalized."""
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), why


EVERYWHERE: Final[Sequence[Banned]] = (
    (re.compile("[!！¡]"), "no exclamation marks"),  # noqa: RUF001 - the wide one of Chinese and Japanese too
    (re.compile(r"https?:|www\."), LINKS),
)
# By the name of its folder. A language that knows a familiar and a formal address keeps to one of them.
IN: Final[Mapping[str, Sequence[Banned]]] = {
    "ar": (
        (re.compile("مسروق|سرقة|مفقود|احتيال"), REPORTED),
        (re.compile(r"خطؤك|خطئك|لم تدفع|متخلف|(?<!\w)مدين(?!\w)"), BLAMES),
        (re.compile(r"(?<!\w)(?:ادفع|حدّث|أضف|اختر|اضغط|أدخل|راسلنا)(?!\w)"), "speaks to a man, and not to a woman"),
    ),
    "de": (
        _words(r"gestohlen\w*|verloren\w*|betrug\w*|betrüg\w*", REPORTED),
        _words(r"Ihre Schuld|Sie schulden|(?:haben )?Sie(?: haben)? nicht (?:be)?zahlt|säumig\w*|Mahnung\w*", BLAMES),
        _words(r"du|dich|dir|dein\w*|euch|euer|eure\w*", "says du to the reader, and the others say Sie"),
    ),
    "en": (
        _words(r"lost|stolen|fraud\w*", REPORTED),
        _words(r"your fault|failed to pay|did not pay|you owe", BLAMES),
    ),
    "es": (
        _words(r"robad\w+|perdid\w+|fraud\w+", REPORTED),
        _words(r"tu culpa|no (?:has )?paga(?:do|ste)|debes (?:dinero|pagar)|moros\w+|deud\w+", BLAMES),
        _words(r"usted(?:es)?|vosotros|vuestr\w+|os", "says usted or vosotros to the reader, and the others say tú"),
    ),
    "fr": (
        _words(r"vol(?:é|ée|és|ées)|perdu\w*|fraud\w+", REPORTED),
        _words(r"votre faute|vous devez de l.argent|vous n.avez pas payé|impayé\w*", BLAMES),
        _words(r"tu|te|toi|ton|ta|tes|tien\w*", "says tu to the reader, and the others say vous"),
    ),
    "it": (
        _words(r"rubat\w+|smarrit\w+|frod\w+", REPORTED),
        _words(r"colpa tua|tua colpa|non hai pagato|sei in debito|moros\w+|insolvent\w+|sollecit\w+", BLAMES),
        _words(r"lei|la preghiamo|le chiediamo|la invitiamo|desidera", "says Lei to the reader, and the others say tu"),
    ),
    "ja": (
        (re.compile("盗難|紛失|不正"), REPORTED),
        (re.compile("滞納|督促|延滞|お客様の責任"), BLAMES),
        (re.compile("あなた|である。|ない。|った。"), "is not as polite as the others"),
    ),
    "nl": (
        _words(r"gestolen|verloren|fraude\w*", REPORTED),
        _words(r"jouw schuld|je schuld|niet betaald hebt|wanbetal\w+|aanmaning\w*", BLAMES),
        _words(r"u|uw|uzelf", "says u to the reader, and the others say je"),
    ),
    "pl": (
        _words(r"skradz\w+|kradzie\w+|zgubion\w+|utracon\w+|oszust\w+", REPORTED),
        _words(r"twoj\w+ win\w+|nie zapłacił\w*|zalegasz|dłużni\w+|windykac\w+|wezwanie", BLAMES),
        _words(r"pana?|panu|pani(?:ą|i)?|państw\w+", "says Pan or Pani to the reader, and the others say Ty"),
        _words(r"\w+(?:łeś|łaś)", "speaks to a man or to a woman alone"),
    ),
    "pt-BR": (
        _words(r"roubad\w+|furtad\w+|perdid\w+|fraud\w+", REPORTED),
        _words(r"sua culpa|você não pagou|você deve|inadimpl\w+|dívida\w*", BLAMES),
        _words(r"tu|teu|tua|teus|tuas|te|ti|contigo|vós", "says tu to the reader, and the others say você"),
        _words(r"factura\w*|utilizador\w*|registar|telemóvel|ecrã", "is Portuguese of Portugal"),
    ),
    "sv": (
        _words(r"stulen|stulet|stulna|förlorad\w*|bedrägeri\w*", REPORTED),
        _words(r"ditt fel|du har inte betalat|din skuld|inkasso\w*", BLAMES),
        _words(r"ni|er|ert|era|eder", "says ni to the reader, and the others say du"),
    ),
    "zh-Hans": (
        (re.compile("被盗|盗刷|丢失|挂失|欺诈"), REPORTED),
        (re.compile("您的错|拖欠|欠款|欠费|催收|您没有付款"), BLAMES),
        (re.compile("你"), "says 你 to the reader, and the others say 您"),
        (re.compile("[裡線點發帳訂閱]"), "is not written in simplified characters"),
    ),
}  # fmt: skip
