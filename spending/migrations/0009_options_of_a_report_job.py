from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("spending", "0008_report_jobs"),
    ]

    operations = [
        migrations.RenameField(model_name="reportjob", old_name="said", new_name="options"),
        migrations.AlterField(
            model_name="reportjob",
            name="options",
            field=models.JSONField(default=dict, help_text="What was chosen in the form, as it would send it again."),
        ),
    ]
