from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0005_beat_row_for_reports"),
    ]

    operations = [
        migrations.RenameField(model_name="idempotencykey", old_name="answer", new_name="response"),
        migrations.AlterField(
            model_name="idempotencykey",
            name="response",
            field=models.TextField(
                blank=True, default="", help_text="The body of the response, or a record of it, as JSON."
            ),
        ),
        migrations.AlterField(
            model_name="idempotencykey",
            name="claimed_until",
            field=models.DateTimeField(help_text="When the claim lapses unless a response is there."),
        ),
        migrations.AlterField(
            model_name="idempotencykey",
            name="owners",
            field=models.JSONField(
                help_text="Ids that tell whose the response is; null where its body does.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="idempotencyusage",
            name="stored",
            field=models.PositiveBigIntegerField(
                default=0, help_text="Bytes; responses of 1 kB and less are not counted."
            ),
        ),
    ]
