from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('brands', '0013_brand_figures_max_age_hours'),
        ('delivery', '0006_account_fresh_since'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['settled_at'], name='message_given_up'),
        ),
    ]
