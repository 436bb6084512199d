import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('brands', '0013_brand_figures_max_age_hours'),
        ('spending', '0013_jobs_of_every_report'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='reportjob',
            name='platform',
            field=models.CharField(blank=True, choices=[('google', 'Google Ads'), ('meta', 'Meta Ads'), ('microsoft', 'Microsoft Advertising'), ('linkedin', 'LinkedIn Ads'), ('tiktok', 'TikTok Ads'), ('reddit', 'Reddit Ads'), ('snapchat', 'Snapchat Ads'), ('pinterest', 'Pinterest Ads'), ('x', 'X Ads'), ('amazon', 'Amazon Ads'), ('apple', 'Apple Search Ads'), ('other', 'Other')], default='', help_text='Empty: it is not known.', max_length=16),
        ),
        migrations.AlterField(
            model_name='reportjob',
            name='owner',
            field=models.ForeignKey(help_text='Empty: the report lay in a folder.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='reportjob',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', False), ('state', 'failed'), _connector='OR'), name='report_job_to_be_done_has_an_owner'),
        ),
    ]
