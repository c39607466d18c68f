"""Pictures: drawn anew without what they tell of people, and whatever is sent, the server goes on."""

import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin, features

from files import images
from lib import errors

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "AVIF"]
SECRET = b"a-secret-place"
Draw = Callable[..., images.Picture]
Limits = Callable[..., None]


@pytest.fixture
def drawn(tmp_path: Path) -> Draw:
    """Draw what these bytes are."""
    count = iter(range(1_000_000))

    def process(content: bytes, *, square: int = 0, original: bool = False) -> images.Picture:
        path = tmp_path / f"{next(count)}"
        path.write_bytes(content)
        if square:
            return images.avatar(path, tmp_path, square)
        return images.process(path, tmp_path, original=original)

    return process


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Set limits for a picture."""
    return lambda **changed: monkeypatch.setattr(images, "LIMITS", {**images.LIMITS, **changed})


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def landscape(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Red at the left, blue at the right."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    return image.convert(mode)


def opened(path: Path) -> Image.Image:
    image = Image.open(path)
    image.load()
    return image


def is_like(image: Image.Image, place: tuple[int, int], colour: tuple[int, ...]) -> bool:
    pixel = image.convert("RGBA").getpixel(place)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=False))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + name + content + struct.pack("!I", zlib.crc32(name + content))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    head = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


@cache
def heavy() -> bytes:
    """A picture that takes seconds."""
    noise = Image.effect_noise((1500, 1500), 90).convert("RGB")
    image = Image.new("RGB", (6000, 6000))
    for place in range(16):
        image.paste(noise, (place % 4 * 1500, place // 4 * 1500))
    return encoded(image, "JPEG", quality=98)


def works(drawn: Draw) -> bool:
    return drawn(encoded(landscape(), "PNG")).width == 64


@pytest.mark.parametrize(
    ("format", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/webp"),
    ],
)
def test_a_picture_becomes_one_that_browsers_show_and_two_thumbs(drawn: Draw, format: str, mime: str) -> None:
    picture = drawn(encoded(landscape(1600, 800), format))
    assert (picture.mime, picture.width, picture.height) == (mime, 1600, 800)
    shown, small, large = (opened(path) for path in (picture.path, *picture.thumbs))
    assert Image.MIME[str(shown.format)] == mime and shown.size == (1600, 800)
    assert [(thumb.format, thumb.size) for thumb in (small, large)] == [
        ("WEBP", (400, 200)),
        ("WEBP", (1200, 600)),
    ]
    for image in (shown, small, large):
        assert is_like(image, (5, 5), (255, 0, 0))
        assert is_like(image, (image.width - 5, 5), (0, 0, 255))


def test_nothing_is_enlarged(drawn: Draw) -> None:
    picture = drawn(encoded(landscape(64, 48), "PNG"))
    assert [opened(path).size for path in (picture.path, *picture.thumbs)] == [(64, 48)] * 3
    assert opened(drawn(encoded(landscape(64, 48), "PNG"), square=256).path).size == (48, 48)
    assert drawn(encoded(landscape(16_000, 1), "PNG")).height == 1


def tagged(format: str) -> bytes:
    """A picture lying on its side, with a place, texts and comments."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[0x1D] = SECRET.decode()
    options: dict[str, Any] = {"exif": exif}
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    if format == "JPEG":
        options |= {"comment": SECRET, "xmp": xmp}
    elif format == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Author", SECRET.decode())
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    elif format == "GIF":
        options = {"comment": SECRET}
    else:
        options["xmp"] = xmp
    return encoded(landscape(), format, **options)


@pytest.mark.parametrize("format", FORMATS)
def test_where_and_by_whom_it_was_taken_goes_and_it_stands_upright(drawn: Draw, format: str) -> None:
    content = tagged(format)
    assert SECRET in content
    picture = drawn(content)
    assert (picture.width, picture.height) == ((64, 48) if format == "GIF" else (48, 64))
    for path in (picture.path, *picture.thumbs):
        assert SECRET not in path.read_bytes()
        image = opened(path)
        assert not image.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile", "photoshop", "Author"} & set(image.info)
        assert image.size == (picture.width, picture.height)
        if format != "GIF":
            assert is_like(image, (24, 5), (255, 0, 0)) and is_like(image, (24, 58), (0, 0, 255))


