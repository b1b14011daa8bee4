"""Everything Tideover does, each thing with its pages, its addresses for machines and its commands: one table.

A test holds it against the real addresses and commands, both ways: nothing here that is not there, nothing there that
is not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tideover.dashboard.help.feature import Call, Feature
from tideover.dashboard.help.of_customers import OF_CUSTOMERS

_TOKEN: Final = {"token": "TOKEN"}
FEATURES: Final[Mapping[str, Sequence[Feature]]] = {
    "Recovery": (
        Feature(
            "Failed payments become cases",
            "Stripe tells of a failure, and what no webhook told is found in its list of events.",
            ("dashboard:cases",),
            (Call("POST", "inbox:stripe", _TOKEN), Call("POST", "inbox:stripe-shared")),
        ),
        Feature(
            "Every step explained",
            "What comes next, why, what holds it back, and what was passed over.",
            ("dashboard:cases",),
            commands=("why",),
        ),
        Feature(
            "Another day, and access",
            "A customer promises a day, and the charge waits for it; who wrote or called is left alone until you have"
            " answered; until a fixed day they keep what they pay for.",
            ("dashboard:cases",),
            (Call("POST", "customer:promise", _TOKEN),),
            commands=("promise", "access", "they-replied"),
        ),
        Feature(
            "Rules",
            "A preset is copied and edited, drawn day by day before it is saved, and kept as versions; a message may be"
            " for some payments alone; open cases follow where that is asked.",
            ("dashboard:rules", "dashboard:rules-versions", "dashboard:rules-apply"),
            commands=(
                "rules show",
                "rules versions",
                "rules diff",
                "rules copy",
                "rules edit",
                "rules dry-run",
                "rules undo",
                "rules apply",
            ),
        ),
        Feature(
            "Recovery on or off",
            "Whether cases are charged and written about, or only watched.",
            ("dashboard:settings-recovery",),
            commands=("go-live",),
        ),
        Feature(
            "Set-up",
            "What is to be done before going live, from the account to a test message; every step checks itself.",
            ("dashboard:get-started",),
            (Call("GET", "dashboard:arrived", _TOKEN),),
            commands=("checklist",),
        ),
        Feature(
            "Before going live",
            "What the rules would do with what is open, and would have done with what failed before; nothing is done.",
            ("dashboard:go-live", "dashboard:back-test"),
            commands=("rehearse",),
        ),
        Feature(
            "Stop everything",
            "Nothing is charged or sent from then on, until it is started again.",
            commands=("stop", "start"),
        ),
        Feature(
            "Test clocks",
            "A case whose customer hangs on one of Stripe's test clocks lives in its time, and writes to nobody.",
            ("dashboard:cases", "dashboard:previews"),
            commands=("clock list", "clock advance", "clock messages"),
        ),
        Feature("What was tried too often", "Actions and events that wait for a person.", commands=("dead-letters",)),
    ),
    "Customers": OF_CUSTOMERS,
    "Figures": (
        Feature(
            "What came back",
            "Recovered money, its rate and its ways, why payments fail, and what just happened.",
            ("dashboard:home",),
            (Call("GET", "dashboard:trend-csv"),),
        ),
        Feature(
            "Every figure with its formula",
            "Recurring revenue at risk and recovered, rates, retries, refunds and disputes; beside Stripe's own page.",
            ("dashboard:analytics",),
            commands=("recount",),
        ),
        Feature(
            "How messages do",
            "By kind, language, step, tone and wording: delivered, opened and followed by people, paid after it.",
            ("dashboard:messages-by",),
            (Call("GET", "dashboard:messages-by-csv"),),
        ),
        Feature("Cases as CSV", "Every case that a filter shows.", calls=(Call("GET", "dashboard:cases-csv"),)),
        Feature(
            "Messages as CSV", "Every message that a filter shows.", calls=(Call("GET", "dashboard:messages-csv"),)
        ),
    ),
    "Accounts": (
        Feature(
            "History",
            "Customers, subscriptions, and two years of payments and invoices, read once and kept by events.",
            ("dashboard:connections",),
            commands=("import",),
        ),
        Feature(
            "Connecting Stripe",
            "A restricted key is tried, and what it lacks is said before anything is stored.",
            ("dashboard:connections", "dashboard:connect"),
            commands=("connect", "disconnect", "end-old-secrets", "endpoints", "rotate-secret"),
        ),
        Feature(
            "Connecting by a Stripe App",
            "Where the operator has one: installed on Stripe's page, with only what its manifest names.",
            ("dashboard:connect",),
            (Call("GET", "dashboard:connect-app"),),
            commands=("app-manifest",),
        ),
        Feature(
            "Signing up",
            "An organization of one's own, where the operator allows it.",
            calls=(Call("GET", "dashboard:sign-up"),),
            commands=("init",),
        ),
        Feature(
            "Signing in",
            "By a passkey, a password or a link, with an authenticator app and recovery codes.",
            ("dashboard:account", "dashboard:account-passkeys"),
            (Call("GET", "dashboard:sign-in"), Call("GET", "dashboard:sign-in-by-link", _TOKEN)),
            ("login", "password", "end-second-factor"),
        ),
        Feature(
            "People and roles",
            "Owner, admin, support and analyst; invitations, and handing on.",
            ("dashboard:team",),
            (Call("GET", "dashboard:invitation", _TOKEN),),
            ("people invite", "people role", "people remove", "people list"),
        ),
        Feature(
            "Notices",
            "Each member chooses what they are told by mail: recovered payments, cases that need somebody, what"
            " keeps an account or a channel from working, and on Mondays the week in figures.",
            ("dashboard:account-notices",),
            (Call("POST", "dashboard:notices-out", _TOKEN),),
            ("notices show", "notices set", "notices send"),
        ),
    ),
    "Settings": (
        Feature(
            "Names, zone, currency and language",
            "How the workspace calls itself and counts its days.",
            ("dashboard:settings-general",),
        ),
        Feature(
            "Brand", "Name, color, logo and addresses of messages and of the pay page.", ("dashboard:settings-brand",)
        ),
        Feature(
            "Ways to pay",
            "Which ways beside a card the pay page offers: Link, PayPal, ACH, SEPA and Bacs debits.",
            ("dashboard:settings-pay-page",),
        ),
        Feature(
            "Preview of the pay page",
            "What a payer sees after each kind of failure, in each language, with your brand and sample data.",
            ("dashboard:settings-pay-page", "customer:preview"),
            commands=("pay-page",),
        ),
        Feature(
            "Payment plans",
            "From which day and above which amount customers may pay in two to four monthly parts.",
            ("dashboard:settings-plans",),
            (Call("POST", "customer:plan", _TOKEN),),
            ("plan",),
        ),
        Feature(
            "Retention",
            "How long Stripe's events, the words of messages, opens and clicks are kept; or no names and addresses at"
            " all.",
            ("dashboard:settings-retention",),
        ),
        Feature(
            "Data and privacy",
            "Everything of the workspace as one archive, a customer or all of it erased, and who opted out let back in"
            " on request.",
            ("dashboard:data", "dashboard:erase-organization"),
            commands=("export", "erase", "let-back-in"),
        ),
        Feature(
            "Who changed what",
            "Every change by person, kind and time.",
            ("dashboard:settings-changes",),
        ),
        Feature(
            "Settings as a file",
            "All of them in one file that can live in your repository.",
            ("dashboard:settings",),
            commands=("settings get", "settings set", "settings export", "settings import"),
        ),
    ),
    "Operation": (
        Feature(
            "Whether all is well",
            "What waits and since when, what must never be, and figures for a monitor.",
            ("dashboard:status",),
            (Call("GET", "upkeep:healthz"), Call("GET", "upkeep:readyz"), Call("GET", "upkeep:metrics")),
        ),
        Feature(
            "Mail", "One test mail, as messages to customers leave.", ("dashboard:home",), commands=("check-mail",)
        ),
        Feature(
            "Running",
            "Pages and worker in one process, or apart; a round by HTTP where there is no worker.",
            calls=(Call("GET", "worker:dunning"), Call("POST", "worker:dunning")),
            commands=("serve", "web", "worker"),
        ),
        Feature(
            "Backups and moves",
            "While everything runs; put back in quarantine; copied row by row to another database.",
            commands=("backup", "restore", "copy", "migrate", "keys"),
        ),
        Feature(
            "Encryption",
            "Secrets, events, messages and backups; all of it anew under a new key.",
            commands=("reseal",),
        ),
        Feature("Audit log", "Who did what, sealed: a change of it shows.", commands=("audit verify", "audit erased")),
        Feature(
            "Trying it out",
            "A sample shop to look around in, a simulated one, and Stripe's simulator alone.",
            ("dashboard:sample",),
            commands=("sample open", "sample reset", "sample close", "demo", "simulator"),
        ),
        Feature(
            "Doctor",
            "What is wrong, by what it shows, what it costs, and the step that mends it.",
            ("dashboard:doctor",),
            commands=("doctor",),
        ),
        Feature("Help", "This list, and where to write.", ("dashboard:help", "dashboard:features")),
    ),
}
