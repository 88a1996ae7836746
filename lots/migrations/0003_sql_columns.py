"""Columns that Django has no field for: a lot's point in Web Mercator, and a spot's idle time as one multirange.

Web Mercator (EPSG:3857) so that a circle is a circle to the GiST index; the search divides its radius by cos(latitude).
Fillfactor 80 leaves room in each page, so that cutting idle time stays a HOT update (no index holds ``idle``).
"""

from django.db import migrations

MERCATOR = """
ALTER TABLE lots_lot ADD COLUMN mercator point GENERATED ALWAYS AS (
    point(6378137 * radians(longitude), 6378137 * ln(tan(pi() / 4 + radians(latitude) / 2)))
) STORED;
CREATE INDEX lots_lot_mercator ON lots_lot USING gist (mercator);
"""
NO_MERCATOR = "ALTER TABLE lots_lot DROP COLUMN mercator;"

WORDS = """
CREATE INDEX lots_lot_words ON lots_lot USING gin (
    (name_zh || ' ' || name_en || ' ' || address_zh || ' ' || address_en) gin_trgm_ops
);
"""
NO_WORDS = "DROP INDEX lots_lot_words;"

IDLE = """
ALTER TABLE lots_idletime ADD COLUMN idle tstzmultirange NOT NULL DEFAULT '{}';
ALTER TABLE lots_idletime SET (fillfactor = 80);
"""
NO_IDLE = """
ALTER TABLE lots_idletime RESET (fillfactor);
ALTER TABLE lots_idletime DROP COLUMN idle;
"""


class Migration(migrations.Migration):
    dependencies = [("lots", "0002_initial")]

    operations = [
        migrations.RunSQL(MERCATOR, NO_MERCATOR),
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.RunSQL(IDLE, NO_IDLE),
    ]
