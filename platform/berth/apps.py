"""The project as a Django app: its management commands, catalogue and static files."""

from django.apps import AppConfig


class BerthConfig(AppConfig):
    name = "berth"
    verbose_name = "Berth"

    def ready(self) -> None:
        """Tasks are sent to our broker from every process and thread that has Django, not from the worker alone."""
        from berth.celery import app

        app.set_default()
