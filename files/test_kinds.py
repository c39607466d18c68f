"""What files are, by their content: nothing that a browser would run is ever shown in a page."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from files import kinds

MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"
M4A = b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42isom"
WEBM = b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
MATROSKA = WEBM.replace(b"\x84webm", b"\x88matroska")
OGG = b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead"
THEORA = b"OggS\0\2" + bytes(22) + b"\x01\x2a\x80theora"


def picture(format: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (9, 9), "teal").save(out, format)
    return out.getvalue()


@pytest.mark.parametrize(
    ("format", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
    ],
)
def test_pictures_are_images_whatever_their_names_say(format: str, mime: str) -> None:
    for name in ("a.png", "a.html", "a.svg", "a.txt", "a"):
        assert kinds.of(picture(format), name) == (mime, "image", True)


@pytest.mark.parametrize("format", ["TIFF", "BMP", "ICO", "PPM", "JPEG2000"])
def test_other_pictures_are_files(format: str) -> None:
    assert kinds.of(picture(format), "a.png", "image/png") == (kinds.OTHER, "file", False)


@pytest.mark.parametrize(
    ("head", "name", "claimed", "mime", "kind"),
    [
        (MP4, "a.mp4", "", "video/mp4", "video"),
        (MP4, "a.m4a", "", "audio/mp4", "audio"),
        (MP4, "voice.mp4", "audio/mp4;codecs=mp4a.40.2", "audio/mp4", "audio"),
        (MP4, "a.m4a", "video/mp4", "video/mp4", "video"),
        (M4A, "a.mp4", "video/mp4", "audio/mp4", "audio"),
        (WEBM, "a.webm", "", "video/webm", "video"),
        (WEBM, "voice.webm", "Audio/WebM;codecs=opus", "audio/webm", "audio"),
        (WEBM, "voice.weba", "", "audio/webm", "audio"),
        (WEBM, "a.html", "text/html", "video/webm", "video"),
        (OGG, "a.ogg", "", "audio/ogg", "audio"),
        (OGG, "a.ogv", "video/ogg", "video/ogg", "video"),
        (THEORA, "a.ogg", "audio/ogg", "video/ogg", "video"),
        (b"ID3\4\0\0" + bytes(20), "a.html", "text/html", "audio/mpeg", "audio"),
        (b"\xff\xfb\x90\x64" + bytes(20), "a", "", "audio/mpeg", "audio"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a.wav", "", "audio/wav", "audio"),
    ],
)
def test_sound_and_video_are_played(head: bytes, name: str, claimed: str, mime: str, kind: str) -> None:
    assert kinds.of(head, name, claimed) == (mime, kind, True)


@pytest.mark.parametrize(
    "head",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"\xef\xbb\xbf<html>",
        b" \n<html>\x89PNG\r\n\x1a\n",
        b"alert(1)//GIF89a",
        b"%PDF-1.7\n<html><script>alert(1)</script>",
        b"PK\x03\x04" + bytes(30),
        MATROSKA,
        b"MZ\x90\0",
        b"\xff\xfe<\0h\0t\0m\0l\0>\0",
        b"RIFF\x24\0\0\0AVI LIST",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
        b"GIF8",
        b"",
    ],
)
@pytest.mark.parametrize(
    ("name", "claimed"),
    [("a.png", "image/png"), ("a.svg", "image/svg+xml"), ("a.html", ""), ("a.mp3", "audio/mpeg")],
)
def test_nothing_else_is_shown_in_a_page(head: bytes, name: str, claimed: str) -> None:
    found = kinds.of(head, name, claimed)
    assert (found.kind, found.inline) == ("file", False)
    assert not found.mime.startswith(("text/", "image/", "audio/", "video/"))


@given(some.binary(max_size=80), some.text(max_size=20), some.text(max_size=20))
def test_any_beginning_has_a_kind(head: bytes, name: str, claimed: str) -> None:
    found = kinds.of(head, name, claimed)
    assert found.inline == (found.kind != "file")
    assert found.inline == found.mime.startswith(("image/", "audio/", "video/"))


@given(some.text(max_size=80))
def test_no_markup_is_shown_in_a_page(markup: str) -> None:
    assert not kinds.of(f"<{markup}".encode("utf-8", "replace"), "a.png", "image/png").inline
