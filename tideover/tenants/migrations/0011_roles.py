"""Members of before get the role that may do what they could: see everything and act on cases."""

from django.db import migrations, models


def named_anew(apps, _schema_editor):
    apps.get_model("tenants", "Member").objects.filter(role="member").update(role="support")


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0010_test_mail'),
    ]

    operations = [
        migrations.AlterField(
            model_name='member',
            name='role',
            field=models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('support', 'Support'), ('analyst', 'Analyst')], default='support', max_length=10),
        ),
        migrations.RunPython(named_anew, migrations.RunPython.noop, elidable=True),
        # Code of the version before, still running, may write what it calls a member.
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'admin', 'support', 'analyst', 'member'])), name='member_role_known'),
        ),
    ]
