"""A country of lots, spots, schedules and bookings, as large as wanted: for benchmarks and for trying at scale.

The rows are the ones that the platform itself would have written, by COPY instead of one domain call at a time; idle
time is derived from them as the domain derives it, and `manage.py check_idle_time` agrees.
"""

from berth.generator.country import Country, make_country

__all__ = ["Country", "make_country"]