@pytest.mark.parametrize("format", FORMATS)
def test_an_original_stays_as_it_is_and_only_its_thumbs_are_clean(drawn: Draw, format: str) -> None:
    content = tagged(format)
    picture = drawn(content, original=True)
    assert picture.path.read_bytes() == content
    assert picture.mime == f"image/{format.lower()}"
    assert (picture.width, picture.height) == opened(picture.thumbs[0]).size
    assert all(SECRET not in path.read_bytes() for path in picture.thumbs)


def test_the_thumbs_of_a_large_jpeg_stand_upright_and_the_size_is_of_the_whole(drawn: Draw) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(landscape(3001, 2000), "JPEG", exif=exif)
    picture = drawn(content, original=True)
    assert (picture.width, picture.height) == (2000, 3001)
    large = opened(picture.thumbs[1])
    assert large.size == (800, 1200)
    assert is_like(large, (400, 5), (255, 0, 0)) and is_like(large, (400, 1195), (0, 0, 255))
    assert is_like(opened(drawn(content, square=256).path), (128, 5), (255, 0, 0))


def test_an_avatar_is_the_square_in_the_middle(drawn: Draw) -> None:
    image = landscape(600, 300)
    image.paste("lime", (150, 0, 450, 300))
    picture = drawn(encoded(image, "JPEG"), square=256)
    shown = opened(picture.path)
    assert (shown.format, shown.size, picture.mime) == ("WEBP", (256, 256), "image/webp")
    assert all(is_like(shown, place, (0, 255, 0)) for place in [(4, 4), (251, 251)])


@pytest.mark.parametrize("format", ["PNG", "GIF", "WEBP", "AVIF"])
def test_what_is_transparent_stays_so(drawn: Draw, format: str) -> None:
    image = landscape(mode="RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 64, 24))
    picture = drawn(encoded(image, format))
    for path in (picture.path, *picture.thumbs):
        alpha = opened(path).convert("RGBA").getchannel("A")
        assert [alpha.getpixel((32, y)) for y in (5, 43)] == [0, 255]


@pytest.mark.parametrize(
    ("format", "image", "options"),
    [
        ("JPEG", landscape(mode="CMYK"), {}),
        ("PNG", landscape(mode="P"), {}),
        ("PNG", landscape().quantize(4), {"transparency": bytes([255, 255, 255, 255])}),
        ("JPEG", landscape(), {"progressive": True}),
        ("JPEG", landscape(), {"quality": 5}),
        ("JPEG", landscape(), {"subsampling": 1}),
        ("WEBP", landscape(), {"lossless": True}),
        ("MPO", landscape(), {"save_all": True, "append_images": [landscape()]}),
    ],
    ids=["CMYK", "palette", "palette-alpha", "progressive", "poor", "4:2:2", "lossless", "MPO"],
)
def test_pictures_of_all_kinds_keep_their_colours(
    drawn: Draw, format: str, image: Image.Image, options: dict[str, Any]
) -> None:
    picture = drawn(encoded(image, format, **options))
    for path in (picture.path, *picture.thumbs):
        assert is_like(opened(path), (5, 5), (255, 0, 0)) and is_like(opened(path), (58, 5), (0, 0, 255))


@pytest.mark.parametrize(
    ("mode", "colour", "grey"),
    [("1", 1, 255), ("L", 128, 128), ("LA", (128, 255), 128), ("I;16", 32_896, 128)],
)
def test_grey_pictures_stay_grey(drawn: Draw, mode: str, colour: Any, grey: int) -> None:
    image = Image.new(mode, (40, 40), colour)
    picture = drawn(encoded(image, "PNG"))
    for path in (picture.path, *picture.thumbs):
        assert is_like(opened(path), (20, 20), (grey, grey, grey, 255))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA"])
def test_thumbs_of_large_pictures_of_all_kinds_show_the_whole(drawn: Draw, mode: str) -> None:
    image = Image.new("RGB", (4001, 3001))
    image.paste("white", (2000, 0, 4001, 1501))
    picture = drawn(encoded(image.convert(mode), "PNG"))
    for path, size in zip(picture.thumbs, [(400, 300), (1200, 900)], strict=True):
        thumb = opened(path)
        assert thumb.size == size
        right, middle, low = size[0] - 3, size[0] // 2 + 3, size[1] // 2 + 3
        for place, white in (
            ((3, 3), False),
            ((right, 3), True),
            ((middle, low - 6), True),
            ((right, low), False),
        ):
            assert is_like(thumb, place, (255, 255, 255) if white else (0, 0, 0))


def test_a_colour_profile_is_applied_and_goes(drawn: Draw) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"....").replace(b"bXYZ", b"rXYZ").replace(b"....", b"bXYZ")
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # for no such picture
    red, blue = (255, 0, 0), (0, 0, 255)
    for profile, left in ((srgb, red), (swapped, blue), (lab, red), (b"no profile at all" * 20, red)):
        for format, mode in (("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")):
            picture = drawn(encoded(landscape(mode=mode), format, icc_profile=profile))
            for path in (picture.path, *picture.thumbs):
                assert "icc_profile" not in opened(path).info
                assert is_like(opened(path), (5, 5), left)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_an_animation_goes_on_moving_and_its_thumbs_are_still(drawn: Draw, format: str) -> None:
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("red", "lime", "blue")]
    options = {"save_all": True, "append_images": frames[1:], "duration": [70, 200, 1000], "loop": 0}
    picture = drawn(encoded(frames[0], format, **options))
    shown = opened(picture.path)
    assert (picture.mime, getattr(shown, "n_frames", 1), shown.info["loop"]) == ("image/webp", 3, 0)
    durations = []
    for frame, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        shown.seek(frame)
        assert is_like(shown, (30, 30), colour)
        durations.append(shown.info["duration"])
    assert durations == [70, 200, 1000]
    for path in picture.thumbs:
        assert getattr(opened(path), "n_frames", 1) == 1 and is_like(opened(path), (30, 30), (255, 0, 0))


