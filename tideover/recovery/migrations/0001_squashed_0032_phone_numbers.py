"""All that stands below in `replaces`, made at once in a database that is empty: a tenth of the time."""

import django.db.models.deletion
import django.db.models.expressions
import tideover.core.case
import tideover.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("recovery", "0001_initial"),
        ("recovery", "0002_due_by_lane"),
        ("recovery", "0003_cleared_at"),
        ("recovery", "0004_seals"),
        ("recovery", "0005_action_channel"),
        ("recovery", "0006_ids_as_long_as_stripes"),
        ("recovery", "0007_money_that_moves"),
        ("recovery", "0008_defaults_in_the_database"),
        ("recovery", "0009_bank_debits"),
        ("recovery", "0010_stripe_would_not_try"),
        ("recovery", "0011_repairs_and_rest"),
        ("recovery", "0012_who_made_the_rules"),
        ("recovery", "0013_what_comes_back_and_what_is_disputed"),
        ("recovery", "0014_open_cases_by_other_rules"),
        ("recovery", "0015_what_rules_would_change"),
        ("recovery", "0016_erased_cases"),
        ("recovery", "0017_figures_by_day"),
        ("recovery", "0018_uncounted_cases"),
        ("recovery", "0019_lists_of_cases"),
        ("recovery", "0020_facts_by_kind"),
        ("recovery", "0021_promises"),
        ("recovery", "0022_held_cases"),
        ("recovery", "0023_collects"),
        ("recovery", "0024_access"),
        ("recovery", "0025_payment_plans"),
        ("recovery", "0026_languages"),
        ("recovery", "0027_lists_of_one_way"),
        ("recovery", "0028_reached"),
        ("recovery", "0029_test_clocks"),
        ("recovery", "0030_due_by_clock"),
        ("recovery", "0031_returned_debts"),
        ("recovery", "0032_phone_numbers"),
    ]

    initial = True

    dependencies = [
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Clock",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("clock_id", models.CharField(max_length=255)),
                ("name", models.CharField(blank=True, max_length=300)),
                ("shows", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("advancing", "Advancing"),
                            ("failed", "Failed"),
                            ("deleted", "Deleted"),
                            ("closed", "Closed"),
                        ],
                        default="ready",
                        max_length=9,
                    ),
                ),
                ("target", models.DateTimeField(blank=True, null=True)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("asked_by", models.CharField(blank=True, max_length=254)),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("read_at", models.DateTimeField()),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clocks", to="tenants.connection"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "clock_id"), name="clock_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["ready", "advancing", "failed", "deleted", "closed"])),
                        name="clock_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "advancing"), _negated=True), ("target__isnull", False), _connector="OR"
                        ),
                        name="clock_advances_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ruleset",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("version", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=60)),
                ("rules", models.JSONField()),
                ("preset", models.CharField(blank=True, db_default="", default="", max_length=60)),
                ("made_by", models.CharField(blank=True, db_default="", default="", max_length=254)),
                ("created_at", models.DateTimeField()),
                ("to_open_cases_at", models.DateTimeField(blank=True, null=True)),
                ("to_open_cases_by", models.CharField(blank=True, db_default="", default="", max_length=254)),
                ("all_moved_at", models.DateTimeField(blank=True, null=True)),
                ("count", models.JSONField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rulesets", to="tenants.project"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("all_moved_at__isnull", True), ("to_open_cases_at__isnull", False)),
                        fields=["project", "-version"],
                        name="ruleset_on_its_way",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("project", "version"), name="ruleset_version_once")],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("currency", models.CharField(max_length=3)),
                ("what", models.CharField(max_length=8)),
                ("day", models.DateField()),
                ("state", models.CharField(blank=True, max_length=10)),
                ("via", models.CharField(blank=True, max_length=10)),
                ("family", models.CharField(blank=True, max_length=20)),
                ("sort", models.CharField(blank=True, max_length=8)),
                ("tenths", models.IntegerField(default=0)),
                ("cases", models.BigIntegerField(default=0)),
                ("won", models.BigIntegerField(default=0)),
                ("brought", models.BigIntegerField(default=0)),
                ("due", models.BigIntegerField(default=0)),
                ("recovering", models.BigIntegerField(default=0)),
                ("back", models.BigIntegerField(default=0)),
                ("returned", models.BigIntegerField(default=0)),
                ("disputed", models.BigIntegerField(default=0)),
                ("monthly", models.BigIntegerField(default=0)),
                ("months", models.BigIntegerField(default=0)),
                ("unread", models.BigIntegerField(default=0)),
                ("folded", models.BooleanField(default=False)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.project",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project", "currency", "what", "day"], name="tally_by_day"),
                    models.Index(condition=models.Q(("folded", False)), fields=["id"], name="tally_to_fold"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("invoice_id", models.CharField(max_length=255)),
                ("invoice_number", models.CharField(blank=True, max_length=64)),
                ("customer_id", models.CharField(max_length=255)),
                ("subscription_id", models.CharField(blank=True, max_length=255)),
                ("customer_name", models.CharField(blank=True, max_length=256)),
                ("customer_email", models.CharField(blank=True, max_length=512)),
                ("customer_phone", models.CharField(blank=True, db_default="", default="", max_length=32)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("other_lines", models.PositiveIntegerField(db_default=0, default=0)),
                ("billing_reason", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("locale", models.CharField(blank=True, max_length=60)),
                ("time_zone", models.CharField(default="UTC", max_length=60)),
                ("hosted_url", models.URLField(blank=True, max_length=2000)),
                ("currency", models.CharField(max_length=3)),
                ("amount_due", models.BigIntegerField()),
                ("amount_open", models.BigIntegerField(blank=True, null=True)),
                ("amount_recovered", models.BigIntegerField(default=0)),
                ("amount_returned", models.BigIntegerField(db_default=0, default=0)),
                ("amount_disputed", models.BigIntegerField(db_default=0, default=0)),
                ("monthly", models.BigIntegerField(blank=True, null=True)),
                ("after_trial", models.BooleanField(db_default=False, default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("failing", "Failing"),
                            ("recovered", "Recovered"),
                            ("abandoned", "Abandoned"),
                            ("churned", "Churned"),
                            ("canceled", "Canceled"),
                        ],
                        default=tideover.core.case.State["FAILING"],
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "via",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("stripe", "Stripe"),
                            ("retry", "Retry"),
                            ("email", "Email"),
                            ("sms", "Sms"),
                            ("card_page", "Card Page"),
                            ("customer", "Customer"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "attention",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "None"),
                            ("authentication", "Authentication"),
                            ("no_address", "No Address"),
                            ("bounced", "Bounced"),
                            ("unknown", "Unknown"),
                            ("new_card", "New Card"),
                            ("came_back", "Came Back"),
                            ("replied", "Replied"),
                            ("refused", "Refused"),
                        ],
                        default=tideover.core.case.Attention["NONE"],
                        max_length=16,
                    ),
                ),
                ("family", models.CharField(max_length=20)),
                ("first_family", models.CharField(max_length=20)),
                ("decline_code", models.CharField(blank=True, max_length=64)),
                ("payment_method_id", models.CharField(blank=True, max_length=255)),
                ("payment_method_from", models.CharField(blank=True, max_length=30)),
                ("card_brand", models.CharField(blank=True, max_length=20)),
                ("card_last4", models.CharField(blank=True, max_length=4)),
                ("card_fingerprint", models.CharField(blank=True, max_length=255)),
                ("card_expires", models.CharField(blank=True, db_default="", default="", max_length=7)),
                ("processing", models.BooleanField(default=False)),
                (
                    "rest",
                    models.CharField(
                        blank=True,
                        choices=[("", "None"), ("paused", "Paused"), ("cancels", "Cancels")],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                ("stripe_next_attempt_at", models.DateTimeField(blank=True, null=True)),
                ("customer_acted_at", models.DateTimeField(blank=True, null=True)),
                ("new_method", models.CharField(blank=True, max_length=255)),
                ("promised_on", models.DateField(blank=True, null=True)),
                ("promised_since", models.DateTimeField(blank=True, null=True)),
                ("access_until", models.DateField(blank=True, null=True)),
                (
                    "access_then",
                    models.CharField(
                        blank=True,
                        choices=[("full", "Full"), ("warned", "Warned"), ("limited", "Limited"), ("ended", "Ended")],
                        db_default="",
                        default="",
                        max_length=8,
                    ),
                ),
                ("held", models.BooleanField(db_default=False, default=False)),
                ("collects", models.BooleanField(db_default=False, default=False)),
                ("paused_until", models.DateTimeField(blank=True, null=True)),
                ("paused_by", models.CharField(blank=True, max_length=254)),
                ("rules_since", models.DateTimeField(blank=True, null=True)),
                ("in_parts", models.BooleanField(db_default=False, default=False)),
                ("plan_offered_at", models.DateTimeField(blank=True, null=True)),
                ("plan_offered_by", models.CharField(blank=True, db_default="", default="", max_length=254)),
                ("version", models.PositiveIntegerField(default=0)),
                ("read_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(blank=True, null=True)),
                ("test_clock", models.CharField(blank=True, max_length=255)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("counted", models.JSONField(blank=True, null=True)),
                ("counted_version", models.IntegerField(db_default=-1, default=-1)),
                ("reached", models.SmallIntegerField(blank=True, default=0, null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cases", to="tenants.connection"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cases", to="tenants.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cases", to="tenants.project"
                    ),
                ),
                (
                    "clock",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="cases",
                        to="recovery.clock",
                    ),
                ),
                (
                    "ruleset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="recovery.ruleset"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "state", "-opened_at"], name="case_by_state"),
                    models.Index(fields=["organization", "-opened_at"], name="case_by_opening"),
                    models.Index(fields=["organization", "-ended_at"], name="case_by_end"),
                    models.Index(fields=["connection", "customer_id"], name="case_by_customer"),
                    models.Index(fields=["connection", "subscription_id"], name="case_by_subscription"),
                    models.Index(
                        condition=models.Q(
                            ("counted_version__lt", models.F("version")),
                            ("reached", None),
                            ("reached__lt", 0),
                            _connector="OR",
                        ),
                        fields=["opened_at"],
                        name="case_to_count",
                    ),
                    models.Index(condition=models.Q(("held", True)), fields=["connection"], name="case_held"),
                    models.Index(
                        condition=models.Q(("clock__isnull", False)), fields=["clock"], name="case_on_a_clock"
                    ),
                    models.Index(fields=["project", "opened_at", "id"], name="case_list"),
                    models.Index(fields=["project", "state", "opened_at", "id"], name="case_list_by_state"),
                    models.Index(fields=["project", "first_family", "opened_at", "id"], name="case_list_by_family"),
                    models.Index(fields=["project", "via", "opened_at", "id"], name="case_list_by_via"),
                    models.Index(fields=["project", "via", "currency", "state"], name="case_list_of_one_way"),
                    models.Index(fields=["project", "currency", "amount_due", "id"], name="case_list_by_amount"),
                    models.Index(fields=["project", "customer_name", "id"], name="case_list_by_customer"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "invoice_id"), name="case_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["failing", "recovered", "abandoned", "churned", "canceled"])),
                        name="case_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_due__gte", 0), ("amount_recovered__gte", 0)),
                        name="case_amounts_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_open__gte", 0), ("amount_open", None), _connector="OR"),
                        name="case_open_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_returned__gte", 0)), name="case_returned_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("step", models.CharField(max_length=100)),
                (
                    "do",
                    models.CharField(
                        choices=[("charge", "Charge"), ("message", "Message"), ("close", "Close"), ("hold", "Hold")],
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("claimed", "Claimed"),
                            ("done", "Done"),
                            ("dropped", "Dropped"),
                            ("dead", "Dead"),
                        ],
                        default="planned",
                        max_length=8,
                    ),
                ),
                ("template", models.CharField(blank=True, max_length=20)),
                ("tone", models.CharField(blank=True, max_length=12)),
                ("channel", models.CharField(db_default="email", default="email", max_length=8)),
                ("rule", models.CharField(max_length=80)),
                ("why", models.CharField(max_length=400)),
                ("instead", models.JSONField(default=list)),
                ("ruleset_version", models.PositiveIntegerField()),
                ("asked_by", models.CharField(blank=True, max_length=254)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("request", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("sealed", models.BooleanField(db_default=False, default=False)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.connection"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="recovery.case"
                    ),
                ),
                (
                    "clock",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="recovery.clock",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "planned")), fields=["due_at", "id"], name="action_due"),
                    models.Index(
                        condition=models.Q(("state", "planned")),
                        fields=["connection", "due_at", "id"],
                        name="action_due_by_lane",
                    ),
                    models.Index(
                        condition=models.Q(("clock__isnull", False), ("state", "planned")),
                        fields=["clock", "due_at", "id"],
                        name="action_due_by_clock",
                    ),
                    models.Index(
                        condition=models.Q(("state", "claimed")), fields=["lease_until"], name="action_claimed"
                    ),
                    models.Index(
                        condition=models.Q(("state", "dead")), fields=["organization", "state"], name="action_dead"
                    ),
                    models.Index(fields=["organization", "-settled_at"], name="action_by_settling"),
                    models.Index(
                        condition=models.Q(
                            ("sealed", False), ("settled_at__isnull", False), ("started_at__isnull", False)
                        ),
                        fields=["organization"],
                        name="action_to_seal",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "dropped"), _negated=True),
                        fields=("case", "step"),
                        name="action_step_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["planned", "claimed", "done", "dropped", "dead"])),
                        name="action_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("do__in", ["charge", "message", "close", "hold"])), name="action_do_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Collection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("debt", models.PositiveSmallIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.BigIntegerField()),
                ("collected", models.BigIntegerField(default=0)),
                ("intent_id", models.CharField(blank=True, default="", max_length=255)),
                ("agreed_at", models.DateTimeField()),
                ("looked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="collections", to="recovery.case"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("closed_at", None)), fields=["looked_at"], name="collection_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("case",), name="collection_open_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("collected__gt", 0)), fields=("case", "debt"), name="collection_comes_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("debt__gte", 1)), name="collection_is_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("collected__gte", 0), ("collected__lte", models.F("amount"))),
                        name="collection_never_more_than_came_back",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("collected", 0), ("closed_at__isnull", False), _connector="OR"),
                        name="collection_come_is_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LearntFact",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=24)),
                ("key", models.CharField(max_length=600)),
                ("at", models.DateTimeField()),
                ("learnt_at", models.DateTimeField()),
                ("detail", models.JSONField(default=dict)),
                ("sealed", models.BooleanField(db_default=True, default=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="facts", to="recovery.case"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-learnt_at"], name="fact_by_learning"),
                    models.Index(fields=["organization", "kind", "-learnt_at"], name="fact_by_kind"),
                    models.Index(condition=models.Q(("sealed", False)), fields=["organization"], name="fact_to_seal"),
                ],
                "constraints": [models.UniqueConstraint(fields=("case", "key"), name="fact_once")],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("message_id", models.UUIDField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("first_opened_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="recovery.case"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("stands", "Stands"), ("kept", "Kept"), ("broken", "Broken"), ("ended", "Ended")],
                        default="stands",
                        max_length=8,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("total", models.BigIntegerField()),
                ("first", models.BigIntegerField()),
                ("each", models.BigIntegerField()),
                ("count", models.PositiveSmallIntegerField()),
                ("agreed_at", models.DateTimeField()),
                ("agreed_by", models.CharField(max_length=254)),
                ("via", models.CharField(max_length=10)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("why_ended", models.CharField(blank=True, max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="plans", to="recovery.case"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "number"), name="plan_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "stands")), fields=("case",), name="plan_stands_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["stands", "kept", "broken", "ended"])),
                        name="plan_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 2), ("count__lte", 4)), name="plan_parts_few"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("each__gt", 0),
                            ("first__gte", models.F("each")),
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("first"),
                                    "+",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("each"),
                                        "*",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("count"), "-", models.Value(1)
                                        ),
                                    ),
                                ),
                            ),
                        ),
                        name="plan_parts_are_the_debt",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "stands")),
                            models.Q(models.Q(("state", "stands"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="plan_end_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("due_at", models.DateTimeField()),
                ("amount", models.BigIntegerField()),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                ("paid", models.BigIntegerField(default=0)),
                (
                    "charge",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="recovery.action",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="recovery.plan"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "number"), name="instalment_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("number__gte", 1)), name="instalment_is_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paid__gte", 0), ("paid__lte", models.F("amount"))),
                        name="instalment_never_more_than_agreed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("charge", None), ("paid", 0), ("paid_at", None)),
                            models.Q(("charge__isnull", False), ("paid_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="instalment_paid_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tideover.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("charge_id", models.CharField(max_length=255)),
                ("payment_intent_id", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=8)),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.BigIntegerField()),
                ("outcome", models.CharField(max_length=20)),
                ("code", models.CharField(blank=True, max_length=64)),
                ("advice_code", models.CharField(blank=True, max_length=40)),
                ("network_decline_code", models.CharField(blank=True, max_length=10)),
                ("network_advice_code", models.CharField(blank=True, max_length=10)),
                ("card_brand", models.CharField(blank=True, max_length=20)),
                ("card_last4", models.CharField(blank=True, max_length=4)),
                ("card_fingerprint", models.CharField(blank=True, max_length=255)),
                ("counts", models.BooleanField(default=True)),
                ("returned_at", models.DateTimeField(blank=True, null=True)),
                (
                    "action",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="recovery.action",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.connection"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.organization"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="recovery.case"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["connection", "card_fingerprint", "-at"], name="attempt_by_card"),
                    models.Index(fields=["organization", "-at"], name="attempt_by_time"),
                ],
                "constraints": [models.UniqueConstraint(fields=("connection", "charge_id"), name="attempt_once")],
            },
        ),
    ]
