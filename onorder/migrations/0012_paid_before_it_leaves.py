
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('onorder', '0011_journey'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='order',
            name='order_money_is_not_negative',
        ),
        migrations.AddField(
            model_name='order',
            name='asked_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='kept_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='pays_by',
            field=models.CharField(blank=True, choices=[('transfer', 'transfer'), ('card', 'card'), ('at_shop', 'at shop')], max_length=24),
        ),
        migrations.AddField(
            model_name='order',
            name='reminded_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='orderline',
            name='deposit_basis_points',
            field=models.PositiveIntegerField(default=10000),
        ),
        migrations.AddField(
            model_name='shop',
            name='cancels_unpaid',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='shop',
            name='remind_unpaid_days',
            field=models.PositiveSmallIntegerField(default=5),
        ),
        migrations.AddField(
            model_name='shop',
            name='unpaid_grace_days',
            field=models.PositiveSmallIntegerField(default=14),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('asked_on__isnull', False)), fields=['asked_on', 'id'], name='order_asked'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('discount_minor__gte', 0), ('kept_minor__gte', 0), ('shipping_minor__gte', 0)), name='order_money_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('pays_by__in', ['', 'transfer', 'card', 'at_shop'])), name='order_pays_by_is_known'),
        ),
        migrations.AddConstraint(
            model_name='shop',
            constraint=models.CheckConstraint(condition=models.Q(('remind_unpaid_days__gt', 0), ('remind_unpaid_days__lt', models.F('unpaid_grace_days'))), name='shop_reminds_before_the_grace_is_over'),
        ),
    ]
