"""Words by which a draft says what nobody told it: an offer, a threat, haste, a promise, a sum of money or a day.

By the name of a language's folder. No text of ours has any of them (tests/rooms/messages/drafts). Every language is
held to the English ones, too, as a model falls back on them. Letters are compared as `inventions` folds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Rule(StrEnum):
    """What a draft is held to, beside what every text of a merchant is."""

    HIDDEN = "hidden"
    MARKUP = "markup"
    LINK = "link"
    FIELDS = "fields"
    BLOCKS = "blocks"
    LENGTH = "length"
    SCRIPT = "script"
    LANGUAGE = "language"
    SPELLED = "spelled"
    NUMBER = "number"
    OFFER = "offer"
    THREAT = "threat"
    HASTE = "haste"
    PROMISE = "promise"
    MONEY = "money"
    DAY = "day"


# Each a pattern of whole words; in scripts without blanks between words, of parts of them.
WORDS: Final[Mapping[str, Mapping[Rule, str]]] = {
    "ar": {
        Rule.OFFER: "خصم (?:خاص|إضافي|بنسبة|على)|تخفيض|عرض خاص|مجان|قسيمة|كوبون|هدية|مكافأة|استرداد",
        Rule.THREAT: "محكمة|محامي|محام(?!\\w)|الشرطة|قضائي|قانونية|تحصيل الديون|القائمة السوداء|غرامة|"
        "التصنيف الائتماني|دعوى",
        Rule.HASTE: "فور[اًا]+|على الفور|عاجل جد|قبل فوات الأوان|فرصة أخيرة|أسرع|خلال ساعات",
        Rule.PROMISE: "نضمن|مضمون|ضمان|إلى الأبد|نعدك|دون أي مخاطر",
        Rule.MONEY: "دولار|يورو|ريال|درهم|دينار|جنيه|بالمئة|في المئة|بالمائة|في المائة",
        Rule.DAY: "غدا|غدًا|بعد غد|الليلة|الأسبوع القادم|الأسبوع المقبل|نهاية الشهر",
    },
    "de": {
        Rule.OFFER: r"rabatt\w*|gutschein\w*|gratis|kostenlos\w*|geschenk\w*|sonderangebot\w*|nachlass|bonus\w*|"
        r"erstatt\w*|gutschrift\w*|vergünstig\w*|ermäßig\w*|kostenfrei\w*|schenken",
        Rule.THREAT: r"gericht\w*|anwalt\w*|anwält\w*|rechtliche\w*|klage\w*|inkasso\w*|schufa\w*|polizei\w*|"
        r"strafanzeige\w*|schwarze liste|gerichtsvollzieher\w*|pfänd\w*|bonität\w*|verzugszins\w*|mahngebühr\w*|"
        r"strafe\w*",
        Rule.HASTE: r"sofort\w*|unverzüglich\w*|dringend\w*|letzte chance|nur noch (?:heute|wenige|kurz\w*)|"
        r"jetzt oder nie|umgehend\w*|"
        r"schnell handeln|bevor es zu spät ist|heute noch|innerhalb von",
        Rule.PROMISE: r"garant\w*|versprechen|versprochen|für immer|risikofrei\w*|ohne risiko|lebenslang\w*",
        Rule.MONEY: r"euros?|dollar\w*|cents?|prozent\w*|franken|pfund",
        Rule.DAY: r"morgen|übermorgen|heute abend|nächste woche|monatsende|wochenende|mitternacht",
    },
    "en": {
        Rule.OFFER: r"discount\w*|special offer\w*|free|coupon\w*|voucher\w*|promo\w*|rebate\w*|bonus\w*|gifts?|"
        r"waiv\w+|refund\w*|cashback|half price|cheaper|complimentary|on the house|giveaway\w*|reward\w*|"
        r"\w* off your|store credit",
        Rule.THREAT: r"(?:in|to|before a) courts?|court (?:case|order|action|proceeding)s?|courtroom\w*|legal\w*|"
        r"lawyer\w*|attorney\w*|solicitor\w*|sued?|lawsuit\w*|"
        r"collections?|collectors?|credit (?:score|rating|bureau|report|record|history)\w*|police|"
        r"black ?-?list\w*|bailiff\w*|penalt\w+|prosecut\w+|seiz\w+|late fees?|interest charges?|criminal\w*|"
        r"report you|consequences|debt\w*",
        Rule.HASTE: r"immediately|instantly|right now|act (?:now|fast)|hurry|before it.{0,3}s too late|asap|"
        r"limited time|only today|within the (?:hour|day|week)|deadline\w*|time is running out|running out|"
        r"final hours?|"
        r"last warning|urgent action|as soon as possible",
        Rule.PROMISE: r"guarantee\w*|we promise\w*|risk[- ]free|no risk|forever|for life|lifetime|no questions asked|"
        r"priority support|extra (?:time|days?|weeks?|months?)|extend\w* your|never (?:be )?charged?|always be",
        Rule.MONEY: r"dollars?|euros?|pounds?|cents?|percent\w*|per cent|usd|eur|gbp|chf|jpy|bucks?|yen|"
        r"half (?:of )?(?:the|your)|bitcoins?",
        Rule.DAY: r"tomorrow|tonight|next (?:week|month|monday|friday)|this week|end of the (?:week|month|day)|"
        r"weekend|"
        r"midnight|(?:one|two|three|four|five|seven|ten|twenty|thirty|few|several) (?:hours?|days?|weeks?|months?)",
    },
    "es": {
        Rule.OFFER: r"descuento\w*|oferta\w*|gratis|gratuit\w+|cupon\w*|cupón|regal\w+|bonificaci\w+|reembols\w+|"
        r"promoci\w+|rebaja\w*|vale de",
        Rule.THREAT: r"tribunal\w*|juzgad\w*|abogad\w+|demanda\w*|policía|judicial\w*|acciones legales|lista negra|"
        r"embarg\w+|multa\w*|moros\w+|historial crediticio|recargo\w*|cobradores?|agencia de cobro\w*|penal\w*",
        Rule.HASTE: r"inmediatamente|de inmediato|urgentemente|última oportunidad|antes de que sea tarde|ahora mismo|"
        r"date prisa|solo hoy|cuanto antes mejor|tiempo limitado",
        Rule.PROMISE: r"garant\w+|prometemos|para siempre|sin riesgo\w*|de por vida",
        Rule.MONEY: r"euros?|dólar\w*|pesos?|céntimos?|centavos?|por ciento|libras?",
        Rule.DAY: r"(?<!la )mañana|esta noche|próxima semana|semana que viene|fin de (?:mes|semana)|medianoche",
    },
    "fr": {
        Rule.OFFER: r"remise\w*|rabais|réduction\w*|gratuit\w*|offre spéciale|offert\w*|coupon\w*|bon d.achat|"
        r"cadeau\w*|"
        r"bonus|rembours\w+|promo\w*|ristourne\w*",
        Rule.THREAT: r"tribuna\w+|avocat\w*|huissier\w*|poursuites?|judiciaire\w*|police|liste noire|recouvrement\w*|"
        r"saisie\w*|amende\w*|pénalit\w+|contentieux|cote de crédit|mise en demeure|justice",
        Rule.HASTE: r"immédiate\w*|sans délai|dernière chance|dépêchez\w*|avant qu.il ne soit trop tard|"
        r"tout de suite|au plus vite|aujourd.hui seulement|urgemment|durée limitée",
        Rule.PROMISE: r"garanti\w*|nous (?:vous )?promettons|pour toujours|sans risque\w*|à vie",
        Rule.MONEY: r"euros?|dollars?|francs?|centimes?|pour cent|livres? sterling",
        Rule.DAY: r"demain|ce soir|semaine prochaine|fin du mois|week-?end|minuit",
    },
    "it": {
        Rule.OFFER: r"scont\w+|gratis|gratuit\w+|omaggi\w*|buono|coupon\w*|offerta\w*|offerte|regal\w+|bonus|"
        r"rimbors\w+|"
        r"promozion\w+|ribass\w+",
        Rule.THREAT: r"tribunal\w+|avvocat\w+|legal\w+|polizia|denunci\w+|pignor\w+|recupero crediti|lista nera|"
        r"multa\w*|"
        r"penal\w+|causa legale|cattivi pagatori|ufficiale giudiziario|giudizi\w+|mora",
        Rule.HASTE: r"immediatamente|subito|urgentemente|ultima occasione|ultima possibilità|prima che sia tardi|"
        r"affrett\w+|adesso o mai più|solo oggi|tempo limitato",
        Rule.PROMISE: r"garanti\w+|garanz\w+|promettiamo|per sempre|senza rischi\w*|a vita",
        Rule.MONEY: r"euro|dollar\w+|centesim\w+|per cento|sterlin\w+|franchi",
        Rule.DAY: r"domani|stasera|prossima settimana|fine (?:mese|settimana)|mezzanotte",
    },
    "ja": {
        Rule.OFFER: "割引|値引|無料|クーポン|特典|プレゼント|キャンペーン|返金|キャッシュバック|半額|お得|特別価格",
        Rule.THREAT: "裁判|訴訟|弁護士|法的|警察|差し押さえ|差押|ブラックリスト|信用情報|遅延損害金|債権回収|罰金|"
        "取り立て|告訴",
        Rule.HASTE: "今すぐ|直ちに|至急|大至急|最後のチャンス|手遅れ|期間限定|本日限り",
        Rule.PROMISE: "保証|お約束|約束します|永久に|一生|リスクなし",
        Rule.MONEY: "ドル|ユーロ|円|パーセント|割[ 引]",
        Rule.DAY: "明日|明後日|今夜|来週|来月|今週|今月中|月末|週末|[月火水木金土日]曜日|時間以内|日以内",
    },
    "nl": {
        Rule.OFFER: r"korting\w*|gratis|aanbieding\w*|kortingscode\w*|cadeau\w*|bonus\w*|terugbetal\w*|waardebon\w*|"
        r"actieprijs|kosteloos|tegoedbon\w*",
        Rule.THREAT: r"rechtbank\w*|rechter\w*|advoca\w+|juridisch\w*|politie|deurwaarder\w*|incasso\w*|"
        r"zwarte lijst|bkr|"
        r"beslag\w*|boete\w*|aangifte|kredietscore\w*|gerechtelijk\w*|rente",
        Rule.HASTE: r"onmiddellijk\w*|direct betalen|laatste kans|spoed|meteen|voordat het te laat is|nu of nooit|"
        r"alleen vandaag|zo snel mogelijk|haast je",
        Rule.PROMISE: r"garant\w+|beloven|beloofd|voor altijd|zonder risico|levenslang\w*|voor eeuwig",
        Rule.MONEY: r"euro\w*|dollar\w*|procent\w*|cent|ponden",
        Rule.DAY: r"morgen|overmorgen|vanavond|volgende week|eind van de maand|weekend\w*|middernacht",
    },
    "pl": {
        Rule.OFFER: r"rabat\w*|zniż\w+|promocj\w+|za darmo|darmow\w+|bezpłatn\w+|kupon\w*|bon(?:u|y)?|prezent\w*|"
        r"gratis\w*|zwrot\w*|premi\w+",
        Rule.THREAT: r"sąd\w*|prawnik\w*|adwokat\w*|prawn\w+|policj\w+|komornik\w*|windyk\w+|czarn\w+ list\w+|"
        r"kar[aęy]|"
        r"grzywn\w+|rejestr\w* dłużn\w+|zajęci\w+|pozew\w*|odsetk\w+|bik",
        Rule.HASTE: r"natychmiast\w*|ostatnia szansa|pilnie|zanim będzie za późno|tylko dziś|teraz albo nigdy|"
        r"niezwłocznie|spiesz\w*|jak najszybciej",
        Rule.PROMISE: r"gwaran\w+|obiecujemy|na zawsze|bez ryzyka|dożywotni\w*",
        Rule.MONEY: r"złot\w{1,3}|euro|dolar\w*|grosz\w*|procent\w*|funt\w*|pln|zł",
        Rule.DAY: r"jutro|pojutrze|dziś wieczorem|przyszłym tygodniu|koniec miesiąca|weekend\w*|północ\w*",
    },
    "pt-BR": {
        Rule.OFFER: r"desconto\w*|oferta\w*|grátis|gratuit\w+|cupo\w+|cupom|brinde\w*|presente\w*|bônus|reembols\w+|"
        r"promoç\w+|estorn\w+|cortesia",
        Rule.THREAT: r"tribunal\w*|advogad\w+|judicia\w+|justiça|polícia|processo\w*|lista negra|serasa|spc|"
        r"multa\w*|penhor\w*|protest\w+|nome sujo|score|juros|órgãos de proteção",
        Rule.HASTE: r"imediat\w+|urgentemente|última chance|antes que seja tarde|agora mesmo|corra|só hoje|"
        r"tempo limitado|o quanto antes",
        Rule.PROMISE: r"garant\w+|prometemos|para sempre|sem riscos?|vitalíci\w+",
        Rule.MONEY: r"reais|real|euros?|dólar\w*|centavos?|por cento|libras?",
        Rule.DAY: r"amanhã|hoje à noite|próxima semana|semana que vem|fim do mês|fim de semana|meia-noite",
    },
    "sv": {
        Rule.OFFER: r"rabatt\w*|gratis|erbjudande\w*|kupong\w*|presentkort\w*|gåva\w*|bonus\w*|återbetal\w*|"
        r"kampanj\w*|specialpris\w*|kostnadsfri\w*",
        Rule.THREAT: r"domstol\w*|advokat\w*|juridisk\w*|polis\w*|kronofogde\w*|inkasso\w*|svart ?list\w*|"
        r"betalningsanmärkning\w*|böter|utmätning\w*|stämning\w*|åtal\w*|dröjsmålsränta|påminnelseavgift\w*|"
        r"rättslig\w*",
        Rule.HASTE: r"omedelbart|genast|sista chansen|skynda\w*|innan det är för sent|bara idag|nu eller aldrig|"
        r"snarast|brådskande",
        Rule.PROMISE: r"garant\w+|lovar|för alltid|utan risk|riskfri\w*|livstid\w*",
        Rule.MONEY: r"kronor|kr|euro|dollar|procent\w*|öre|sek",
        Rule.DAY: r"i ?morgon|i övermorgon|i kväll|ikväll|nästa vecka|månadsskiftet|helgen|midnatt",
    },
    "zh-Hans": {
        Rule.OFFER: "折扣|优惠|打折|免费|礼品|赠送|红包|返现|退款|优惠券|促销|半价|特价|奖励",
        Rule.THREAT: "法院|律师|起诉|法律|警察|报警|催收|黑名单|征信|信用记录|信用评分|罚款|滞纳金|追究|强制执行|"
        "公安",
        Rule.HASTE: "立即|立刻|马上|最后机会|刻不容缓|为时已晚|限时|仅限今天|赶快|尽快付清",
        Rule.PROMISE: "保证|承诺|永久|永远|零风险|终身",
        Rule.MONEY: "美元|欧元|人民币|日元|英镑|百分之|[元块]钱?(?:整)?(?![素件])|成折",
        Rule.DAY: "明天|后天|今晚|下周|下个?月|本周|月底|周末|星期[一二三四五六日天]|周[一二三四五六日]|小时内|天内|"
        "日内",
    },
}  # fmt: skip
WITHOUT_BLANKS: Final = frozenset({"ar", "ja", "zh-Hans"})
WHY: Final[Mapping[Rule, str]] = {
    Rule.HIDDEN: "is a character that is not seen",
    Rule.MARKUP: "is markup: words are plain",
    Rule.LINK: "reads as an address: links are fields",
    Rule.FIELDS: "is more than a field or a condition on one",
    Rule.BLOCKS: "is not a block that a draft has, or is one too many",
    Rule.LENGTH: "makes it longer than twice our text",
    Rule.SCRIPT: "is written in letters of another script",
    Rule.LANGUAGE: "is not the language that was asked for",
    Rule.SPELLED: "is spelled out letter by letter",
    Rule.NUMBER: "is a number: numbers are fields",
    Rule.OFFER: "offers something that nobody allowed it to",
    Rule.THREAT: "threatens",
    Rule.HASTE: "hurries the reader without a reason that is known",
    Rule.PROMISE: "promises what nobody knows",
    Rule.MONEY: "names money: amounts are fields",
    Rule.DAY: "names a day or a time: days are fields",
}
