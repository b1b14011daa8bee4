"""What a model may answer: texts that are fit to be sent, and what is slipped into one."""

from __future__ import annotations

from typing import Final

from tideover.core.catalogue import Channel, Template
from tideover.gateways.drafting.drafter import Answered
from tideover.messages.languages import spoken_in
from tideover.messages.own.content import Content
from tideover.messages.own.ours import ours

HERE: Final = "⟦here⟧"  # where something is slipped in
GOOD: Final[dict[str, Answered]] = {
    "en": Answered(
        "Your payment of {{ amount }} is still open",
        "You can pay on a secure page.",
        "About your payment",
        (
            ("text", "Hello{% if name %} {{ name }}{% endif %},"),
            ("text", "your payment of {{ what }} did not go through. ⟦here⟧"),
            ("text", "{% if next_charge_on %}We will try again on {{ next_charge_on }}.{% endif %}"),
            ("button", "Update payment details"),
            ("text", "If you have paid in the meantime, there is nothing more to do."),
            ("facts", ""),
        ),
        900,
        210,
    ),
    "de": Answered(
        "Ihre Zahlung über {{ amount }} ist noch offen",
        "Auf einer sicheren Seite können Sie bezahlen.",
        "Zu Ihrer Zahlung",
        (
            ("text", "Guten Tag{% if name %} {{ name }}{% endif %},"),
            ("text", "Ihre Zahlung über {{ what }} hat leider nicht geklappt. ⟦here⟧"),
            ("button", "Zahlungsdaten ändern"),
            ("text", "Falls Sie inzwischen bezahlt haben, ist nichts mehr zu tun."),
        ),
        800,
        180,
    ),
    "fr": Answered(
        "Votre paiement de {{ amount }} n'a pas abouti",
        "Vous pouvez régler sur une page sécurisée.",
        "À propos de votre paiement",
        (
            ("text", "Bonjour{% if name %} {{ name }}{% endif %},"),
            ("text", "votre paiement de {{ what }} n'a pas abouti. ⟦here⟧"),
            ("button", "Mettre à jour"),
            ("text", "Si vous avez réglé entre-temps, il n'y a plus rien à faire."),
        ),
    ),
    "es": Answered(
        "Tu pago de {{ amount }} sigue pendiente",
        "Puedes pagar en una página segura.",
        "Sobre tu pago",
        (
            ("text", "Hola{% if name %}, {{ name }}{% endif %}:"),
            ("text", "tu pago de {{ what }} no se ha completado. ⟦here⟧"),
            ("button", "Actualizar los datos"),
            ("text", "Si ya has pagado, no hace falta nada más."),
        ),
    ),
    "ja": Answered(
        "{{ amount }}のお支払いについて",
        "安全なページでお手続きいただけます。",
        "お支払いのご確認",
        (
            ("text", "{{ what }}のお支払いが完了していません。⟦here⟧"),
            ("button", "お支払い情報を更新する"),
            ("text", "すでにお済みの場合は、お手続きは必要ありません。"),
        ),
    ),
    "zh-Hans": Answered(
        "您的付款 {{ amount }} 尚未完成",
        "您可以在安全页面上付款。",
        "关于您的付款",
        (
            ("text", "您的付款 {{ what }} 未能完成。⟦here⟧"),
            ("button", "更新付款信息"),
            ("text", "如果您已经付款，则无需再做任何事情。"),  # noqa: RUF001
        ),
    ),
    "ar": Answered(
        "دفعتك {{ amount }} لم تكتمل",
        "يمكنك السداد عبر صفحة آمنة.",
        "بخصوص دفعتك",
        (
            ("text", "لم تكتمل عملية سداد {{ what }}. ⟦here⟧"),
            ("button", "تحديث بيانات الدفع"),
            ("text", "إذا تم السداد بالفعل، فلا حاجة إلى أي إجراء."),
        ),
    ),
}  # fmt: skip


def answer(language: str = "en", slipped: str = "") -> Answered:
    """A good answer, or one with something slipped into its second text."""
    good = GOOD[language]
    blocks = tuple((kind, words.replace(HERE, slipped).rstrip()) for kind, words in good.blocks)
    return Answered(good.subject, good.preheader, good.heading, blocks, good.tokens_in, good.tokens_out)


def as_answered(content: Content) -> Answered:
    """A text as if a model had said it."""
    blocks = tuple((block.kind.value, block.words) for block in content.blocks)
    return Answered(content.subject, content.preheader, content.heading, blocks)


def of_ours(language: str, channel: Channel = Channel.EMAIL, template: Template = Template.FAILED) -> Answered:
    """Our own text as if a model had said it."""
    return as_answered(ours(spoken_in(language), channel, template))
