import django.db.models.deletion
from django.db import migrations, models


def date_what_was_decided(apps, schema_editor):
    """Until now goods were decided about in the moment they came."""
    found = apps.get_model('onorder', 'Return').objects.filter(state__in=['restocked', 'written_off'])
    found.update(decided_at=models.F('received_at'))


class Migration(migrations.Migration):

    dependencies = [
        ('onorder', '0008_checkout'),
    ]

    operations = [
        migrations.AddField(
            model_name='return',
            name='decided_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='return',
            name='decided_why',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='return',
            name='refunded_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='return',
            name='replacement',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='onorder.orderline'),
        ),
        migrations.AddField(
            model_name='return',
            name='wants',
            field=models.CharField(blank=True, choices=[('refund', 'refund'), ('replacement', 'replacement')], max_length=24),
        ),
        migrations.AlterField(
            model_name='return',
            name='number',
            field=models.CharField(max_length=24),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(fields=['number', 'id'], name='return_number'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(condition=models.Q(('state__in', ['requested', 'received'])), fields=['state', 'id'], name='return_open'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('wants__in', ['', 'refund', 'replacement'])), name='return_wish_is_known'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_minor__gte', 0)), name='return_refund_is_not_negative'),
        ),
        migrations.RunPython(date_what_was_decided, migrations.RunPython.noop),
    ]
