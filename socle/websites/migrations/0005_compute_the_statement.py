from django.db import migrations


class Migration(migrations.Migration):

    replaces = [
        ('websites', '0010_compute_the_statement'),
        ('websites', '0011_open_and_score'),
        ('websites', '0012_write_to_the_mairie'),
        ('websites', '0013_the_council'),
        ('websites', '0014_announce_works_jobs_and_tenders'),
        ('websites', '0015_alerts_by_e_mail'),
        ('websites', '0016_the_directory'),
        ('websites', '0017_reviews_and_advice'),
        ('websites', '0018_the_equipment'),
        ('websites', '0019_collect_waste'),
        ('websites', '0020_count_pages_read'),
        ('websites', '0021_bring_a_former_site'),
        ('websites', '0022_menus_of_the_canteen'),
        ('websites', '0023_albums_and_heritage'),
        ('websites', '0024_keep_the_sites_up'),
        ('websites', '0025_share_among_sites'),
        ('websites', '0026_mail_alerts_of_others'),
        ('websites', '0027_read_in_clear'),
        ('websites', '0028_remind_each_week'),
        ('websites', '0029_tell_silent_addresses_apart'),
    ]

    dependencies = [
        ('websites', '0004_carry_what_was_declared'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='accessibilitypage',
            name='a_rate_of_conformity_is_a_percentage',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='audited_by',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='audited_on',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='not_accessible',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='plan',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='rate',
        ),
    ]