def endless(frames: int) -> bytes:
    """A GIF of 4,000 x 4,000 pixels that says each further frame in 20 bytes."""
    head = b"GIF89a" + struct.pack("<HH", 4000, 4000) + b"\x80\0\0" + b"\xff\0\0\0\0\xff"
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\2\2D\1\0"
    return head + frame * frames + b";"


def test_too_large_an_animation_becomes_its_first_frame(drawn: Draw) -> None:
    begun = time.monotonic()
    picture = drawn(endless(100_000))
    assert (picture.mime, picture.width, getattr(opened(picture.path), "n_frames", 1)) == (
        "image/png",
        4000,
        1,
    )
    assert time.monotonic() - begun < 20


def test_a_large_animation_becomes_its_first_frame_because_it_takes_so_much_memory(drawn: Draw) -> None:
    frames = [Image.new("L", (3100, 3000), shade) for shade in (255, 0)]
    picture = drawn(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], method=0))
    assert getattr(opened(picture.path), "n_frames", 1) == 1
    assert is_like(opened(picture.path), (9, 9), (255, 255, 255))


def test_a_large_lossless_webp_becomes_a_png_because_that_takes_less_memory(drawn: Draw) -> None:
    image = landscape(3100, 3000)
    picture = drawn(encoded(image, "WEBP", lossless=True, quality=0, method=0))
    assert (picture.mime, opened(picture.path).tobytes()) == ("image/png", image.tobytes())


@pytest.mark.parametrize(
    "size", [(10_000, 10_000), (100_000, 1), (1, 100_000), (16_385, 16), (2**31 - 1, 2**31 - 1)]
)
def test_too_large_a_picture_is_refused_by_its_header(drawn: Draw, size: tuple[int, int]) -> None:
    begun = time.monotonic()
    with pytest.raises(errors.BadImage) as refused:
        drawn(png(*size, bytes(1000)))
    assert (refused.value.status, refused.value.code) == (422, "bad_image")
    assert time.monotonic() - begun < 5


def test_bombs_are_refused_and_the_next_picture_works(drawn: Draw) -> None:
    black = encoded(Image.new("1", (12_000, 12_000)), "PNG")
    webp = encoded(Image.new("L", (16_000, 3_000)), "WEBP", method=0)
    gif = b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + endless(1)[10:]
    text = png(9, 9)[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(90_000_000)))
    for bomb in (black, webp, gif, text + png(9, 9)[33:]):
        assert len(bomb) < 2_000_000
        with pytest.raises(errors.BadImage):
            drawn(bomb)
    assert works(drawn)


