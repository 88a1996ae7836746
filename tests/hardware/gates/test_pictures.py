"""Pictures are made small whatever a camera sends, and lose what the camera noted in them."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hardware.gates import pictures
from hardware.gates.pictures import LARGEST_PICTURE, PictureError, check, shrunk


def made(width=2560, height=1440, kind="JPEG", **options):
    """Noise, which compresses worst."""
    image = Image.frombytes("RGB", (width // 4, height // 4), random.Random(1).randbytes(width * height * 3 // 16))
    into = BytesIO()
    image.resize((width, height)).save(into, kind, **options)
    return into.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_becomes_small(kind):
    exif = Image.Exif()
    exif[0x010E] = "where it hangs"
    small = shrunk(made(kind=kind, exif=exif))
    assert len(small) <= LARGEST_PICTURE
    assert b"where it hangs" not in small
    check(small)


def test_what_is_no_picture_or_far_too_large_is_refused(monkeypatch):
    good = made(64, 64)
    for bad in (b"", b"<svg/>", b"\xff\xd8\xff\xe0", good[: len(good) // 2], made(64, 64, "GIF")):
        with pytest.raises(PictureError):
            shrunk(bad)
        with pytest.raises(PictureError):
            check(bad)
    with pytest.raises(PictureError):
        check(made(64, 64, "PNG"))
    with pytest.raises(PictureError):
        check(good + bytes(LARGEST_PICTURE))
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    with pytest.raises(PictureError):
        shrunk(good)
    with pytest.raises(PictureError):
        check(good)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 600))
def test_any_bytes_are_a_picture_or_refused(noise, at):
    spoilt = GOOD[:at] + noise + GOOD[at + len(noise) :]
    for work in (shrunk, check):
        try:
            work(spoilt)
        except PictureError:
            continue


GOOD = made(64, 64)
