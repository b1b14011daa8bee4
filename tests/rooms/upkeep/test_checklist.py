"""Every step of the set-up is held against what is true; what only people can do is noted with who did it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.flow import proof, refusals
from tideover.messages.models import Message
from tideover.tenants import audit
from tideover.tenants.at_once import at_once
from tideover.tenants.models import Connection, Project
from tideover.upkeep import checklist, mail, sender
from tideover.upkeep.checklist import ABOUT, CHECKS, Name
from tideover.upkeep.doctor.asking import Outside
from tideover.upkeep.doctor.findings import Finding, Level
from tideover.upkeep.doctor.kept import ask, examine_next
from tideover.upkeep.models import Examination, Milestone

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make.make_project(recovery_enabled=False, sender_email="", support_email="", postal_address="")


def of(project, name):
    return next(step for step in checklist.checklist(Project.objects.get(pk=project.pk)).steps if step.name == name)


class Nothing:
    """A DNS in which nothing is published."""

    def texts(self, name):
        return []


def is_done(project, name):
    return of(project, name).done


def led_to(project):
    return checklist.is_wanted(project, at_once(project.organization_id, checklist.wanted_asked(project)))


def found(project, *findings, domains="alpine.example"):
    kept = [each.to_json() for each in findings]
    values = {"asked_at": NOW, "done_at": NOW, "found_at": NOW, "findings": kept, "domains": domains}
    Examination.objects.update_or_create(organization=project.organization, defaults=values)


def test_every_step_is_told_of_and_checked():
    assert list(ABOUT) == list(CHECKS) == list(Name)


def test_nothing_is_done_at_first_and_the_first_missing_step_is_next(project):
    found = checklist.checklist(project)
    assert (found.done, found.left, found.next.name) == (0, len(Name), Name.ACCOUNT)


def test_an_account_is_there_once_somebody_owns_it(project):
    make.make_member(make.make_user("bo@alpine.example"), project.organization, role="support")
    assert not is_done(project, Name.ACCOUNT)
    make.make_member(make.make_user("ada@alpine.example"), project.organization)
    assert (of(project, Name.ACCOUNT).done, of(project, Name.ACCOUNT).says) == (True, "ada@alpine.example")


def test_stripe_is_connected_where_its_key_works_and_its_events_can_come(project):
    assert not is_done(project, Name.STRIPE)
    connection = make.make_connection(project, webhook_secret="", account_name="Alpine")
    assert "webhook endpoint of Alpine is not set up" in of(project, Name.STRIPE).says
    connection.webhook_secret = "whsec_1"
    connection.save()
    assert is_done(project, Name.STRIPE)
    refusals.record(connection, "Expired API Key", NOW, all_calls=True)
    assert "Stripe refuses the key of Alpine: Expired API Key" in of(project, Name.STRIPE).says
    Connection.objects.update(state="disconnected")
    assert of(project, Name.STRIPE).says == "No account is connected."


def test_the_brand_is_whole_with_the_addresses_that_customers_need(project):
    assert of(project, Name.BRAND).says == "Missing: support address and postal address."
    Project.objects.update(support_email="help@alpine.example", postal_address="1 Main St")
    assert is_done(project, Name.BRAND)


def test_a_sender_is_done_once_doctor_found_its_domain_in_order(project):
    Project.objects.update(sender_email="billing@alpine.example")
    assert not is_done(project, Name.SENDER)
    found(project, domains="other.example")
    assert not is_done(project, Name.SENDER)
    wrong = Finding("domain", Level.WARN, "SPF of alpine.example: none.", about="alpine.example")
    found(project, wrong, Finding("key", Level.BAD, "A dead key"))
    assert (of(project, Name.SENDER).done, of(project, Name.SENDER).says) == (False, "SPF of alpine.example: none.")
    found(project, Finding("domain", Level.UNKNOWN, "DKIM of alpine.example was not looked at", about="alpine.example"))
    assert "DKIM of alpine.example was not looked at" in of(project, Name.SENDER).says
    assert is_done(project, Name.SENDER)


def test_doctor_notes_of_which_senders_it_looked_at_the_domain(project):
    Project.objects.update(sender_email="billing@alpine.example")
    ask(project.organization, NOW)
    examine_next(NOW, Outside(names=Nothing(), status_of=lambda _: 200, mail_server=str, disk=str))
    assert Examination.objects.get().domains == "alpine.example"
    assert "SPF of alpine.example" in of(project, Name.SENDER).says


def test_a_domain_that_doctor_does_not_know_yet_is_asked_about_once(project):
    Project.objects.update(sender_email="billing@alpine.example")
    project = Project.objects.get(pk=project.pk)
    sender.have_looked_at(project, NOW)
    assert Examination.objects.get().done_at is None
    assert of(project, Name.SENDER).waits
    found(project, Finding("domain", Level.UNKNOWN, "Could not be looked at"))
    sender.have_looked_at(project, NOW + timedelta(seconds=50))
    assert Examination.objects.get().done_at == NOW
    assert "see Doctor" in of(project, Name.SENDER).says
    sender.have_looked_at(project, NOW + timedelta(seconds=70))
    assert Examination.objects.get().done_at is None
    found(project)
    assert of(project, Name.SENDER).says == "billing@alpine.example. SPF, DKIM and DMARC are as receivers ask."
    sender.have_looked_at(project, NOW + timedelta(days=7))
    assert Examination.objects.get().done_at == NOW


def test_rules_are_looked_at_by_somebody_or_made_by_somebody(project):
    make.make_ruleset(project, "tuned")
    assert not is_done(project, Name.RULES)
    checklist.passed(project, Name.RULES, "ada@alpine.example", NOW)
    checklist.passed(project, Name.RULES, "bo@alpine.example", NOW)
    assert of(project, Name.RULES).says == "tuned, version 1, looked at by ada@alpine.example."
    Milestone.objects.all().delete()
    make.make_ruleset(project, "tuned", made_by="cy@alpine.example")
    assert is_done(project, Name.RULES)


def test_a_test_message_is_done_once_its_link_was_followed_and_not_when_a_server_took_it(project):
    assert "None was sent yet" in of(project, Name.MESSAGE).says
    proof.took_a_test("mail", mail.server())
    for taken, says in ((False, "refused: no"), (True, "took one for ada@alpine.example. Follow its link.")):
        after = {"taken": taken, "outcome": "refused: no"}
        audit.write(
            project.organization_id, audit.Deed("ada", checklist.TEST_MAIL, "ada@alpine.example", {}, after), NOW
        )
        assert says in of(project, Name.MESSAGE).says
        assert not is_done(project, Name.MESSAGE)
    checklist.arrived(project, NOW)
    checklist.arrived(project, NOW)
    assert is_done(project, Name.MESSAGE)
    proof.took_a_test("mail", "another.example:25")
    assert not is_done(project, Name.MESSAGE)


def test_that_a_customer_followed_a_link_proves_as_much(project):
    case = make.make_case(make.make_connection(project))
    make.make_message(case, state=Message.State.SENT)
    link = make.make_link(case, first_opened_at=None)
    assert not is_done(project, Name.MESSAGE)
    type(link).objects.update(first_opened_at=NOW)
    assert is_done(project, Name.MESSAGE)


def test_what_would_happen_can_be_looked_at_only_once_an_account_is_connected(project):
    checklist.passed(project, Name.REHEARSAL, "ada", NOW)
    assert not is_done(project, Name.REHEARSAL)
    make.make_connection(project)
    assert is_done(project, Name.REHEARSAL)


def test_it_is_live_where_recovery_is_on_and_then_nothing_is_noted_any_more(project):
    assert not is_done(project, Name.LIVE)
    Project.objects.update(recovery_enabled=True)
    live = Project.objects.get(pk=project.pk)
    assert is_done(live, Name.LIVE)
    checklist.passed(live, Name.RULES, "ada", NOW)
    assert not Milestone.objects.exists()


def test_home_leads_to_it_until_going_live_unless_somebody_hides_it(project):
    make.make_connection(project)
    assert led_to(project)
    checklist.hide(project, "ada", NOW)
    assert not led_to(project)
    checklist.show(project)
    assert led_to(project)
    project.recovery_enabled = True
    assert not led_to(project)
    Connection.objects.all().delete()
    assert led_to(project)


def test_nothing_of_another_merchant_counts(project):
    other = make.make_project(recovery_enabled=False)
    make.make_member(organization=other.organization)
    make.make_connection(other)
    checklist.passed(other, Name.RULES, "ada", NOW)
    checklist.hide(other, "ada", NOW)
    assert checklist.checklist(project).done == 0
    assert led_to(project)
