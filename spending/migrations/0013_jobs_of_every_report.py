from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("spending", "0012_totals_of_a_period"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportjob",
            name="is_long",
            field=models.BooleanField(
                db_default=False, help_text="Whether it keeps a worker busy for more than seconds."
            ),
        ),
        migrations.AddField(
            model_name="reportjob",
            name="seen_at",
            field=models.DateTimeField(help_text="When its owner was first shown the outcome.", null=True),
        ),
        migrations.RemoveField(model_name="upload", name="claimed_at"),
    ]
