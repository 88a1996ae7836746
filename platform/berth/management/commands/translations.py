"""manage.py translations --update | --check | --compile [app …]"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from berth.translations.__main__ import perform


class Command(BaseCommand):
    """A door to berth.translations."""

    help = "Bring the Chinese catalogues up to date with the code, check that they are complete, or compile them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_mutually_exclusive_group(required=True)
        for action in ("update", "check", "compile"):
            actions.add_argument(f"--{action}", dest="action", action="store_const", const=action)
        parser.add_argument("apps", nargs="*", metavar="app")

    def handle(self, *args: Any, **options: Any) -> None:
        code = perform(options["action"], options["apps"])
        if code:
            sys.exit(code)
