"""What a file is, by its content: the name and what the client claims decide nothing that is shown in a page.

Only pictures, sound and video are shown; pictures are drawn anew first (`files.images`). Everything else is downloaded.
"""

from typing import NamedTuple

IMAGE, VIDEO, AUDIO, FILE = "image", "video", "audio", "file"
OTHER = "application/octet-stream"


class Kind(NamedTuple):
    mime: str
    kind: str = FILE
    inline: bool = False  # may be shown in a page


#: (offset, bytes) pairs that all must be there.
_SIGNATURES: list[tuple[list[tuple[int, bytes]], Kind]] = [
    ([(0, b"\xff\xd8\xff")], Kind("image/jpeg", IMAGE, True)),
    ([(0, b"\x89PNG\r\n\x1a\n")], Kind("image/png", IMAGE, True)),
    ([(0, b"GIF87a")], Kind("image/gif", IMAGE, True)),
    ([(0, b"GIF89a")], Kind("image/gif", IMAGE, True)),
    ([(0, b"RIFF"), (8, b"WEBP")], Kind("image/webp", IMAGE, True)),
    ([(0, b"RIFF"), (8, b"WAVE")], Kind("audio/wav", AUDIO, True)),
    ([(0, b"OggS")], Kind("video/ogg", VIDEO, True)),
    ([(0, b"ID3")], Kind("audio/mpeg", AUDIO, True)),
    ([(0, b"%PDF-")], Kind("application/pdf")),
    ([(0, b"PK\x03\x04")], Kind("application/zip")),
    ([(0, b"\x1f\x8b\x08")], Kind("application/gzip")),
    ([(0, b"7z\xbc\xaf\x27\x1c")], Kind("application/x-7z-compressed")),
]
_AVIF = {b"avif", b"avis"}
#: Brands of ISO media files that browsers play.
_MP4 = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"M4V ",
    b"MSNV",
    b"f4v ",
}
_M4A = {b"M4A ", b"M4B "}
#: Suffixes and claimed types of sound in containers that hold video as well.
_SOUND = (".m4a", ".m4b", ".aac", ".oga", ".ogg", ".opus", ".weba")
_ALONE = {"video/mp4": "audio/mp4", "video/webm": "audio/webm", "video/ogg": "audio/ogg"}


def of(head: bytes, name: str, claimed: str = "") -> Kind:
    """The kind of a file with this beginning (a few hundred bytes). Its name, and the type its sender claims, only tell
    sound from video in the containers that hold both."""
    found = _by_content(head)
    if found.kind == VIDEO and _is_sound(found, head, name, claimed):
        return Kind(_ALONE[found.mime], AUDIO, True)
    return found


def _by_content(head: bytes) -> Kind:
    for signature, kind in _SIGNATURES:
        if all(head[at : at + len(sign)] == sign for at, sign in signature):
            return kind
    if head[4:8] == b"ftyp":
        return _iso(head)
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:  # EBML with this DocType
        return Kind("video/webm", VIDEO, True)
    # A frame of MPEG audio, layer III: sync, a valid bit rate and sample rate.
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        if head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3:
            return Kind("audio/mpeg", AUDIO, True)
    return Kind(OTHER)


def _iso(head: bytes) -> Kind:
    size = min(int.from_bytes(head[:4]), 256)
    major, brands = head[8:12], {head[at : at + 4] for at in range(16, size, 4)}
    if major in _AVIF or (brands & _AVIF and major in (b"mif1", b"msf1")):
        return Kind("image/avif", IMAGE, True)
    if major in _M4A:
        return Kind("audio/mp4", AUDIO, True)
    return Kind("video/mp4", VIDEO, True) if {major, *brands} & _MP4 else Kind(OTHER)


def _is_sound(found: Kind, head: bytes, name: str, claimed: str) -> bool:
    if found.mime == "video/ogg" and b"\x80theora" in head:
        return False
    claimed = claimed.partition(";")[0].strip().lower()
    return claimed.startswith("audio/") or (
        not claimed.startswith("video/") and name.lower().endswith(_SOUND)
    )
