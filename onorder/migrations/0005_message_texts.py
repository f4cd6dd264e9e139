from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('onorder', '0004_parcels_held'),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('language', models.CharField(max_length=16)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('headline', models.CharField(blank=True, max_length=200)),
                ('opening', models.TextField(blank=True)),
                ('closing', models.TextField(blank=True)),
                ('changed_at', models.DateTimeField()),
                ('by', models.CharField(max_length=120)),
            ],
        ),
        migrations.AddConstraint(
            model_name='messagetext',
            constraint=models.UniqueConstraint(fields=('kind', 'language'), name='message_text_is_one_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='messagetext',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('subject', ''), _negated=True), models.Q(('headline', ''), _negated=True), models.Q(('opening', ''), _negated=True), models.Q(('closing', ''), _negated=True), _connector='OR'), name='message_text_says_something'),
        ),
        # A shop that is open already decides for itself: an update must not write to all of its customers.
        migrations.AddField(
            model_name='shop',
            name='heartbeat_days',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='shop',
            name='heartbeat_days',
            field=models.PositiveSmallIntegerField(default=14),
        ),
    ]
