from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0002_what_the_dns_says_of_domains"),
    ]

    operations = [
        migrations.RenameField(model_name="domaincheck", old_name="leads_here", new_name="is_mail_here"),
        migrations.RenameField(model_name="domainwatch", old_name="leads_here", new_name="is_mail_here"),
    ]
