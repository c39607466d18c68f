"""The program that decodes pictures, apart from the server: a picture that breaks a decoder harms nothing else. It has
none of the server's memory, settings or secrets, and knows only Pillow. `files.images` starts it and talks to it.

It imports Pillow once. Each picture then gets a fork of it, with limits of memory, time and size, that can open no
file, connect to nothing and start nothing. It ends when the server does, or after a while without work.
"""

import copy
import json
import os
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
    GifImagePlugin,
    Image,
    ImageCms,
    ImageColor,
    ImageOps,
    ImagePalette,
    ImageSequence,
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
#: Pixels of all frames together, and frames; of an animation with more, the first is drawn.
MOST_ANIMATED = 120_000_000
MOST_FRAMES = 1000
#: Seconds of CPU in which an animation must be drawn.
ANIMATION_TIME = 6
IDLE = 60  # seconds without work after which the program ends
FRAME_LEAST, FRAME_USUAL = 20, 100  # ms; browsers show frames with a shorter time for the usual one
WEBP_LOSSLESS = b"VP8L"
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
    image = _open(source)
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    mime = Image.MIME[kind]
    animated = picture is not None and _animate(image, picture)
    if animated:
        mime = "image/webp"
    image = _open(source)  # the first frame again
    format, lossless = STILL[kind], _is_lossless(source, image)
    tables = _tables(image) if format == "JPEG" else {}
    upright = image if animated else ImageOps.exif_transpose(image)
    width, height = upright.size
    still = _plain(upright)
    del image, upright
    if picture is not None and not animated:
        if format == "WEBP" and max(still.size) > WEBP_SIDE:
            format = "PNG"
        if format == "JPEG":
            _rgb(still).save(picture, "JPEG", **(tables or {"quality": 90}))
        elif format == "PNG":
            still.save(picture, "PNG", compress_level=4)
        else:
            _rgb(still).save(picture, "WEBP", lossless=lossless, quality=40 if lossless else 90, method=2)
        mime = Image.MIME[format]
    still = _rgb(still)
    for size, file in sorted(thumbs, key=lambda thumb: -thumb[0]):
        # Leaves smaller ones as they are. The gap: four times faster than without, and looks the same.
        still.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=1.5)
        still.save(file, "WEBP", quality=80, method=4)
    return {"mime": mime, "width": width, "height": height}


def square(source: IO[bytes], size: int, file: IO[bytes]) -> dict[str, Any]:
    """Draw the middle of a picture, as WebP of at most `size` pixels a side."""
    still = _rgb(_plain(ImageOps.exif_transpose(_open(source))))
    side = min(size, *still.size)
    ImageOps.fit(still, (side, side), Image.Resampling.BICUBIC).save(file, "WEBP", quality=85, method=4)
    return {"mime": "image/webp", "width": side, "height": side}


def _open(source: IO[bytes]) -> Image.Image:
    """From its header, before anything is decoded."""
    source.seek(0)
    image = Image.open(source, formats=FORMATS)
    width, height = image.size
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Refused("size")
    return image


def _animate(image: Image.Image, out: IO[bytes]) -> bool:
    """Draw an animation as WebP; False if it is none, or too large a one."""
    if image.format in ("JPEG", "MPO") or max(image.size) > WEBP_SIDE:  # MPO: other views of the same picture
        return False
    most = min(MOST_FRAMES, MOST_ANIMATED // (image.width * image.height))
    durations: list[int] = []
    for frame in ImageSequence.Iterator(image):
        if len(durations) == most:
            return False
        frame.load()  # some formats know the time only then
        shown = int(frame.info.get("duration") or 0)
        durations.append(shown if shown >= FRAME_LEAST else FRAME_USUAL)
    if len(durations) < 2:
        return False
    loop = int(image.info.get("loop", 1 if image.format == "GIF" else 0))
    if image.format == "GIF" and "loop" in image.info and loop:
        loop += 1  # there it is the number of repetitions
    try:
        with _within(ANIMATION_TIME):
            image.save(
                out, "WEBP", save_all=True, duration=durations, loop=min(loop, 65_535), quality=80, method=1,
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
    """In 8 bits and sRGB, with nothing but its pixels, palette and transparency."""
    image.load()
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits of grey; converting would cut them off
        image = image.convert("F").point(lambda value: value * (255 / 65_535) + 0).convert("L")
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
            image = ImageCms.profileToProfile(image, given, SRGB, outputMode=mode) or image
    if image.mode == "CMYK":
        image = image.convert("RGB")
    if "transparency" in image.info and image.mode != "P":
        image = image.convert("RGBA")
    image.info = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    return image


def _rgb(image: Image.Image) -> Image.Image:
    """Without a palette: with as many colours as there are."""
    if image.mode in ("RGB", "RGBA"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


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
