"""Extensions that the tables need."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    """btree_gist carries the exclusion constraints."""

    dependencies = []
    operations = [BtreeGistExtension()]
