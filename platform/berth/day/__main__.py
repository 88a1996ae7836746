"""`python -m berth.day …`: start a demo of one's own, play a day on it (manage.py simulate_day), stop it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import CommandError, call_command

from berth.demo import DemoStack


def main(arguments: list[str]) -> int:
    """Exit code 1 where something is unexplained; the logs are kept then."""
    directory = Path(tempfile.mkdtemp(prefix="berth-day-"))
    stack = DemoStack(directory, durable=False)
    stack.start()
    try:
        code = play(stack, arguments)
    finally:
        stack.stop()
    if code:
        print(f"Logs: {directory / 'logs'}", file=sys.stderr)
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return code


def play(stack: DemoStack, arguments: list[str]) -> int:
    """In this process, which may stop and kill the stack's."""
    os.environ.update(stack.environment, DJANGO_SETTINGS_MODULE="berth.settings")
    django.setup()
    from berth.management.commands.simulate_day import Command

    try:
        call_command(Command(), *arguments, stack=stack)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
