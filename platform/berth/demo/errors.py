"""What stops a demo from starting."""


class DemoError(Exception):
    """A step failed; the message has the end of its log."""


def end_of(text: str, lines: int = 25) -> str:
    """The last lines of a log."""
    return "\n".join(text.splitlines()[-lines:]) or "(empty)"
