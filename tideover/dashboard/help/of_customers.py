"""Of everything Tideover does, what is about customers and what is written to them: a part of `features`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tideover.dashboard.help.feature import Call, Feature
from tideover.gateways.mailers.account import Provider

_TOKEN: Final = {"token": "TOKEN"}
OF_CUSTOMERS: Final[Sequence[Feature]] = (
    Feature(
        "Customers",
        "Who pays, what is open, every case on one line of time, how they pay and how they are reached; and who is in"
        " which of your segments, by the customer's metadata in Stripe.",
        ("dashboard:customers",),
        commands=("customer",),
    ),
    Feature(
        "More than one reader",
        "Others are written to besides a customer, from the first day or a later one, and in their place where mail"
        " comes back; on the customer's page, as a file, or by the customer's metadata in Stripe.",
        ("dashboard:customers", "dashboard:upload-readers"),
        (Call("POST", "dashboard:add-readers"), Call("GET", "dashboard:readers-csv")),
        commands=(
            "recipients list",
            "recipients add",
            "recipients remove",
            "recipients import",
            "recipients export",
        ),
    ),
    Feature(
        "Scans",
        "Overdue invoices, expiring cards, cases that stand still and dead connections: when each was looked for.",
        ("dashboard:scans",),
        commands=("scan",),
    ),
    Feature(
        "Pre-dunning alerts",
        "Who pays by a card that ends before it is charged next, and that its network has not renewed, is written"
        " to once, ahead of that payment; a switch for each account. Its link opens a page to update the card.",
        ("dashboard:connections", "dashboard:scans"),
        (Call("GET", "customer:renewing", _TOKEN), Call("POST", "customer:renewing-portal", _TOKEN)),
        ("scan", "settings set", "connect"),
    ),
    Feature(
        "Renewal and trial notices",
        "Customers are told once before a yearly plan renews or a trial ends: when, how much, by which card and how"
        " to cancel; on the days that you choose, moved into the window of a law that is known.",
        ("dashboard:renewals", "dashboard:settings-renewals"),
        (Call("GET", "customer:canceling", _TOKEN), Call("POST", "customer:canceling-portal", _TOKEN)),
        ("renewals", "settings set"),
    ),
    Feature(
        "Win-back",
        "Who canceled is asked back by four letters, 1, 7, 14 and 30 days after the end, until they subscribe again;"
        " with an offer for that customer alone where you make one, and Stripe's Checkout behind it. Who wanted none of"
        " these letters is let back in on request.",
        ("dashboard:winback", "dashboard:settings-winback"),
        (Call("GET", "customer:returning", _TOKEN), Call("POST", "customer:returning-checkout", _TOKEN)),
        ("winback", "settings set", "let-back-in"),
    ),
    Feature(
        "Messages",
        "What is to go, what was sent, what was not and why, what people opened and followed; each in its words.",
        ("dashboard:messages",),
        (Call("GET", "messages:opened", _TOKEN), Call("GET", "messages:logo", _TOKEN)),
        ("messages",),
    ),
    Feature(
        "Your own texts",
        "In place of ours, by kind, channel and language: in versions, and true in every situation before they are"
        " saved; beside a preview for examples and open cases.",
        ("dashboard:texts", "dashboard:text", "dashboard:text-versions"),
        commands=("texts list", "texts show", "texts edit", "texts check", "texts history", "texts restore"),
    ),
    Feature(
        "Trials of two texts",
        "Half of the customers get another version, each the same for good, and what is paid after each decides:"
        " a verdict that holds however often you look, and until then none.",
        ("dashboard:text-trial", "dashboard:text-trials"),
        commands=("texts trial start", "texts trial show", "texts trial use", "texts trial stop"),
    ),
    Feature(
        "Drafted texts",
        "A language model that you choose drafts a text: it is told fields and our words, never a value of anybody,"
        " and what it invents is refused. Off until you set one; a person approves each draft, or, where you choose so,"
        " messages are written in them at send time, and in our text wherever none stands.",
        ("dashboard:text-model", "dashboard:text"),
        (
            Call("POST", "dashboard:text-model-try"),
            Call("POST", "dashboard:text-model-ours"),
            Call("POST", "dashboard:text-model-approval"),
            Call("POST", "dashboard:text-model-off"),
        ),
        (
            "drafts setup",
            "drafts when",
            "drafts next",
            "drafts off",
            "drafts show",
            "drafts make",
            "drafts list",
            "drafts use",
            "drafts discard",
        ),
    ),
    Feature(
        "Designs of mails",
        "How every mail looks, around your words and ours: from a plain letter to a list of what is owed. Each is"
        " shown with your own brand before it is chosen.",
        ("dashboard:text-designs", "dashboard:settings-brand"),
        commands=("texts design",),
    ),
    Feature(
        "Email sending",
        "By Resend, Postmark, SendGrid, Mailgun, Amazon SES, Brevo or a mail server of your own, checked before it"
        " is kept; or by the server of the installation.",
        ("dashboard:settings-email", *(f"dashboard:settings-email-{each}" for each in Provider)),
        (Call("POST", "dashboard:settings-email-house"),),
        ("email show", "email set", "email forget", "check-mail"),
    ),
    Feature(
        "What becomes of mails",
        "Your provider tells, signed where it can: delivered, came back, called spam, unsubscribed. Who has no"
        " mailbox, or wants none, is written to no more.",
        ("dashboard:settings-email",),
        (
            Call("POST", "dashboard:settings-email-key"),
            Call("POST", "dashboard:settings-email-renew"),
            Call("POST", "messages:mail-told", {**_TOKEN, "provider": "resend"}),
        ),
        ("email show", "email key", "email renew"),
    ),
    Feature(
        "A pause by what comes back",
        "Too many bounces or spam marks stop a channel before mailbox providers do: shown with its figures, mailed"
        " to the owners, over by itself or by you.",
        ("dashboard:home", "dashboard:status"),
        (Call("POST", "dashboard:status-resume"),),
        ("email resume", "sms resume"),
    ),
    Feature(
        "Text messages",
        "By your own Twilio account: in place of mails or beside them, with STOP, and what became of each.",
        ("dashboard:settings-sms",),
        (
            Call("POST", "dashboard:settings-sms-test"),
            Call("GET", "customer:short", _TOKEN),
            Call("POST", "customer:sms-status", {**_TOKEN, "public_id": "ID"}),
            Call("POST", "customer:sms-inbound", _TOKEN),
        ),
        ("sms show", "sms set", "sms steps", "sms test", "sms forget"),
    ),
    Feature(
        "Languages",
        "Messages and pages in what each customer reads; who likes another language is counted.",
        ("dashboard:settings-general", "dashboard:doctor"),
    ),
    Feature(
        "Unsubscribing",
        "A link in each message, and one click of the mail program.",
        calls=(Call("POST", "messages:unsubscribe", _TOKEN),),
    ),
    Feature(
        "Card page",
        "Takes a new card or authenticates a payment, without a login.",
        calls=(
            Call("GET", "customer:card", _TOKEN),
            Call("POST", "customer:setup", _TOKEN),
            Call("POST", "customer:done", _TOKEN),
            Call("POST", "customer:again", _TOKEN),
            Call("POST", "customer:saved", _TOKEN),
            Call("POST", "customer:paypal", _TOKEN),
            Call("POST", "customer:portal", _TOKEN),
            Call("POST", "customer:allow", _TOKEN),
            Call("GET", "customer:update-payment", {"invoice_id": "INVOICE"}),
        ),
    ),
    Feature(
        "A new link for an old one",
        "On the page of a link that is too old: sent to where the payer was written to, and never anywhere else.",
        calls=(Call("POST", "customer:new-link", _TOKEN),),
    ),
    Feature(
        "Forward to a colleague",
        "A payer has the link sent to somebody else from the card page: one mail in fixed words, three of a case in"
        " all; with a box that has them written to from then on.",
        calls=(Call("POST", "customer:forward", _TOKEN),),
    ),
)