def scanned(times: int, width: int = 2000, height: int = 2000) -> bytes:
    """A progressive JPEG that says its last pass so many times more, in few bytes."""
    content = encoded(Image.new("RGB", (width, height), "red"), "JPEG", progressive=True)
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return content[:end] + content[last:end] * times + content[end:]


def test_a_jpeg_of_thousands_of_passes_is_refused_before_it_is_decoded(drawn: Draw) -> None:
    bomb = scanned(3000)
    assert len(bomb) < 500_000
    hidden = bomb[:2] + b"\xff\xe1\0\x04\xff\xd9\xff\xd0\xff" + bomb[2:]  # after what only looks like its end
    for content in (bomb, hidden):
        begun = time.monotonic()
        with pytest.raises(errors.BadImage):
            drawn(content)
        with pytest.raises(errors.BadImage):
            drawn(content, square=256)
        assert time.monotonic() - begun < 2
    assert works(drawn)


def test_a_jpeg_of_many_passes_is_drawn_whatever_else_it_carries(drawn: Draw) -> None:
    passes = b"\xff\xda" * 5000
    for content in (
        scanned(50, 64, 64),
        encoded(landscape(), "JPEG", comment=passes),
        encoded(landscape(), "JPEG", progressive=True) + passes,  # as a film stands after some pictures
    ):
        assert drawn(content).width == 64


@pytest.mark.parametrize("format", ["TIFF", "BMP", "ICO", "PPM", "TGA", "PCX", "SGI", "PDF", "EPS", "DDS"])
def test_only_five_formats_are_decoded(drawn: Draw, format: str) -> None:
    with pytest.raises(errors.BadImage):
        drawn(encoded(landscape(), format))


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"GIF89a"]
)
def test_what_is_no_picture_is_refused(drawn: Draw, content: bytes) -> None:
    with pytest.raises(errors.BadImage):
        drawn(content)


HIDDEN = b"<script>alert(1)</script>"


@pytest.mark.parametrize(
    "content",
    [
        encoded(landscape(), "GIF", comment=b"*/=1;alert(1)//" + HIDDEN),
        encoded(landscape(), "GIF") + b"*/=1;" + HIDDEN,
        encoded(landscape(), "JPEG", comment=HIDDEN),
        encoded(landscape(), "JPEG") + b"PK\x03\x04" + bytes(26) + HIDDEN,
        encoded(landscape(), "PNG") + b"%PDF-1.7 " + HIDDEN,
        encoded(landscape(), "WEBP") + HIDDEN,
    ],
    ids=["GIF+JS", "GIF+end", "JPEG+comment", "JPEG+ZIP", "PNG+PDF", "WEBP+HTML"],
)
def test_of_a_polyglot_only_the_picture_is_left(drawn: Draw, content: bytes) -> None:
    assert HIDDEN in content
    picture = drawn(content)
    assert all(HIDDEN not in path.read_bytes() for path in (picture.path, *picture.thumbs))


@pytest.mark.parametrize("format", FORMATS)
def test_damaged_pictures_are_drawn_or_refused_never_more(drawn: Draw, format: str) -> None:
    noise = random.Random(14)  # noqa: S311
    image = Image.effect_noise((40, 30), 80).convert("RGB")
    whole = encoded(image, format)
    moving = {"save_all": True, "append_images": [image.rotate(90), image.rotate(180)], "duration": 50}
    animated = encoded(image, format, **moving) if format in ("GIF", "WEBP", "PNG") else whole
    outcomes = set()
    for turn in range(24):
        content = bytearray(noise.choice([whole, animated]))
        if turn % 3 == 0:
            del content[noise.randrange(len(content)) :]
        else:
            for _ in range(noise.choice([1, 10])):
                content[noise.randrange(len(content))] ^= 1 << noise.randrange(8)
        try:
            assert drawn(bytes(content)).width > 0
            outcomes.add("drawn")
        except errors.BadImage:
            outcomes.add("refused")
    assert "refused" in outcomes
    assert works(drawn)


