"""Reading an event stream line by line, as a browser would."""

from __future__ import annotations

from collections.abc import Iterator

import requests


def events(response: requests.Response) -> Iterator[tuple[str, str]]:
    """(event, data) pairs as they come."""
    name, data = "", ""
    for raw in response.iter_lines(chunk_size=1):
        line = raw.decode()
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
        elif not line and name:
            yield name, data
            name, data = "", ""
