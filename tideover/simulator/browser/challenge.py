"""The bank's question (3-D Secure): the page a redirect leads to, and the answer that Stripe.js's dialog sends.

Sources: https://docs.stripe.com/payments/3d-secure/authentication-flow,
https://docs.stripe.com/testing#regulatory-cards.
"""

from __future__ import annotations

import secrets
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments import payment_intents, setup_intents
from tideover.simulator.mail.frame import page, spoken, typed
from tideover.simulator.wire.errors import StripeError, invalid

OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}  # Stripe.js asks from the merchant's page

DECLINED = 402
NO_SUCH_INTENT = invalid("The client_secret provided does not match any associated intent.", param="client_secret")


def routes(sim: Simulator) -> list[BaseRoute]:
    """/_sim/3ds/{intent}, for setup intents and payment intents."""

    async def ask(request: Request) -> Response:
        intent = _intent(sim, request.path_params["intent"])
        return _question(intent, _kind(sim, intent)) if intent and intent["status"] == "requires_action" else _nothing()

    async def answer(request: Request) -> Response:
        form = await typed(request, "client_secret", "outcome")
        intent = _intent(sim, request.path_params["intent"])
        as_json = "json" in request.headers.get("accept", "")
        if intent is None or not _fits(form["client_secret"], intent):
            return _refused(NO_SUCH_INTENT, as_json=as_json)
        back = ((intent["next_action"] or {}).get("redirect_to_url") or {}).get("return_url")
        try:
            _settle(sim, intent, passed=form["outcome"] == "complete")
        except StripeError as refusal:
            if as_json or refusal.status != DECLINED:
                return _refused(refusal, as_json=as_json)
        return JSONResponse(intent, headers=OPEN_TO_ALL) if as_json else _back(intent, back)

    return [
        Route("/_sim/3ds/{intent}", ask, methods=["GET"]),
        Route("/_sim/3ds/{intent}", answer, methods=["POST"]),
    ]


def _intent(sim: Simulator, key: str) -> Json | None:
    return sim.store.setup_intents.get(key) or sim.store.payment_intents.get(key)


def _fits(secret: str, intent: Json) -> bool:
    return secrets.compare_digest(secret.encode(), intent["client_secret"].encode())


def _settle(sim: Simulator, intent: Json, *, passed: bool) -> None:
    room = setup_intents if intent["object"] == "setup_intent" else payment_intents
    room.answer_challenge(sim, intent["id"], passed=passed)


def _refused(refusal: StripeError, *, as_json: bool) -> Response:
    return JSONResponse({"error": refusal.error}, refusal.status, OPEN_TO_ALL) if as_json else _nothing()


def _kind(sim: Simulator, intent: Json) -> str:
    method = sim.store.payment_methods.get(intent["payment_method"] or "")
    return str(method["type"]) if method else "card"


def _question(intent: Json, kind: str) -> Response:
    paypal = kind == "paypal"
    title = "PayPal test page" if paypal else "3-D Secure test page"
    asks = "PayPal asks its member" if paypal else "The bank of this simulated card asks its holder"
    what = (
        f"save this {'account' if paypal else 'card'}"
        if intent["object"] == "setup_intent"
        else f"pay {spoken(intent['amount'], intent['currency'])}"
    )
    body = f"""<main><div class="card"><h1>{title}</h1>
<p>{asks} to confirm: {escape(what)}?</p>
<form method="post" class="actions"><input type="hidden" name="client_secret" value="{escape(intent["client_secret"])}">
<button name="outcome" value="complete">Complete authentication</button>
<button name="outcome" value="fail" class="quiet">Fail authentication</button></form></div></main>"""
    return page(title, body)


def _nothing() -> Response:
    body = "<main><h1>Nothing to confirm</h1><p>This payment does not wait for its bank.</p></main>"
    return page("Nothing to confirm", body, 404)


def _back(intent: Json, url: str | None) -> Response:
    """Back to the merchant with the outcome in the address, as Stripe redirects."""
    if url is None:
        return page("Thank you", "<main><h1>Thank you</h1><p>Your bank has the answer. Close this page.</p></main>")
    word = intent["object"]
    status = "succeeded" if intent["status"] in {"succeeded", "processing", "requires_capture"} else "failed"
    query = {word: intent["id"], f"{word}_client_secret": intent["client_secret"], "redirect_status": status}
    return RedirectResponse(f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}", 303)
