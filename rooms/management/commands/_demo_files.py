"""Pictures, sound and papers of the made-up community of `manage.py demo`: all of them are made here."""

import math
import random
import struct
import wave
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageOps

FINE = 2  # drawn so many times as large, as nothing softens the edges of what Pillow draws
RATE = 8000  # samples of sound in a second
BARS = 64  # of a waveform

Colour = tuple[int, int, int]
CREAM, INK, WOOD = (244, 238, 226), (38, 50, 56), (176, 128, 84)
SKIN = [(255, 219, 172), (241, 194, 125), (224, 172, 105), (198, 134, 66), (141, 85, 36)]
HAIR = [(44, 34, 43), (83, 61, 50), (143, 86, 59), (181, 82, 57), (214, 178, 112), (170, 170, 178)]
CLOTH = [(38, 70, 83), (42, 157, 143), (231, 111, 81), (106, 76, 147), (69, 123, 157), (188, 71, 73)]
BACKS = [(255, 229, 217), (216, 243, 220), (222, 226, 255), (255, 243, 191), (214, 239, 250), (240, 219, 245)]


class Made(NamedTuple):
    """A file that somebody sends."""

    name: str
    make: Callable[[], bytes]
    alt: str = ""
    seconds: float = 0  # of sound


class Sheet:
    """Something to draw on, in shares of its width and height."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.size = (width, height)
        self.image = Image.new("RGB", (width * FINE, height * FINE), ground)
        self.draw = ImageDraw.Draw(self.image)

    def at(self, *points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * self.image.width, y * self.image.height) for x, y in points]

    def disc(self, x: float, y: float, wide: float, colour: Colour, high: float | None = None) -> None:
        """An ellipse around a point; a circle unless `high` says otherwise."""
        [(x, y)] = self.at((x, y))
        wide *= self.image.width
        tall = wide if high is None else high * self.image.height
        self.draw.ellipse((x - wide, y - tall, x + wide, y + tall), fill=colour)

    def block(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, round: float = 0
    ) -> None:
        box = self.at((left, top), (right, bottom))
        self.draw.rounded_rectangle([*box[0], *box[1]], round * self.image.width, fill=colour)

    def line(self, points: list[tuple[float, float]], colour: Colour, wide: float) -> None:
        self.draw.line(self.at(*points), colour, round(wide * self.image.width), joint="curve")

    def done(self) -> bytes:
        out = BytesIO()
        self.image.reduce(FINE).save(out, "JPEG", quality=88)
        return out.getvalue()


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def hills(width: int, height: int, seed: int, sky: Colour, light: Colour, near: Colour) -> bytes:
    """Hills behind each other, under a sun."""
    chance, sheet = random.Random(seed), Sheet(width, height, light)
    wash = Image.linear_gradient("L").resize(sheet.image.size)
    sheet.image.paste(ImageOps.colorize(wash, black=sky, white=light))
    sheet.disc(chance.uniform(0.2, 0.8), chance.uniform(0.25, 0.4), 0.06, mixed(light, (255, 255, 240), 0.7))
    for layer in range(5):
        waves = [(chance.uniform(1, 3) * (2**n), chance.uniform(0, 6), 0.06 / 2**n) for n in range(4)]
        top = 0.42 + 0.12 * layer
        ridge = [
            (
                x / 80,
                top + sum(high * math.sin(often * x / 80 * 2 + begin) for often, begin, high in waves),
            )
            for x in range(81)
        ]
        sheet.draw.polygon(sheet.at((0, 1), *ridge, (1, 1)), fill=mixed(light, near, (layer + 1.5) / 6.5))
    return sheet.done()


def tomatoes(width: int, height: int) -> bytes:
    """A bowl of them, on a table."""
    chance, sheet = random.Random(5), Sheet(width, height, (219, 234, 226))
    sheet.block(0, 0.7, 1, 1, WOOD)
    for row, count in enumerate((4, 3, 2)):
        for number in range(count):
            x, y = 0.5 + (number - (count - 1) / 2) * 0.135, 0.52 - 0.12 * row + chance.uniform(-0.01, 0.01)
            red = mixed((200, 45, 35), (236, 96, 48), chance.random())
            sheet.disc(x, y, 0.075, red)
            sheet.disc(x - 0.025, y - 0.035, 0.016, mixed(red, (255, 255, 255), 0.6))
            for turn in range(5):
                angle = turn * math.tau / 5 + chance.random()
                tip = (x + 0.03 * math.cos(angle), y - 0.07 + 0.02 * math.sin(angle))
                sheet.line([(x, y - 0.07), tip], (62, 120, 60), 0.008)
    box = sheet.at((0.2, 0.2), (0.8, 0.88))
    sheet.draw.chord([*box[0], *box[1]], 0, 180, fill=(64, 105, 140))
    sheet.block(0.19, 0.52, 0.81, 0.565, (84, 128, 164), 0.02)
    return sheet.done()


def books(width: int, height: int) -> bytes:
    """Two shelves of them."""
    chance, sheet = random.Random(8), Sheet(width, height, CREAM)
    for floor in (0.47, 0.93):
        x = 0.08
        while x < 0.86:
            wide, high = chance.uniform(0.022, 0.05), chance.uniform(0.24, 0.36)
            colour = chance.choice([*CLOTH, *HAIR[2:5]])
            sheet.block(x, floor - high, x + wide, floor, colour, 0.004)
            for band in (0.18, 0.24):
                paler = mixed(colour, CREAM, 0.5)
                sheet.block(x, floor - high * (1 - band), x + wide, floor - high * (1 - band) + 0.008, paler)
            x += wide + 0.003
            if chance.random() < 0.08:
                x += 0.06
        sheet.block(0.04, floor, 0.96, floor + 0.035, WOOD)
    for side in (0.04, 0.94):
        sheet.block(side, 0.04, side + 0.022, 1, mixed(WOOD, INK, 0.15))
    return sheet.done()


def chart(width: int, height: int) -> bytes:
    """Two lines that part: one grows with the square, one does not."""
    sheet = Sheet(width, height, (252, 252, 250))
    for step in range(6):
        y = 0.12 + step * 0.15
        sheet.line([(0.08, y), (0.95, y)], (222, 226, 228), 0.002)
    sheet.line([(0.08, 0.06), (0.08, 0.87), (0.95, 0.87)], INK, 0.004)
    for colour, power, most in ((CLOTH[2], 2.2, 0.72), (CLOTH[1], 1.0, 0.2)):
        points = [(0.08 + 0.84 * x / 12, 0.85 - most * (x / 12) ** power) for x in range(13)]
        sheet.line(points, colour, 0.007)
        for x, y in points[::2]:
            sheet.disc(x, y, 0.009, colour)
    return sheet.done()


def braces(width: int, height: int) -> bytes:
    """{ }"""
    sheet = Sheet(width, height, CLOTH[0])
    for side in (-1, 1):
        points = [(0.1, -0.25), (0.17, -0.25), (0.2, -0.2), (0.2, -0.06), (0.28, 0)]
        points += [(x, -y) for x, y in reversed(points[:-1])]
        sheet.line([(0.5 + side * x, 0.5 + y) for x, y in points], BACKS[3], 0.06)
    return sheet.done()


def face(seed: int) -> bytes:
    """Somebody, from the shoulders up."""
    chance = random.Random(seed)
    sheet = Sheet(256, 256, BACKS[seed % len(BACKS)])
    skin, hair, cloth = chance.choice(SKIN), chance.choice(HAIR), CLOTH[seed % len(CLOTH)]
    is_long = seed % 2 == 0
    if is_long:
        sheet.block(0.27, 0.25, 0.73, 0.78, hair, 0.2)
    sheet.disc(0.5, 1.0, 0.36, cloth, 0.3)
    sheet.block(0.43, 0.6, 0.57, 0.78, mixed(skin, INK, 0.12), 0.06)
    sheet.disc(0.5, 0.46, 0.185, skin, 0.22)
    box = sheet.at((0.3, 0.2), (0.7, 0.58))
    sheet.draw.chord([*box[0], *box[1]], 195 + 8 * (seed % 3), 345 - 6 * (seed % 4), fill=hair)
    for side in (-1, 1):
        sheet.disc(0.5 + side * 0.075, 0.47, 0.017, INK)
        if seed % 3 == 1:
            [(x, y)] = sheet.at((0.5 + side * 0.075, 0.47))
            sheet.draw.ellipse((x - 28, y - 28, x + 28, y + 28), outline=INK, width=6)
    box = sheet.at((0.43, 0.48), (0.57, 0.59))
    sheet.draw.arc([*box[0], *box[1]], 30, 150, fill=mixed(skin, INK, 0.6), width=6)
    return sheet.done()


def loudness(at: float, seconds: float) -> float:
    """Of a voice, from 0 to 1: syllables, and pauses between what it says."""
    syllable = max(0.0, math.sin(at * 13)) * (0.55 + 0.45 * math.sin(at * 2.9 + 1))
    pause = 0 if math.sin(at * 1.7 + 0.4) < -0.8 else 1
    return syllable * pause * min(1.0, at * 4, (seconds - at) * 4)


def voice(seconds: float) -> bytes:
    """Somebody hums what they have to say."""
    samples = []
    phase = 0.0
    for number in range(int(seconds * RATE)):
        at = number / RATE
        phase += math.tau * (150 + 22 * math.sin(at * 3.1) + 9 * math.sin(at * 11)) / RATE
        tone = math.sin(phase) + 0.5 * math.sin(2 * phase) + 0.25 * math.sin(3 * phase)
        samples.append(int(9000 * loudness(at, seconds) * tone))
    out = BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(RATE)
        made.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()


def waveform(seconds: float) -> list[int]:
    steps = [
        [loudness((bar + part / 8) * seconds / BARS, seconds) for part in range(8)] for bar in range(BARS)
    ]
    return [round(100 * max(step)) for step in steps]


def paper(*lines: str) -> bytes:
    """A PDF of one page."""
    text = b"BT /F1 16 Tf 72 760 Td 24 TL " + b" ".join(b"(%s) '" % line.encode() for line in lines) + b" ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return made + end % (table, len(made))


MORNING = partial(hills, sky=(126, 176, 214), light=(255, 226, 188), near=(40, 84, 74))
EVENING = partial(hills, sky=(62, 60, 122), light=(250, 164, 118), near=(48, 38, 72))
FOG = partial(hills, sky=(178, 196, 206), light=(232, 236, 236), near=(62, 86, 92))

TOMATOES = Made("tomatoes.jpg", partial(tomatoes, 800, 600), "A blue bowl full of tomatoes")
SHELF = Made("shelf.jpg", partial(books, 900, 600), "Two shelves of books")
CHART = Made(
    "timings.jpg", partial(chart, 900, 380), "The old way grows with the square, the new one does not"
)
RUN = (
    Made("first-light.jpg", partial(MORNING, 900, 600, 3), "Hills at sunrise"),
    Made("fog.jpg", partial(FOG, 600, 800, 4), "Hills in the fog"),
    Made("way-home.jpg", partial(EVENING, 900, 600, 6), "Hills at dusk"),
)
PLAN = Made(
    "planting-plan.pdf", partial(paper, "Planting plan", "North: peas, beans", "South: tomatoes, basil")
)
ROUTE = Made("route.txt", lambda: b"Start at the mill, along the river, up to the tower and back. 12 km.\n")
VOICE = Made("voice.wav", partial(voice, 6.0), seconds=6.0)

#: What is shown in some of the rooms, by their names; the last is what was said last.
SHOWN: dict[str, list[tuple[str, tuple[Made, ...]]]] = {
    "Garden & balcony": [
        ("The plan for the beds, as promised.", (PLAN,)),
        ("The first real harvest 🍅", (TOMATOES,)),
    ],
    "Trail runners": [("Saturday's route, in case you get lost again:", (ROUTE,)), ("What a morning!", RUN)],
    "Python help": [("Measured both. The set wins, by a lot:", (CHART,))],
    "Book circle": [("I finally have a place for them all.", (SHELF,))],
}

#: Pictures of rooms by their names, and of people by their usernames.
EMBLEMS: dict[str, Callable[[], bytes]] = {
    "Garden & balcony": partial(tomatoes, 256, 256),
    "Python help": partial(braces, 256, 256),
    "Trail runners": partial(MORNING, 256, 256, 3),
    "Book circle": partial(books, 256, 256),
}
FACES = {
    "ann": 2, "chiara": 4, "dmitri": 3, "esi": 6, "grete": 8,
    "hiro": 11, "kavya": 0, "nora": 10, "oskar": 1, "priya": 14,
}  # fmt: skip
