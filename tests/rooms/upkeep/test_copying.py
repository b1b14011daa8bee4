"""A copy into the other database is equal row by row, or it is not there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests import factories as make
from tests.rooms.messages.mailers import sends_by
from tests.rooms.messages.texting import with_sms
from tests.rooms.predunning.there import make_offer
from tideover.flow.models import Allowance, Lane, Provider
from tideover.gateways.mailers.account import Provider as Mailer
from tideover.ids import new_id
from tideover.messages.models import LetBackIn, Suppression, TextVersion
from tideover.mirror.models import Customer, Method, Mirror, MirrorInvoice, Payment, Subscription
from tideover.notices.models import Notice, NoticeChoice
from tideover.recovery.ways.rows import Forward, Recipient
from tideover.tenants import audit
from tideover.tenants.kept_apart import Backlog, Logo
from tideover.tenants.models import (
    Connection,
    Erased,
    Erasure,
    Invitation,
    Member,
    OlderSeals,
    OrganizationErasure,
    Passkey,
    RecoveryCode,
    SecondFactor,
    SignedIn,
    SignInLink,
)
from tideover.upkeep import copying
from tideover.upkeep.copying import CannotCopy, copy_to, tables
from tideover.upkeep.models import Examination, Milestone, Walk, Watched
from tideover.worker.models import PeriodicJob

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def target(tmp_path, transactional_db, monkeypatch) -> Iterator[str]:
    """An empty database of the kind the suite runs on."""
    guard = BaseDatabaseWrapper.ensure_connection.__closure__  # Django's tests allow only databases they know
    [case] = [cell.cell_contents for cell in guard if isinstance(cell.cell_contents, type)]
    monkeypatch.setattr(case, "databases", {*case.databases, copying.TARGET})
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'copy.sqlite3'}"
        return
    url, name = os.environ["TIDEOVER_DATABASE_URL"], f"copied_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        yield re.sub(r"/[^/]*$", f"/{name}", url)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def test_from_sqlite_to_postgres_and_back_every_row_is_equal(house, target, tmp_path):
    """On SQLite the way back is the same kind; `make test` runs this on PostgreSQL too, where both ways are crossed."""
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    first = copy_to(other)
    assert all(table.equal for table in first)
    assert [table.here for table in first] == [table.here for table in copy_to(target)]


@pytest.fixture
def house(transactional_db):
    """A row in every table of ours."""
    member = make.make_member(make.make_user("ada@alpine.example", "correct horse battery"))
    shop = make.make_connection(make.make_project(member.organization), api_key="sk" + "_test_canary")
    _failed_payment(shop)
    _mirrored(shop)
    _told_and_kept_apart(shop)
    _flowing(shop)
    _of_a_person(member)
    _of_a_merchant(shop)
    audit.write(member.organization_id, audit.Deed("ada", "paused", after={"until": "x"}), make.NOW)
    return shop


def _failed_payment(shop: Connection) -> None:
    clock = make.make_clock(shop)
    case = make.make_case(shop, customer_name="Zoë Ünïcode 日本", state="recovered", clock=clock)
    action = make.make_action(case, request={"payment_method": "pm_1", "off_session": True})
    make.make_fact(case, detail={"amount": 9900, "code": None})
    make.make_attempt(case)
    make.make_link(case)
    Forward.objects.create(
        organization=case.organization, case=case, number=1, address="zoë@payer.example", asked_at=make.NOW
    )
    make.make_plan(case)
    make.make_collection(case)
    make.make_event(make.make_message(case, action))
    make.make_stripe_event(shop, body=b'{"id": "evt_1", "x": "\xc3\xa9"}')


def _mirrored(shop: Connection) -> None:
    whose = {"connection": shop, "organization": shop.organization}
    Mirror.objects.create(**whose, since=make.NOW, began_at=make.NOW, walk_since=make.NOW, stage="customers")
    who = {**whose, "told_at": make.NOW}
    told = {**who, "currency": "usd"}
    Customer.objects.create(**who, project=shop.project, stripe_id="cus_1", name="Zoë")
    make_offer(make.make_alert(Method.objects.create(**who, stripe_id="pm_1", customer_id="cus_1")))
    Recipient.objects.create(**whose, customer_id="cus_1", address="zoë@payer.example", made_at=make.NOW)
    Subscription.objects.create(**told, stripe_id="sub_1", customer_id="cus_1", status="active", began_at=make.NOW)
    MirrorInvoice.objects.create(
        **told, stripe_id="in_1", customer_id="cus_1", status="open", amount_due=9, amount_paid=0, amount_open=9,
        made_at=make.NOW,
    )  # fmt: skip
    Payment.objects.create(**told, stripe_id="ch_1", at=make.NOW, amount=9, outcome="declined")


def _told_and_kept_apart(shop: Connection) -> None:
    merchant = {"organization": shop.organization}
    Suppression.objects.create(**merchant, address_hash="h", reason="bounced", at=make.NOW)
    LetBackIn.objects.create(
        **merchant, address_hash="h", channel="email", consent="wrote", why="x", by="ada", at=make.NOW, was="bounced",
        was_since=make.NOW,
    )  # fmt: skip
    which = {"template": "failed", "channel": "email", "language": "en", "number": 1}
    make.make_pause(shop.organization)
    TextVersion.objects.create(**merchant, project=shop.project, **which, content={"blocks": []}, at=make.NOW)
    make.make_trial(shop.project)
    Erased.objects.create(**merchant, hash="h", at=make.NOW)
    Erasure.objects.create(**merchant, by="ada", at=make.NOW, words='["cus_1"]')
    Backlog.objects.create(**merchant, connection=shop, since=make.NOW)


def _flowing(shop: Connection) -> None:
    Lane.objects.create(connection=shop, organization=shop.organization, next_turn_at=make.NOW)
    Provider.objects.create(name="mail")
    Allowance.objects.create(place="h", used=1, until=make.NOW)
    PeriodicJob.objects.create(name="watch", due_at=make.NOW)
    OlderSeals.objects.create()
    OrganizationErasure.objects.create(
        organization_id=new_id(), by="owner", at=make.NOW, tell='{"name": "", "owners": []}'
    )
    Walk.objects.create(name="inbox_stripeevent", ended_at=make.NOW)


def _of_a_person(member: Member) -> None:
    hers = {"user": member.user}
    SignInLink.objects.create(**hers, token_hash="h", expires_at=make.NOW)
    SecondFactor.objects.create(**hers, secret="JBSWY3DPEHPK3PXP", since=make.NOW)
    RecoveryCode.objects.create(**hers, code_hash="h")
    Passkey.objects.create(**hers, name="Phone", credential_id="c", public_key=b"\xa5\x01", at=make.NOW)
    SignedIn.objects.create(**hers, session_key="k", at=make.NOW)
    project = make.make_project(member.organization)
    told = {"organization": member.organization, "project": project, "member": member, "kind": "recovered"}
    NoticeChoice.objects.create(**told, pace="daily", at=make.NOW)
    Notice.objects.create(**told, about="proj_1/2026-11-20T00:00", due_at=make.NOW)


def _of_a_merchant(shop: Connection) -> None:
    merchant = {"organization": shop.organization}
    with_sms(shop.project)
    sends_by(shop.project, Mailer.RESEND)
    make.make_draft(shop.project)
    Invitation.objects.create(**merchant, email="bo@alpine.example", role="admin", token_hash="h", expires_at=make.NOW)
    Examination.objects.create(**merchant, asked_at=make.NOW, findings=[{"check": "key"}])
    Watched.objects.create(**merchant, at=make.NOW, found=[["paid_once", 1, ["case_1"]]])
    Milestone.objects.create(**merchant, project=shop.project, name="rules", by="ada", at=make.NOW)
    Logo.objects.create(**merchant, project=shop.project, digest="d", type="image/png", content=b"\x89PNG\x00")


def test_every_row_of_every_table_is_equal_on_the_other_side(house, target):
    compared = copy_to(target)
    assert {table.name for table in compared} == {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("tideover.")
    }
    assert all(table.rows > 0 for table in compared), [table.name for table in compared if not table.rows]
    assert all(table.equal for table in compared)


def test_keys_and_seals_are_whole_on_the_other_side(house, target):
    copy_to(target)
    copying._open(target)
    try:
        there = Connection.objects.using(copying.TARGET).get()
        assert there.api_key == house.api_key
    finally:
        copying._close()


def test_a_copy_that_differs_is_taken_back(house, target, monkeypatch):
    whole = copying._copy
    with monkeypatch.context() as broken:
        broken.setattr(copying, "_copy", lambda model: None if model is tables()[-1] else whole(model))
        assert not all(table.equal for table in copy_to(target))
    assert all(table.equal for table in copy_to(target))  # the target was empty again


def test_a_target_with_rows_is_left_alone(house, target):
    copy_to(target)
    with pytest.raises(CannotCopy, match="not empty"):
        copy_to(target)


def test_the_database_in_use_is_no_target(db, monkeypatch, tmp_path):
    here = connections["default"].settings_dict
    if connection.vendor == "sqlite":
        monkeypatch.setitem(here, "NAME", tmp_path / "in-use.sqlite3")
    name, host, port = here["NAME"], here["HOST"], here["PORT"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else f"postgres://{here['USER']}@{host}:{port}/{name}"
    with pytest.raises(CannotCopy, match="in use"):
        copy_to(url)


def test_tables_come_after_those_they_refer_to():
    seen: set[object] = set()
    for model in tables():
        assert copying._refers_to(model) - {model} <= seen
        seen.add(model)
