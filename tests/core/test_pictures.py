"""A picture is what it says it is: what does not draw it is gone, and what is broken or no picture is told."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tideover.core.settings.pictures import Picture, as_text, drawing, from_text
from tideover.core.settings.values import BadValue


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width=2, height=2, *hidden):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + b"\x7f" * width) * height))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(hidden) + pixels + chunk(b"IEND", b"")


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*hidden, width=2, height=2):
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + b"".join(hidden) + frame + scan + b"\xff\xd9"


PLACE = b"52.5200,13.4050"


@pytest.mark.parametrize("picture", [png(), jpeg()])
def test_a_plain_picture_is_kept_as_it_is(picture):
    assert drawing(picture).content == picture


@pytest.mark.parametrize(
    ("hiding", "plain", "type_"),
    [
        (png(2, 2, chunk(b"tEXt", PLACE), chunk(b"eXIf", PLACE)), png(), "image/png"),
        (jpeg(segment(0xE1, PLACE), segment(0xFE, PLACE)), jpeg(), "image/jpeg"),
        (png() + b"<script>" + PLACE, png(), "image/png"),
        (jpeg() + b"PK\x03\x04" + PLACE, jpeg(), "image/jpeg"),
    ],
)
def test_what_was_hidden_in_a_picture_or_hung_on_it_is_gone(hiding, plain, type_):
    kept = drawing(hiding)
    assert (kept.type, kept.content) == (type_, plain)
    assert PLACE not in kept.content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg onload='alert(1)'/>", "no PNG and no JPEG"),
        (b"RIFF\x00\x00\x00\x00WEBP", "no PNG and no JPEG"),
        (b"", "no PNG and no JPEG"),
        (png()[:-4], "damaged"),
        (jpeg()[:-2], "damaged"),
        (png().replace(b"IDAT", b"IDAX"), "damaged"),
        (b"\xff\xd8\xff\xd9", "damaged"),
        (png(2001, 1), "2001 by 1 pixels"),
        (jpeg(width=1, height=60_000), "1 by 60000 pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 200_001, "larger than 200 kB"),
    ],
)
def test_what_is_no_whole_picture_of_a_fair_size_is_told(content, why):
    with pytest.raises(BadValue, match=why):
        drawing(content)


@given(some.binary(max_size=300))
def test_no_bytes_whatever_break_the_reading(tail):
    for head in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b""):
        try:
            drawing(head + tail)
        except BadValue:
            continue


def test_a_picture_as_text_comes_back_as_it_was():
    assert from_text(as_text(drawing(png()))) == drawing(png())
    assert Picture().checked(as_text(drawing(jpeg()))) == as_text(drawing(jpeg()))
    assert Picture().checked("") == ""
    for wrong in ("http://a.example/a.png", "data:text/html;base64,AAAA", "data:image/png;base64,???"):
        with pytest.raises(BadValue):
            Picture().checked(wrong)
