"""The program that decodes pictures, apart from the server: a picture that breaks a decoder harms nothing else. It has
none of the server's memory, settings or secrets, and knows only Pillow. `files.images` starts it and talks to it.

It imports Pillow once. Each picture then gets a fork of it, with limits of memory, time and size, that can open no
file, connect to nothing and start nothing. It ends when the server does, or after a while without work.

Memory goes back with the fork. Without work the program has 15 MB; beside those it takes, measured at 40 megapixels:

    JPEG                        180 MB; lying on its side or CMYK 320, progressive 280 to 400
    PNG, GIF                    180, with a palette 60, with 16 bits of grey 280
    WebP                        480 to 500; at 16 megapixels 200
    AVIF                        390 to 460
    an animation                390, of frames of 9 megapixels
    only thumbs, or an avatar, of a JPEG: 10 to 40, progressive 130 to 260

A pixel takes four bytes in Pillow, and a picture that is drawn anew in its full size is whole in memory once. WebP's
decoder and encoder need it two to three times.
"""

import copy
import json
import os
import re
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from select import select
from typing import IO, Any

# Some are only there for the others, which import them when they need them: a fork can't.
from PIL import (
    AvifImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageColor,
    ImageOps,
    ImagePalette,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

LOADED = (
    copy,
    AvifImagePlugin,
    GifImagePlugin,
    ImageColor,
    ImagePalette,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "AVIF"]
#: What a still picture is drawn as: all browsers show these.
STILL = {"JPEG": "JPEG", "PNG": "PNG", "GIF": "PNG", "WEBP": "WEBP", "AVIF": "WEBP"}
MOST_PIXELS = 40_000_000
MOST_SIDE = 16_384
WEBP_SIDE = 16_383  # the format's limit
#: Passes over a JPEG's pixels: encoders make a dozen, and thousands fit into a small file.
MOST_SCANS = 100
#: Pixels of all frames together, and frames; of an animation with more, the first is drawn.
MOST_ANIMATED = 120_000_000
MOST_FRAMES = 1000
#: Pixels of a frame, and of a lossless picture, that become WebP, whose encoder takes up to 37 bytes for each.
MOST_ENCODED = 9_000_000
#: Seconds of CPU in which an animation must be drawn.
ANIMATION_TIME = 8
IDLE = 60  # seconds without work after which the program ends
FRAME_LEAST, FRAME_USUAL = 20, 100  # ms; browsers show frames with a shorter time for the usual one
WEBP_LOSSLESS = b"VP8L"
SIDEWAYS = {5, 6, 7, 8}  # orientations
JPEG_MARKER = re.compile(rb"\xff([^\x00\xff])")
JPEG_SCAN, JPEG_END = 0xDA, 0xD9
JPEG_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a segment
SRGB = ImageCms.createProfile("sRGB")


class Refused(Exception):
    """With the word that the server knows the reason by."""


class TooSlow(Exception):
    pass


def draw(
    source: IO[bytes], picture: IO[bytes] | None, thumbs: Sequence[tuple[int, IO[bytes]]]
) -> dict[str, Any]:
    """Draw the picture anew into `picture`, if given, and its thumbs, as they are seen: upright, in sRGB. Nothing else
    of the source gets into them. Returns the type of what is shown and its size."""
    animated = picture is not None and _animate(source, picture)
    image = _open(source)
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    format, lossless = STILL[kind], _is_lossless(source, image)
    tables = _tables(image) if format == "JPEG" else {}
    width, height = image.size
    largest = max(size for size, _ in thumbs)
    if picture is None:
        _shrink(image, largest)
    still = _pixels(image)
    del image
    if still.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS:
        width, height = height, width
    still = _plain(still)
    if picture is None:
        mime = Image.MIME[kind]
    elif animated:
        mime = "image/webp"
    else:
        if format == "WEBP" and (max(still.size) > WEBP_SIDE or (lossless and width * height > MOST_ENCODED)):
            format = "PNG"
        if format == "JPEG":
            _continuous(still).save(picture, "JPEG", **(tables or {"quality": 90}))
        elif format == "PNG":
            still.save(picture, "PNG", compress_level=4)
        else:
            _continuous(still).save(
                picture, "WEBP", lossless=lossless, quality=40 if lossless else 90, method=2
            )
        mime = Image.MIME[format]
    still = _reduced(still, max(still.size) // largest)
    for size, file in sorted(thumbs, key=lambda thumb: -thumb[0]):
        still.thumbnail((size, size), Image.Resampling.BICUBIC)  # leaves smaller ones as they are
        still.save(file, "WEBP", quality=80, method=4)
    return {"mime": mime, "width": width, "height": height}


def square(source: IO[bytes], size: int, file: IO[bytes]) -> dict[str, Any]:
    """Draw the middle of a picture, as WebP of at most `size` pixels a side."""
    image = _open(source)
    side = min(size, *image.size)
    _shrink(image, size)
    still = _pixels(image)
    del image
    still = _plain(still)
    still = _reduced(still, min(still.size) // size)
    ImageOps.fit(still, (side, side), Image.Resampling.BICUBIC).save(file, "WEBP", quality=85, method=4)
    return {"mime": "image/webp", "width": side, "height": side}


def _open(source: IO[bytes]) -> Image.Image:
    """From its header, before anything is decoded."""
    source.seek(0)
    image = Image.open(source, formats=FORMATS)
    width, height = image.size
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Refused("size")
    if image.format in ("JPEG", "MPO") and _scans(source) > MOST_SCANS:
        raise Refused("limits")
    return image


def _scans(source: IO[bytes]) -> int:
    """How many scans a JPEG has, read as libjpeg does."""
    source.seek(0)
    content, count, at = source.read(), 0, 2
    while (found := JPEG_MARKER.search(content, at)) is not None and count <= MOST_SCANS:
        marker, at = found[1][0], found.end()
        if marker == JPEG_END:
            break
        count += marker == JPEG_SCAN
        if marker not in JPEG_ALONE:
            at += max(2, int.from_bytes(content[at : at + 2]))
    return count


def _shrink(image: Image.Image, size: int) -> None:
    """Let a JPEG, which can, be decoded at an eighth to a half, if it is for no more than this size."""
    image.draft(None, (size, size))  # at least this, either way


def _pixels(image: Image.Image) -> Image.Image:
    """The picture, decoded, without what decoded it: for WebP and AVIF that holds it up to three times."""
    decoder = image.__dict__.pop("_decoder", None)
    if decoder is None:
        image.load()
        return image._new(image.im)
    # As their own `load` does, but the decoder is gone before the pixels are copied.
    data = (decoder.get_next() or [b""])[0] if image.format == "WEBP" else decoder.get_frame(0)[0]
    del decoder
    still = Image.frombytes(image.mode, image.size, data, "raw", getattr(image, "rawmode", image.mode))
    still.info = image.info
    return still


class _Times(list[int]):
    """How long each frame is shown, of one picture after the other."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    def __getitem__(self, frame: Any) -> int:  # type: ignore[override]
        """Of the frame that was just decoded: some formats know it only then."""
        shown = int(self._image.info.get("duration") or 0)
        return shown if shown >= FRAME_LEAST else FRAME_USUAL


def _animate(source: IO[bytes], out: IO[bytes]) -> bool:
    """Draw an animation as WebP; False if it is none, or too large a one."""
    image = _open(source)
    if image.format in ("JPEG", "MPO") or not getattr(image, "is_animated", False):  # MPO: other views of it
        return False
    pixels = image.width * image.height
    if pixels > MOST_ENCODED or max(image.size) > WEBP_SIDE:
        return False
    try:
        with _within(ANIMATION_TIME):
            if getattr(image, "n_frames", 1) > min(MOST_FRAMES, MOST_ANIMATED // pixels):
                return False
            image.load()  # GIF: `loop` may stand after the first frame
            loop = int(image.info.get("loop", 1 if image.format == "GIF" else 0))
            if image.format == "GIF" and "loop" in image.info and loop:
                loop += 1  # there it is the number of repetitions
            image.save(
                out, "WEBP", save_all=True, duration=_Times(image), loop=min(loop, 65_535), quality=80, method=1,
                background=(0, 0, 0, 0),
            )  # fmt: skip
    except (TooSlow, EOFError):
        out.seek(0)
        out.truncate()
        return False
    return True


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise `TooSlow` after so many seconds of CPU."""

    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _is_lossless(source: IO[bytes], image: Image.Image) -> bool:
    if image.format != "WEBP":
        return False
    source.seek(0)
    return WEBP_LOSSLESS in source.read(4096)


def _tables(image: Image.Image) -> dict[str, Any]:
    """How a JPEG was compressed: drawn in the same way it stays as good, and as small, as it was."""
    found = getattr(image, "quantization", None)
    sampling = JpegImagePlugin.get_sampling(image)
    if image.mode not in ("L", "RGB") or not found or sampling < 0:
        return {}
    return {"qtables": found, "subsampling": sampling}


def _plain(image: Image.Image) -> Image.Image:
    """Upright, in 8 bits and sRGB, with nothing but its pixels, palette and transparency. May change the picture."""
    ImageOps.exif_transpose(image, in_place=True)
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits of grey; converting would cut them off
        image = image.convert("I").point([(value + 128) // 257 for value in range(1 << 16)], "L")
    transparent = image.has_transparency_data
    if profile or image.mode not in ("1", "L", "P", "RGB", "RGBA"):
        if image.mode == "CMYK" and not profile:
            image = image.convert("RGB")
        elif image.mode not in ("RGB", "L", "CMYK") or transparent:
            image = image.convert("RGBA" if transparent else "RGB")
    if profile:
        # A profile that doesn't fit or is broken is left out, as browsers do.
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            mode: Any = "RGBA" if image.mode == "RGBA" else "RGB"
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            same = image.mode == mode  # needs no copy
            image = ImageCms.profileToProfile(image, given, SRGB, outputMode=mode, inPlace=same) or image
    if image.mode == "CMYK":
        image = image.convert("RGB")
    if "transparency" in image.info and image.mode != "P":
        image = image.convert("RGBA")
    image.info = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    return image


def _continuous(image: Image.Image) -> Image.Image:
    """With as many shades as there are, not two, and without a palette."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _reduced(image: Image.Image, times: int) -> Image.Image:
    """Without a palette, and about so many times smaller: half as large again, so that what is drawn from it looks as
    if it came from the whole. Strip by strip, because what is transparent or has a palette is converted first."""
    factor = times * 2 // 3
    if factor < 2:
        return _continuous(image)
    size = -(-image.width // factor), -(-image.height // factor)
    reduced, rows = None, 64 * factor
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        strip = _continuous(strip).reduce(factor)
        reduced = reduced or Image.new(strip.mode, size)
        reduced.paste(strip, (0, top // factor))
    assert reduced
    return reduced


def _confine(limits: dict[str, int]) -> None:
    """Give up, for good, what a decoder doesn't need."""
    wanted = {
        resource.RLIMIT_CPU: limits["cpu"],
        resource.RLIMIT_FSIZE: limits["output"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    if sys.platform != "darwin":  # which can't
        wanted[resource.RLIMIT_AS] = limits["memory"]
    for which, most in wanted.items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))


def _work(request: dict[str, Any]) -> dict[str, Any]:
    source = open(request["source"], "rb")  # noqa: SIM115
    picture = open(request["picture"], "xb") if request["picture"] else None  # noqa: SIM115
    thumbs = [(size, open(path, "xb")) for size, path in request["thumbs"]]  # noqa: SIM115
    _confine(request["limits"])
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        done = square(source, *thumbs[0]) if request["square"] else draw(source, picture, thumbs)
        for file in filter(None, [picture, *(file for _, file in thumbs)]):
            file.close()
        return done
    except Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "limits"}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"refused": "size"}
    except Exception as error:  # decoders raise all kinds for broken pictures
        return {"refused": "broken", "why": repr(error)[:300]}


def _in_a_fork(request: dict[str, Any], server: socket.socket) -> bytes:
    """What the fork answers; nothing if it was ended by a limit."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(_work(request)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    try:
        ready = select([reading, server.fileno()], [], [], request["limits"]["seconds"])[0]
        if server.fileno() in ready:  # it says nothing while it waits, so it has ended
            raise SystemExit
        return os.read(reading, 4096) if ready else b""
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)


def main() -> None:
    server = socket.socket(fileno=0)
    requests = server.makefile("rb")
    os.nice(10)  # messages go before pictures
    with suppress(OSError):  # if the machine has no memory left, this goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    server.sendall(b"ready\n")
    while select([server], [], [], IDLE)[0] and (line := requests.readline()):
        answer = _in_a_fork(json.loads(line), server)
        server.sendall((answer or b'{"refused": "limits"}') + b"\n")


if __name__ == "__main__":
    main()
