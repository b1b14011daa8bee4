"""Every address, visited as Mallory with Alice's ids: the answer is the one that an absent id gets, and nothing moves.

An address that is added must say here which kind it is, or this fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import factories
from tests.people import Person
from tideover.dashboard.frame.navigation import ENTRIES
from tideover.gateways.mailers.account import Provider
from tideover.ids import new_id, public
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message
from tideover.mirror.models import Customer
from tideover.recovery.models import Action, Case
from tideover.recovery.ways.rows import Recipient
from tideover.redaction import redact
from tideover.tenants.models import Connection, Invitation, Member

HER_CUSTOMER = "Zerelda Quillfeather"


@dataclass(frozen=True)
class World:
    """What Alice has and Mallory wants."""

    alice: Person
    case: Case
    message: Message


def _case(world: World) -> dict[str, Any]:
    return {"public_id": world.case.public_id}


def _mail(world: World) -> dict[str, Any]:
    return {**_case(world), "message_id": public("msg", world.message.pk)}


def _message(world: World) -> dict[str, Any]:
    return {"public_id": public("msg", world.message.pk)}


def _colleague(world: World) -> dict[str, Any]:
    member = Member.objects.filter(organization=world.alice.organization).exclude(user=world.alice.user).first()
    return {"public_id": public("mem", (member or factories.make_member(organization=world.alice.organization)).pk)}


def _customer(world: World) -> dict[str, Any]:
    case = world.case
    known = Customer.objects.filter(connection=case.connection, stripe_id=case.customer_id).first()
    told = {"stripe_id": case.customer_id, "name": case.customer_name, "email": case.customer_email}
    return {"public_id": (known or factories.make_customer(case.connection, **told)).public_id}


def _recipient(world: World) -> dict[str, Any]:
    case, address = world.case, "office@acme.example"
    row, _ = Recipient.objects.get_or_create(
        connection=case.connection, customer_id=case.customer_id, address_hash=address_hash(address),
        defaults={"organization": case.organization, "address": address, "made_at": factories.NOW},
    )  # fmt: skip
    Connection.objects.filter(pk=case.connection_id).update(has_recipients=True)
    return {**_customer(world), "recipient_id": row.public_id}


def _connection(world: World) -> dict[str, Any]:
    return {"public_id": public("conn", world.case.connection_id)}


def _invitation(world: World) -> dict[str, Any]:
    offer = {"role": "support", "token_hash": "hash", "invited_by": "alice", "expires_at": factories.NOW}
    made, _ = Invitation.objects.get_or_create(
        organization=world.alice.organization, email="dora@alpine.example", defaults=offer
    )
    return {"public_id": public("inv", made.pk)}


def _page_of_a_project(world: World) -> dict[str, Any]:
    return {"project": public("proj", world.case.project_id), "page": "cases/"}


Ids = Callable[[World], dict[str, Any]]
_OF_A_CONNECTION: Final = (
    "connection-key", "connection-check", "connection-disconnect", "connection-endpoints", "connection-new-secret",
    "connection-mode", "connection-test-mail", "connection-card-alerts", "connection-own-endpoint",
    "connection-webhook",
)  # fmt: skip
_ACCOUNT: Final = (
    "account", "account-prove", "account-password", "account-address", "account-second-factor",
    "account-second-factor-off", "account-passkeys", "account-passkey-remove", "account-recovery-codes",
    "account-browsers", "account-notices",
)  # fmt: skip
# Addresses with ids of a merchant's rows.
HERS: Final[Mapping[str, Ids]] = {
    "dashboard:case": _case,
    "dashboard:mail": _mail,
    "dashboard:message": _message,
    "dashboard:customer": _customer,
    "dashboard:let-back-in-letters": _customer,
    "dashboard:add-recipient": _customer,
    "dashboard:remove-recipient": _recipient,
    "dashboard:go-live-message": _case,
    "dashboard:pause": _case,
    "dashboard:promise": _case,
    "dashboard:they-replied": _case,
    "dashboard:call-off": _case,
    "dashboard:resume": _case,
    "dashboard:retry": _case,
    "dashboard:asked": _case,
    "dashboard:advance": _case,
    "dashboard:test-clock": _case,
    "dashboard:send-link": _case,
    "dashboard:stop": _case,
    "dashboard:mark-recovered": _case,
    "dashboard:offer-plan": _case,
    "dashboard:end-plan": _case,
    "dashboard:let-back-in": _case,
    **{f"dashboard:{page}": _connection for page in _OF_A_CONNECTION},
    "dashboard:team-role": _colleague,
    "dashboard:team-remove": _colleague,
    "dashboard:team-hand-on": _colleague,
    "dashboard:team-withdraw": _invitation,
    "dashboard:open": _page_of_a_project,
}
LEADS_ON: Final = "dashboard:open"  # to a page of the project that it names
# Addresses without ids: they show the signed-in merchant's rows, and only theirs.
OWN: Final[Mapping[str, str]] = {
    "dashboard:home": "",
    "dashboard:home-known-as-dashboard": "",
    "dashboard:help": "",
    "dashboard:features": "",
    "dashboard:doctor": "",
    "dashboard:doctor-found": "",
    "dashboard:activity": "",
    "dashboard:trend-csv": "",
    "dashboard:find": "?q=Zerelda",
    "dashboard:project": "",
    "dashboard:organization": "",
    "dashboard:cases": "?q=Zerelda",
    "dashboard:messages": "",
    "dashboard:previews": "",
    "dashboard:messages-csv": "",
    "dashboard:messages-by": "",
    "dashboard:messages-by-csv": "",
    "dashboard:customers": "?q=Zerelda",
    "dashboard:scans": "",
    "dashboard:renewals": "",
    "dashboard:winback": "",
    "dashboard:upload-readers": "",
    "dashboard:add-readers": "",
    "dashboard:readers-csv": "",
    "dashboard:analytics": "",
    "dashboard:status": "",
    "dashboard:status-resume": "",
    "dashboard:connections": "",
    "dashboard:connect": "",
    "dashboard:connect-consent": "",
    "dashboard:connect-agreed": "",
    "dashboard:connect-app": "",
    "dashboard:connect-installed": "",
    "dashboard:test-mail": "",
    "dashboard:cases-csv": "",
    "dashboard:settings": "",
    "dashboard:settings-brand": "",
    "dashboard:settings-recovery": "",
    "dashboard:settings-pay-page": "",
    "customer:preview": "",
    "dashboard:settings-plans": "",
    "dashboard:settings-renewals": "",
    "dashboard:settings-winback": "",
    "dashboard:settings-email": "",
    **{f"dashboard:settings-email-{each}": "" for each in ("house", "key", "renew", *Provider)},
    "dashboard:settings-sms": "",
    "dashboard:settings-sms-test": "",
    "dashboard:settings-retention": "",
    "dashboard:settings-changes": "",
    "dashboard:get-started": "",
    "dashboard:sample": "",
    "dashboard:go-live": "",
    "dashboard:go-live-file": "",
    "dashboard:go-live-mail": "",
    "dashboard:back-test": "",
    "dashboard:back-test-file": "",
    "dashboard:brand-look": "",
    "dashboard:brand-mail": "",
    "dashboard:settings-general": "",
    "dashboard:rules": "",
    "dashboard:rules-drawn": "",
    "dashboard:rules-dry-run": "",
    "dashboard:rules-versions": "",
    "dashboard:rules-undo": "",
    "dashboard:rules-apply": "",
    "dashboard:texts": "",
    "dashboard:text": "",
    **{f"dashboard:text-{each}": "" for each in ("designs", "preview", "trial", "trials", "versions")},
    **{f"dashboard:text-model{each}": "" for each in ("", "-approval", "-off", "-ours", "-try")},
    "dashboard:team": "",
    "dashboard:data": "",
    "dashboard:erase-customer": "",
    "dashboard:erase-organization": "",
    "dashboard:organization-erased": "",
    "dashboard:export-everything": "",
    "dashboard:team-leave": "",
    "dashboard:sign-in": "",
    "dashboard:sign-up": "",
    "dashboard:sign-in-second": "",
    "dashboard:sign-in-by-mail": "",
    "dashboard:sign-in-passkey": "",
    "dashboard:sign-in-passkey-options": "",
    **{f"dashboard:{page}": "" for page in _ACCOUNT},
    "dashboard:sign-out": "",
    "worker:move-time": "",
}
FOR_STRANGERS: Final = {
    "dashboard:organization-erased",
    "dashboard:sign-in",
    "dashboard:sign-up",
    "dashboard:sign-in-second",
    "dashboard:sign-in-by-mail",
    "dashboard:sign-in-passkey",
    "dashboard:sign-in-passkey-options",
    "dashboard:sign-out",
}
_OF_PAYERS: Final = (
    "card", "new-link", "forward", "again", "saved", "plan", "setup", "done", "allow", "paypal", "portal", "promise",
    "update-payment", "renewing", "renewing-portal", "canceling", "canceling-portal", "returning",
    "returning-checkout", "short", "sms-status", "sms-inbound",
)  # fmt: skip
# Addresses whose token is the permission itself: who holds it may enter, whoever they are. All are unguessable.
BEARER: Final = {
    "dashboard:arrived",
    *(f"customer:{name}" for name in _OF_PAYERS),
    "inbox:stripe",
    "messages:logo",
    "messages:mail-told",
    "messages:opened",
    "messages:unsubscribe",
    "dashboard:sign-in-by-link",
    "dashboard:invitation",
    "dashboard:notices-out",
}


# What such an address has in place of the token, where that comes as a parameter.
BESIDE_A_TOKEN: Final = {
    "customer:update-payment": {"invoice_id": "in_1"},
    "messages:mail-told": {"token": "Z" * 32, "provider": "resend"},
    "customer:sms-status": {"token": "Z" * 43, "public_id": public("msg", new_id())},
}

# Addresses for machines: they tell nothing of any merchant (metrics and dunning: to the bearer of the operator's secret).
MACHINES: Final = {"upkeep:healthz", "upkeep:readyz", "upkeep:metrics", "inbox:stripe-shared", "worker:dunning"}


@pytest.fixture
def world(alice: Person) -> World:
    connection = factories.make_connection(alice.project)
    case = factories.make_case(connection, customer_name=HER_CUSTOMER, customer_email="zerelda@payer.example")
    factories.make_action(case)
    factories.make_fact(case)
    factories.make_attempt(case)
    told = {"stripe_id": case.customer_id, "name": HER_CUSTOMER, "email": case.customer_email}
    factories.make_customer(connection, **told)
    return World(alice, case, factories.make_message(case))


def _addresses(resolver: URLResolver, prefix: str = "") -> set[str]:
    inside = f"{prefix}{resolver.namespace}:" if resolver.namespace else prefix
    found: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found |= _addresses(entry, inside)
        elif isinstance(entry, URLPattern):
            found.add(f"{inside}{entry.name}")
    return found


def _absent(ids: Mapping[str, Any]) -> dict[str, Any]:
    """Ids of the same form that nobody has, and what is no id as it is."""
    some = ((name, str(value)) for name, value in ids.items())
    return {name: public(value.split("_")[0], new_id()) if "_" in value else value for name, value in some}


def _seen(client: Client, method: str, name: str, ids: Mapping[str, Any]) -> tuple[int, str, str]:
    """An answer without what differs from one visit to the next: the ids asked for, tokens and nonces."""
    address = reverse(name, kwargs=dict(ids))
    answer = getattr(client, method)(address)
    body = b"".join(answer) if answer.streaming else answer.content
    text = f"{answer.headers.get('Location', '')}\n{body.decode(errors='replace')}"
    for value in ids.values():
        text = text.replace(str(value), "ID")
    return answer.status_code, answer.headers.get("Content-Type", ""), re.sub(r"[\w+/=-]{22,}", "TOKEN", text)


def _rows(world: World) -> list[dict[str, Any]]:
    case = Case.objects.get(pk=world.case.pk)
    return [model_to_dict(case), *[model_to_dict(action) for action in Action.objects.filter(case=case).order_by("id")]]


def test_every_address_says_whose_it_is():
    assert _addresses(get_resolver()) == {*HERS, *OWN, *BEARER, *MACHINES}


@pytest.mark.parametrize("name", HERS)
def test_mallory_gets_for_alices_ids_what_absent_ids_get(world, mallory, name):
    ids, before, browser = HERS[name](world), _rows(world), mallory.browser()
    for method in ("get", "head", "post"):
        answer = _seen(browser, method, name, ids)
        assert answer == _seen(browser, method, name, _absent(ids)), method
        assert answer[0] in {404, 405}
        assert _rows(world) == before


@pytest.mark.parametrize("name", HERS)
def test_the_ids_are_real_alice_and_bob_are_let_in(world, bob, name):
    for person in (world.alice, bob):
        status = person.browser().get(reverse(name, kwargs=HERS[name](world))).status_code
        assert status in ({302} if name == LEADS_ON else {200, 405})
        assert person.browser().post(reverse(name, kwargs=HERS[name](world))).status_code != 404


@pytest.mark.parametrize("name", [name for name in (*HERS, *OWN) if name.startswith("dashboard:")])
def test_every_page_has_its_place_in_the_navigation(world, name):
    answer = world.alice.browser().get(reverse(name, kwargs=HERS[name](world) if name in HERS else {}))
    is_page = not answer.streaming and b'<nav class="nav"' in answer.content
    assert sum(entry.holds(name) for entry in ENTRIES) == int(is_page)


@pytest.mark.parametrize("name", OWN)
def test_mallory_sees_nothing_of_alices_on_pages_without_ids(world, mallory, name):
    answer = mallory.browser().get(reverse(name) + OWN[name])
    body = b"".join(answer) if answer.streaming else answer.content
    for word in (HER_CUSTOMER, world.case.customer_email, world.case.invoice_id, world.case.public_id):
        assert word.encode() not in body


def test_the_words_looked_for_are_there_for_alice(world):
    for name in (
        "dashboard:cases",
        "dashboard:cases-csv",
        "dashboard:find",
        "dashboard:messages",
        "dashboard:customers",
    ):
        answer = world.alice.browser().get(reverse(name) + OWN[name])
        body = b"".join(answer) if answer.streaming else answer.content
        assert HER_CUSTOMER.encode() in body, name


@pytest.mark.parametrize("name", [*HERS, *(name for name in OWN if name not in FOR_STRANGERS)])
def test_a_stranger_is_sent_to_sign_in_and_moves_nothing(world, name):
    address, before = reverse(name, kwargs=HERS[name](world) if name in HERS else {}), _rows(world)
    for answer in (Client().get(address), Client().post(address)):
        assert answer.status_code in {302, 405}
        assert answer.status_code == 405 or answer.headers["Location"].startswith("/sign-in/")
    assert _rows(world) == before


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_machines_hear_nothing_of_any_merchant(world, name):
    body = Client().get(reverse(name)).content.decode()
    for word in (HER_CUSTOMER, world.case.customer_email, world.case.invoice_id, world.case.public_id, "Alpine"):
        assert word not in body


# These look the same for every token when they are only looked at: a picture in a mail, a button that signs in.
LOOKS_THE_SAME: Final = {"messages:opened", "dashboard:sign-in-by-link"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(BEARER))
def test_a_token_that_nobody_gave_out_opens_nothing(name):
    address = reverse(name, kwargs=BESIDE_A_TOKEN.get(name, {"token": "Z" * 43}))
    for method in ("get", "head", "post"):
        client = Client()
        status = getattr(client, method)(address, query_params={"token": "Z" * 43}).status_code
        looked_at = name in LOOKS_THE_SAME and method != "post"
        assert status in {400, 404, 405, 410} | ({200} if looked_at else set()), method
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", sorted(BEARER))
def test_what_opens_an_address_stands_in_no_log(name):
    address = reverse(name, kwargs=BESIDE_A_TOKEN.get(name, {"token": "Z" * 43}))
    assert "ZZZ" not in redact(f"Not Found: {address}")
