"""The project as a Django app: its management commands, catalogue and static files."""

from django.apps import AppConfig


class BerthConfig(AppConfig):
    name = "berth"
    verbose_name = "Berth"
