"""The mailbox's pages: the list, a message as its reader sees it, and the same as JSON for tests."""

from __future__ import annotations

from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.mail.frame import moment, page
from tideover.simulator.mail.mailbox import Mail, Mailbox

PAGE: Final = 50
SHOWN_HEADERS: Final = (
    "From",
    "To",
    "Reply-To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
# A mail's HTML may show itself and open links in a new tab, nothing else. Remote pictures wait for a click, because
# loading the open pixel would tell the sender that the customer has read the mail.
FRAME_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def routes(mailbox: Mailbox) -> list[BaseRoute]:
    """Everything under /_mailbox/."""

    async def listing(request: Request) -> Response:
        return _list(mailbox, request.query_params.get("q", ""), _number(request.query_params.get("page"), 1))

    async def as_json(request: Request) -> Response:
        query = request.query_params
        found = mailbox.search(query.get("q", ""), query.get("to", ""), _number(query.get("after"), 0))
        return JSONResponse({"messages": [_as_json(mail) for mail in found]})

    async def one(request: Request) -> Response:
        mail = mailbox.get(int(request.path_params["number"]))
        return _one(mail, images="images" in request.query_params) if mail else _missing()

    async def html(request: Request) -> Response:
        mail = mailbox.get(int(request.path_params["number"]))
        return _html(mail, images="images" in request.query_params) if mail else _missing()

    async def raw(request: Request) -> Response:
        mail = mailbox.get(int(request.path_params["number"]))
        return _raw(mail) if mail else _missing()

    return [
        Route("/_mailbox/", listing),
        Route("/_mailbox/messages.json", as_json),
        Route("/_mailbox/{number:int}", one),
        Route("/_mailbox/{number:int}/html", html),
        Route("/_mailbox/{number:int}/message.eml", raw),
    ]


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _as_json(mail: Mail) -> dict[str, Any]:
    return {
        "number": mail.number,
        "at": mail.at,
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "headers": mail.headers(),
        "text": mail.text,
        "html": mail.html,
    }


def _missing() -> Response:
    return page(
        "No such message", "<main><h1>No such message</h1><p><a href='/_mailbox/'>All messages</a></p></main>", 404
    )


def _list(mailbox: Mailbox, words: str, wanted: int) -> HTMLResponse:
    found = mailbox.search(words)
    last = max(1, -(-len(found) // PAGE))
    number = min(max(1, wanted), last)
    shown = found[(number - 1) * PAGE : number * PAGE]
    rows = "".join(map(_row, shown)) or f'<p class="empty">{_nothing(words)}</p>'
    body = f"""<main class="wide">
<header class="top"><h1>Mailbox</h1><p>{_counted(len(found))} kept here and delivered to nobody</p></header>
<form class="search" role="search"><label for="q">Search</label>
<input id="q" name="q" type="search" value="{escape(words)}" placeholder="Name, subject or words">
<button>Search</button></form>
<ol class="mails" aria-label="Messages, newest first">{rows}</ol>
{_pager(words, number, last)}
</main>"""
    return page("Mailbox", body)


def _counted(mails: int) -> str:
    return "1 message" if mails == 1 else f"{mails:,} messages"


def _nothing(words: str) -> str:
    return f"No message contains “{escape(words)}”." if words else "No message has arrived yet."


def _row(mail: Mail) -> str:
    return f"""<li><a href="/_mailbox/{mail.number}"><span class="who">{escape(", ".join(mail.recipients))}</span>
<span class="what">{escape(mail.subject)}</span><time>{moment(mail.at)}</time></a></li>"""


def _pager(words: str, number: int, last: int) -> str:
    if last == 1:
        return ""
    links = [
        f'<a href="?{escape(urlencode({"q": words, "page": to}))}">{label}</a>'
        for to, label in ((number - 1, "Newer"), (number + 1, "Older"))
        if 1 <= to <= last
    ]
    return f'<nav class="pager" aria-label="Pages"><span>Page {number} of {last}</span>{"".join(links)}</nav>'


def _one(mail: Mail, *, images: bool) -> HTMLResponse:
    body = f"""<main class="wide">
<p><a href="/_mailbox/">All messages</a></p>
<header class="top"><h1>{escape(mail.subject)}</h1>
<p>to {escape(", ".join(mail.recipients))}, arrived <time>{moment(mail.at)}</time></p></header>
{_frame(mail, images=images)}
<h2>Plain text</h2>
<pre tabindex="0">{escape(mail.text)}</pre>
<h2>Headers</h2>
<dl>{_headers(mail)}</dl>
<p><a href="/_mailbox/{mail.number}/message.eml">The raw message</a></p>
</main>"""
    return page(mail.subject, body)


def _headers(mail: Mail) -> str:
    shown = [("Envelope from", mail.sender), *((name, mail.header(name)) for name in SHOWN_HEADERS)]
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in shown if value)


def _frame(mail: Mail, *, images: bool) -> str:
    if not mail.html:
        return ""
    load = f'<a href="/_mailbox/{mail.number}?images=1">Load pictures</a>'
    offer = "" if images else f'<p class="hint">Pictures are not loaded. {load}</p>'
    source = f"/_mailbox/{mail.number}/html{'?images=1' if images else ''}"
    sandbox = "allow-popups allow-popups-to-escape-sandbox"
    return f'{offer}<iframe title="The message" sandbox="{sandbox}" src="{source}"></iframe>'


def _html(mail: Mail, *, images: bool) -> Response:
    pictures = "img-src data: http: https:" if images else "img-src data:"
    headers = {"Content-Security-Policy": f"{FRAME_POLICY}; {pictures}", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(f'<base target="_blank">{mail.html}', headers=headers)


def _raw(mail: Mail) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{mail.file_name}.eml"'}
    return Response(mail.raw, media_type="message/rfc822", headers=headers)
