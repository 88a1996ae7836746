"""Pictures of cameras, made small enough to be sent and kept: JPEG of at most 60 kB, without the camera's own notes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image

LARGEST_PICTURE = 60_000
"""Bytes of a picture that is sent and kept."""
MOST_PIXELS = 40_000_000
STEPS = ((960, 80), (800, 65), (640, 55), (480, 45), (240, 40))
"""Longest edge in pixels and JPEG quality, tried in turn until it is small enough."""


class PictureError(Exception):
    """No picture that can be shown."""


def shrunk(picture: bytes) -> bytes:
    """The picture as JPEG of at most LARGEST_PICTURE bytes. Raises PictureError, whatever the bytes."""
    with _opened(picture, "JPEG", "PNG") as opened:
        opened.draft("RGB", (STEPS[0][0], STEPS[0][0]))
        image = opened.convert("RGB")
        for edge, quality in STEPS:
            image.thumbnail((edge, edge))
            made = BytesIO()
            image.save(made, "JPEG", quality=quality)
            if made.tell() <= LARGEST_PICTURE:
                return made.getvalue()
    raise PictureError("size")


def check(picture: bytes) -> None:
    """Raises PictureError for what is not a whole JPEG of at most LARGEST_PICTURE bytes."""
    if len(picture) > LARGEST_PICTURE:
        raise PictureError("size")
    with _opened(picture, "JPEG") as opened:
        opened.load()


@contextmanager
def _opened(picture: bytes, *formats: str) -> Iterator[Image.Image]:
    """What goes wrong with it, here or in what is done with it, is a PictureError."""
    try:
        with Image.open(BytesIO(picture), formats=formats) as opened:
            if opened.width * opened.height <= MOST_PIXELS:
                yield opened
                return
    except Exception as error:  # decoders fail in many ways on bytes that are no picture
        raise PictureError(type(error).__name__) from error
    raise PictureError("pixels")
