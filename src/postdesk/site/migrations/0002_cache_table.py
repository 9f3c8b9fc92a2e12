"""The table of the shared cache: rate limits of sign-in hold across processes and machines."""

from django.core.management import call_command
from django.db import migrations


def make_cache_table(apps, schema_editor):
    """Make the table on the database that is being migrated."""
    call_command(
        "createcachetable", "site_cache", database=schema_editor.connection.alias, verbosity=0
    )


class Migration(migrations.Migration):
    """Adds the cache table."""

    dependencies = [("site", "0001_initial")]
    operations = [migrations.RunPython(make_cache_table, migrations.RunPython.noop)]
