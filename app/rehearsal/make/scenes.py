"""The photographs of the event by name, and the parts that several of them share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from app.rehearsal.make.canvas import (
    CREAM,
    INK,
    MUSTARD,
    NIGHT,
    WHITE,
    Canvas,
    darker,
    lighter,
    mix,
)
from app.rehearsal.make.figures import Look, behind, some_look

Paint = Callable[[Canvas, Random], None]
LANDSCAPE, PORTRAIT, SQUARE = (1600, 1000), (1080, 1350), (1200, 1200)


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and the words for those who cannot see it."""

    alt: str
    size: tuple[int, int]
    paint: Paint


SCENES: dict[str, Scene] = {}


def scene(name: str, alt: str, size: tuple[int, int] = LANDSCAPE) -> Callable[[Paint], Paint]:
    """Registers the function below as the picture `name`."""

    def register(paint: Paint) -> Paint:
        SCENES[name] = Scene(alt, size, paint)
        return paint

    return register


def draw(name: str) -> bytes:
    """The picture as WebP; the same bytes every time."""
    chosen = SCENES[name]
    canvas = Canvas(*chosen.size)
    chosen.paint(canvas, Random(name))
    return canvas.webp()


def crowd(c: Canvas, rng: Random, y: float, size: float, *, dim: float = 0.0) -> None:
    """A row of people from behind across the picture, in the light of a dark room when dimmed."""
    x = -size
    while x < c.width + size:
        behind(c, x, y + rng.uniform(-0.5, 0.5) * size, size, dimmed(some_look(rng), dim))
        x += size * rng.uniform(3.9, 4.7)


def dimmed(look: Look, share: float) -> Look:
    skin, hair, top = (mix(colour, NIGHT, share) for colour in (look.skin, look.hair, look.top))
    return replace(look, skin=skin, hair=hair, top=top)


def plant(c: Canvas, x: float, y: float, h: float, colour: str = "#3f8f5b") -> None:
    """A pot plant that stands at x, y."""
    for dx, top in ((-0.3, 0.7), (0.3, 0.75), (-0.15, 0.95), (0.15, 1.0), (0, 0.85)):
        tip = (x + dx * h, y - top * h)
        c.line([(x, y - 0.3 * h), tip], darker(colour), 0.02 * h)
        c.oval(*tip, 0.09 * h, 0.16 * h, lighter(colour, 0.15 if dx > 0 else 0))
    c.poly(
        [
            (x - 0.18 * h, y - 0.35 * h),
            (x + 0.18 * h, y - 0.35 * h),
            (x + 0.13 * h, y),
            (x - 0.13 * h, y),
        ],
        "#d9734e",
    )


def tree(c: Canvas, x: float, y: float, h: float, colour: str = "#5aa469") -> None:
    c.line([(x, y), (x, y - 0.5 * h)], "#7a5640", 0.06 * h)
    for dx, dy, r in ((-0.16, 0.52, 0.2), (0.17, 0.55, 0.19), (0, 0.74, 0.25)):
        c.dot(x + dx * h, y - dy * h, r * h, colour)
    c.dot(x - 0.06 * h, y - 0.8 * h, 0.12 * h, lighter(colour, 0.18))


def cup(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A mug with steam that stands at x, y and is s high."""
    c.ring(x + 0.5 * s, y - 0.5 * s, 0.26 * s, darker(colour), 0.12 * s)
    c.rect(x - 0.45 * s, y - s, 0.9 * s, s, colour, r=0.14 * s)
    c.oval(x, y - 0.97 * s, 0.42 * s, 0.1 * s, "#5b3a29")
    for dx in (-0.15, 0.15):
        c.arc(x + dx * s, y - 1.35 * s, 0.16 * s, 90, 270, WHITE, 0.05 * s)


def laptop(c: Canvas, x: float, y: float, w: float, colour: str = "#c9cede") -> None:
    """A laptop seen from behind its lid."""
    c.rect(x - w / 2, y - 0.62 * w, w, 0.6 * w, colour, r=0.05 * w)
    c.dot(x - 0.2 * w, y - 0.4 * w, 0.07 * w, MUSTARD)
    c.rect(x - 0.02 * w, y - 0.5 * w, 0.26 * w, 0.13 * w, "#ff6f59", r=0.03 * w)
    c.dot(x + 0.12 * w, y - 0.2 * w, 0.08 * w, "#1b998b")
    c.rect(x - 0.58 * w, y - 0.05 * w, 1.16 * w, 0.05 * w, darker(colour), r=0.02 * w)


def logo(c: Canvas, x: float, y: float, s: float, colour: str = INK, year: str = MUSTARD) -> None:
    """The name of the event, centred at x, y with letters of size s."""
    c.text(x - 0.62 * s, y, "PyFest", s, colour, anchor="mm", bold=True)
    c.rect(x + 1.15 * s, y - 0.55 * s, 1.3 * s, 1.1 * s, year, r=0.28 * s)
    c.text(x + 1.8 * s, y + 0.02 * s, "26", 0.85 * s, NIGHT, anchor="mm", bold=True)


def bunting(c: Canvas, y: float, colours: tuple[str, ...]) -> None:
    """Small flags on a string from side to side."""

    def string(x: float) -> tuple[float, float]:
        return x, y + 46 * (1 - (2 * (x % 540) / 540 - 1) ** 2)

    for i in range(c.width // 90 + 1):
        left, right = string(i * 90 + 10), string(i * 90 + 75)
        tip = (left[0] + 32, (left[1] + right[1]) / 2 + 66)
        c.poly([left, right, tip], colours[i % len(colours)])
    c.line([string(x) for x in range(-10, c.width + 20, 10)], CREAM, 4)
