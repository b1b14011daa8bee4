"""Pages for customers: Stripe's hosted invoice, which always works, and its receipt.

Sources: https://docs.stripe.com/invoicing/hosted-invoice-page. That a page pays uncollectible invoices, too, is not
confirmed.
"""

from __future__ import annotations

import secrets
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.collecting import attempt
from tideover.simulator.api.billing.invoicing import default_intent
from tideover.simulator.api.payments.method_kinds import card_from_number
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.api.payments.payment_methods import adopt
from tideover.simulator.browser.card import card_fields, card_of, make_default
from tideover.simulator.mail.frame import moment, page, spoken, typed
from tideover.simulator.wire.errors import StripeError

STANDING = {
    "paid": ("good", "This invoice is paid. Thank you."),
    "void": ("bad", "This invoice was voided. There is nothing to pay."),
    "draft": ("bad", "This invoice is not final yet."),
}
PAYABLE = frozenset({"open", "uncollectible"})


def routes(sim: Simulator) -> list[BaseRoute]:
    """The addresses in `hosted_invoice_url`, `invoice_pdf` and `receipt_url`."""

    async def shown(request: Request) -> Response:
        invoice = _found(sim, request)
        return _invoice(sim, invoice, str(request.url.path)) if invoice else _missing()

    async def paid(request: Request) -> Response:
        invoice = _found(sim, request)
        if invoice is None:
            return _missing()
        return _pay(sim, invoice, await typed(request, "number", "expiry", "cvc"), str(request.url.path))

    async def receipt(request: Request) -> Response:
        intent = sim.store.payment_intents.get(request.path_params["intent"])
        return _receipt(sim, intent) if intent and intent["status"] == "succeeded" else _missing()

    return [
        Route("/i/{invoice}/{secret}", shown, methods=["GET"]),
        Route("/i/{invoice}/{secret}/pdf", shown, methods=["GET"]),
        Route("/i/{invoice}/{secret}", paid, methods=["POST"]),
        Route("/_sim/receipts/{intent}", receipt, methods=["GET"]),
    ]


def _found(sim: Simulator, request: Request) -> Json | None:
    """The invoice of the address, if the secret part is right."""
    invoice = sim.store.invoices.get(request.path_params["invoice"])
    if invoice is None or not invoice["hosted_invoice_url"]:
        return None
    secret = str(invoice["hosted_invoice_url"]).rsplit("/", 1)[1]
    return invoice if secrets.compare_digest(secret.encode(), request.path_params["secret"].encode()) else None


def _missing() -> Response:
    return page(
        "Not found", "<main><h1>Not found</h1><p>This page does not exist or is no longer valid.</p></main>", 404
    )


def _invoice(sim: Simulator, invoice: Json, path: str, error: str = "") -> Response:
    status = "processing" if _in_flight(sim, invoice) else invoice["status"]
    lines = "".join(
        f"<dt>{escape(line['description'] or '')}</dt><dd>{spoken(line['amount'], invoice['currency'])}</dd>"
        for line in invoice["lines"]["data"]
    )
    amount = invoice["amount_remaining"] if status in PAYABLE else invoice["amount_due"]
    body = f"""<main><div class="card">
<p class="hint">{escape(invoice["account_name"])}</p>
<h1>Invoice {escape(invoice["number"] or "")}</h1>
<p class="amount">{spoken(amount, invoice["currency"])}</p>
{_notice(status, error)}
<dl><dt>To</dt><dd>{escape(invoice["customer_name"] or invoice["customer_email"] or "")}</dd>
<dt>Date</dt><dd>{moment(invoice["created"])}</dd>{lines}</dl>
{_form(path) if status in PAYABLE else ""}
</div></main>"""
    return page(f"Invoice {invoice['number']}", body, 402 if error else 200)


def _in_flight(sim: Simulator, invoice: Json) -> bool:
    payments = sim.store.invoice_payments.of("invoice", invoice["id"])
    intents = (sim.store.payment_intents.get(each["payment"].get("payment_intent")) for each in payments)
    return any(intent is not None and intent["status"] == "processing" for intent in intents)


def _notice(status: str, error: str) -> str:
    if error:
        return f'<p class="notice bad" role="alert">{escape(error)}</p>'
    if status == "processing":
        return '<p class="notice good">A bank payment is on its way. It takes a few business days.</p>'
    kind, words = STANDING.get(status, ("", ""))
    return f'<p class="notice {kind}">{words}</p>' if words else ""


def _form(path: str) -> str:
    return f"""<form method="post" action="{escape(path)}">
{card_fields()}
<div class="actions"><button>Pay</button></div>
</form>"""


def _pay(sim: Simulator, invoice: Json, form: dict[str, str], path: str) -> Response:
    """Pay with the typed card and keep it for the subscription; a bank that wants to be asked is asked."""
    if invoice["status"] not in PAYABLE or _in_flight(sim, invoice):
        return RedirectResponse(path, 303)
    try:
        method = card_from_number(sim, card_of(form))
    except StripeError as refusal:
        return _invoice(sim, invoice, path, str(refusal))
    manner = Manner(by="customer", off_session=False, return_url=f"{sim.base_url}{path}")
    verdict = attempt(sim, invoice, method, manner)
    if verdict.outcome == "needs_authentication":
        return RedirectResponse(f"/_sim/3ds/{default_intent(sim, invoice)['id']}", 303)
    if verdict.outcome == "declined":
        error = default_intent(sim, invoice)["last_payment_error"] or {}
        return _invoice(sim, invoice, path, str(error.get("message", "Your card was declined.")))
    if invoice["customer"] in sim.store.customers:
        make_default(sim, adopt(sim, method, invoice["customer"]))
    return RedirectResponse(path, 303)


def _receipt(sim: Simulator, intent: Json) -> Response:
    body = f"""<main><div class="card"><h1>Receipt</h1>
<p class="amount">{spoken(intent["amount_received"], intent["currency"])}</p>
<p class="notice good">Paid. {escape(intent["description"] or "")}</p>
<p class="hint">{moment(sim.store.charges[intent["latest_charge"]]["created"])}</p></div></main>"""
    return page("Receipt", body)