def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_works(
    drawn: Draw, limits: Limits
) -> None:
    content = encoded(Image.new("RGB", (6000, 6000)), "PNG")
    limits(memory=120_000_000)
    with pytest.raises(errors.BadImage, match="time or memory"):
        drawn(content)
    assert works(drawn)


@pytest.mark.parametrize(
    ("format", "mode", "most"),
    [
        ("JPEG", "RGB", 150),
        ("PNG", "RGB", 150),
        ("PNG", "RGBA", 150),
        ("GIF", "P", 110),
        ("WEBP", "RGB", 240),
    ],
)
def test_a_picture_of_twelve_megapixels_takes_little_memory(
    drawn: Draw, limits: Limits, format: str, mode: str, most: int
) -> None:
    content = encoded(landscape(4000, 3000, mode), format, **({"method": 0} if format == "WEBP" else {}))
    limits(memory=most * 1_000_000)
    assert drawn(content).width == 4000


def test_a_picture_that_becomes_too_large_a_file_is_refused_and_the_next_works(
    drawn: Draw, limits: Limits
) -> None:
    content = encoded(Image.effect_noise((400, 400), 90), "PNG")
    limits(output=20_000)
    with pytest.raises(errors.BadImage):
        drawn(content)
    assert works(drawn)


@pytest.mark.parametrize("limit", [{"seconds": 0.1}, {"cpu": 1}])
def test_a_picture_that_takes_too_long_is_refused_and_the_next_works(
    drawn: Draw, limits: Limits, limit: dict[str, float]
) -> None:
    limits(**limit)
    with pytest.raises(errors.BadImage, match="time or memory"):
        drawn(heavy())
    limits(seconds=25, cpu=15)
    assert works(drawn)


def decoder_pid() -> int:
    process = images._decoder._process
    assert process is not None
    return process.pid


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_process_that_was_killed_is_replaced_and_reaped(drawn: Draw) -> None:
    assert works(drawn)
    before = decoder_pid()
    os.kill(before, signal.SIGKILL)
    assert works(drawn)
    assert decoder_pid() != before
    wait_until(lambda: not Path(f"/proc/{before}").exists())


def test_the_process_has_none_of_the_servers_secrets_and_files(
    drawn: Draw, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        monkeypatch.setenv("A_SECRET", "known")
        images._decoder.stop()
        assert works(drawn)
        process = Path(f"/proc/{decoder_pid()}")
        assert b"known" not in (process / "environ").read_bytes()
        kept = [os.readlink(each) for each in (process / "fd").iterdir()]
        assert not [name for name in kept if str(tmp_path) in name]


def test_pictures_that_wait_too_long_are_told_to_come_again(
    drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "PATIENCE", 0.05)
    with images._decoder._lock, pytest.raises(errors.Unavailable):
        drawn(encoded(landscape(), "PNG"))
    assert works(drawn)


def test_pictures_of_several_threads_are_drawn_one_after_the_other(drawn: Draw) -> None:
    widths: list[int] = []
    content = encoded(landscape(), "PNG")
    threads = [threading.Thread(target=lambda: widths.append(drawn(content).width)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert widths == [64] * 8


SERVER = """
import sys, threading
from pathlib import Path
from files import images
folder = Path(sys.argv[1])
images.process(folder / "small", folder, original=True)
print(images._decoder._process.pid, flush=True)
images.process(folder / "large", folder, original=False)
"""


def test_nothing_is_left_when_the_server_is_killed(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(encoded(landscape(), "PNG"))
    (tmp_path / "large").write_bytes(heavy())
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SERVER, str(tmp_path)], stdout=subprocess.PIPE, env=environment
    )
    with server:
        assert server.stdout is not None
        decoder = int(server.stdout.readline())
        children = Path(f"/proc/{decoder}/task/{decoder}/children")
        wait_until(lambda: bool(children.read_text().strip()))
        fork = int(children.read_text().split()[0])
        server.kill()
    wait_until(lambda: not is_running(decoder) and not is_running(fork))


def test_the_pillow_that_is_pinned_has_what_the_decoder_needs() -> None:
    assert all(features.check(feature) for feature in ("webp", "avif", "littlecms2", "jpg", "zlib"))
