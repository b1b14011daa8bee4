from django.db import migrations, models

from tideover import clock


def keep_the_first(apps, _schema_editor):
    """Of several active connections of one account the oldest goes on; for the others the access counts as taken away.

    Their open cases end as they do then, so that each invoice has one case that goes on. Keys stay: a charge in doubt
    is still to be settled.
    """
    active = apps.get_model("tenants", "Connection").objects.filter(state="active")
    seen = set()
    for pk, *account in active.order_by("created_at", "id").values_list("pk", "account_id", "livemode"):
        if tuple(account) in seen:
            _disconnect(apps, active.filter(pk=pk))
        seen.add(tuple(account))


def _disconnect(apps, connection):
    now = clock.now()
    cases = apps.get_model("recovery", "Case").objects.filter(connection__in=connection, state="failing")
    learnt_fact, action = apps.get_model("recovery", "LearntFact"), apps.get_model("recovery", "Action")
    told = {"kind": "disconnected", "key": "disconnected", "at": now, "learnt_at": now}
    ids = cases.values_list("pk", "organization_id")
    facts = [learnt_fact(case_id=pk, organization_id=whose, **told) for pk, whose in ids]
    learnt_fact.objects.bulk_create(facts, ignore_conflicts=True)
    planned = action.objects.filter(case__in=cases, state="planned")
    why = "the account is connected elsewhere in this installation"
    planned.update(state="dropped", outcome="dropped", reason=why, settled_at=now)
    cases.update(state="canceled", ended_at=now, attention="", version=models.F("version") + 1)
    connection.update(state="disconnected", disconnected_at=now)


class Migration(migrations.Migration):
    """One account was connected several times before this was refused: each connection charged and wrote.

    It waits for no migration of the room recovery: where there are cases their tables are known as they are by then,
    and where there are none no account was connected.
    """

    dependencies = [("tenants", "0006_ids_as_long_as_stripes")]

    operations = [migrations.RunPython(keep_the_first, migrations.RunPython.noop)]
