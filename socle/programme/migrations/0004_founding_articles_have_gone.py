from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('programme', '0003_texts_of_articles_go_to_their_act')]

    operations = [migrations.DeleteModel(name='FoundingArticle')]
