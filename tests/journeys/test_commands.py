"""Three terminals: `tideover simulator` in one, `tideover connect` and `tideover serve` in another, a customer in a third."""

from __future__ import annotations

import re
import signal

from tests.journeys.terminals import PATIENCE, Merchant, Payer, Terminals, free_port, line_of, signed_in
from tests.waiting import until


def test_a_renewal_that_fails_is_dunned_and_recovered_through_the_real_commands_and_pages(terminal: Terminals) -> None:
    merchant = Merchant.of(terminal("simulator", "--port", "0", "--clock", "wall", "--no-smart-retries"))
    said, port = merchant.said, str(free_port())
    pages = f"http://127.0.0.1:{port}"
    terminal.settings = {"TIDEOVER_BASE_URL": pages, "TIDEOVER_SMTP_PORT": str(said["smtp_port"])}
    keys = ("--api-key", said["api_key"], "--publishable-key", said["publishable_key"], "--api-base", said["api_base"])
    assert terminal.answer("connect", *keys, "--mode", "act", "--test-mail", "on").startswith("Connected ")
    assert "is live" in terminal.answer("go-live", "--yes")
    serve = terminal("serve", "--port", port)
    assert line_of(serve).startswith("Tideover listens on")

    renewal = merchant.renewal_fails()
    (mail,) = until(merchant.mails)
    assert mail["to"] == ["pia@payer.example"]
    link = re.search(rf"{re.escape(pages)}/c/[\w-]+", mail["text"])
    assert link
    assert Payer().pays_with_another_card(link[0], said["api_base"], said["publishable_key"])["state"] == "paid"
    assert renewal.charges() == ["failed", "succeeded"]
    assert merchant.stripe.invoices.list({"subscription": renewal.subscription}).data[0].status == "paid"

    cases = signed_in(terminal.answer("login").strip()).get(f"{pages}/cases/").text
    assert "Pia Payer" in cases
    assert "Recovered" in cases

    serve.send_signal(signal.SIGTERM)
    assert serve.wait(PATIENCE) == 0
