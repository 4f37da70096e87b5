"""A sheet to draw flat pictures on: logical pixels, drawn at three times the size and smoothed."""

from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

SCALE = 3
Point = tuple[float, float]

NIGHT, INK, CREAM, PAPER, WHITE = "#1d2440", "#2b2f4a", "#fff1dc", "#fbfaf5", "#ffffff"
CORAL, MUSTARD, TEAL, SKY, LILAC = "#ff6f59", "#ffb627", "#1b998b", "#7cc6fe", "#b79ced"
ROSE, GREEN, SAND, WOOD, BRICK = "#f7a1b4", "#5aa469", "#ecdcc2", "#b5754c", "#c2513f"
BRIGHT = (CORAL, MUSTARD, TEAL, SKY, LILAC, ROSE, GREEN)


def mix(one: str, other: str, share: float) -> str:
    """The colour `share` of the way from one to the other."""
    a, b = ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3]
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


def darker(colour: str, share: float = 0.18) -> str:
    return mix(colour, "#10142b", share)


def lighter(colour: str, share: float = 0.25) -> str:
    return mix(colour, WHITE, share)


class Canvas:
    """One picture of `width` × `height` logical pixels."""

    def __init__(self, width: int, height: int, colour: str = CREAM) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * SCALE, height * SCALE), colour)
        self._draw = ImageDraw.Draw(self._image)

    def rect(self, x: float, y: float, w: float, h: float, colour: str, r: float = 0) -> None:
        """A box with its upper left corner at x, y and corners of radius r."""
        box = _scaled((x, y), (x + w, y + h))
        self._draw.rounded_rectangle(box, r * SCALE, fill=colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: str) -> None:
        """An ellipse around x, y."""
        self._draw.ellipse(_scaled((x - rx, y - ry), (x + rx, y + ry)), fill=colour)

    def dot(self, x: float, y: float, r: float, colour: str) -> None:
        self.oval(x, y, r, r, colour)

    def ring(self, x: float, y: float, r: float, colour: str, width: float) -> None:
        self._draw.ellipse(
            _scaled((x - r, y - r), (x + r, y + r)), outline=colour, width=round(width * SCALE)
        )

    def poly(self, points: Sequence[Point], colour: str) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def pie(self, x: float, y: float, r: float, start: float, end: float, colour: str) -> None:
        """A sector; degrees, clockwise from three o'clock."""
        self._draw.pieslice(_scaled((x - r, y - r), (x + r, y + r)), start, end, fill=colour)

    def arc(
        self, x: float, y: float, r: float, start: float, end: float, colour: str, width: float
    ) -> None:
        box = _scaled((x - r, y - r), (x + r, y + r))
        self._draw.arc(box, start, end, fill=colour, width=round(width * SCALE))

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A line through all points with round ends and joints."""
        for (x1, y1), (x2, y2) in pairwise(points):
            ends = (x1 * SCALE, y1 * SCALE, x2 * SCALE, y2 * SCALE)
            self._draw.line(ends, fill=colour, width=round(width * SCALE))
        for x, y in points:
            self.dot(x, y, width / 2, colour)

    def fade(self, x: float, y: float, w: float, h: float, top: str, bottom: str) -> None:
        """A box that goes from one colour to another, downwards."""
        for row in range(round(h * SCALE)):
            line = (x * SCALE, y * SCALE + row, (x + w) * SCALE, y * SCALE + row)
            self._draw.line(line, fill=mix(top, bottom, row / (h * SCALE)))

    def glow(self, x: float, y: float, r: float, colour: str, strength: float = 0.5) -> None:
        """Soft light around x, y."""
        small = Image.new("L", (self.width // 4, self.height // 4))
        box = [(x - r) / 4, (y - r) / 4, (x + r) / 4, (y + r) / 4]
        ImageDraw.Draw(small).ellipse(box, fill=round(255 * strength))
        soft = small.filter(ImageFilter.GaussianBlur(r / 8)).resize(self._image.size)
        self._image.paste(Image.new("RGB", self._image.size, colour), mask=soft)

    def shade(self, points: Sequence[Point], colour: str, strength: float) -> None:
        """A see-through polygon: a beam of light, a shadow."""
        mask = Image.new("L", self._image.size)
        ImageDraw.Draw(mask).polygon(
            [(x * SCALE, y * SCALE) for x, y in points], fill=round(255 * strength)
        )
        self._image.paste(Image.new("RGB", self._image.size, colour), mask=mask)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        anchor: str = "lm",
        bold: bool = False,
        turn: float = 0,
    ) -> None:
        """Text at x, y; `anchor` as Pillow has it, `turn` in degrees against the clock (around x, y)."""
        font = ImageFont.load_default(size * SCALE)
        stroke = size * SCALE / 28 if bold else 0
        at = (x * SCALE, y * SCALE)
        if not turn:
            self._draw.text(at, text, fill=colour, font=font, anchor=anchor, stroke_width=stroke)
            return
        mask = Image.new("L", self._image.size)
        ImageDraw.Draw(mask).text(at, text, fill=255, font=font, anchor=anchor, stroke_width=stroke)
        turned = mask.rotate(turn, Image.Resampling.BICUBIC, center=at)
        self._image.paste(Image.new("RGB", self._image.size, colour), mask=turned)

    def image(self) -> Image.Image:
        """The picture at its logical size."""
        return self._image.resize((self.width, self.height), Image.Resampling.LANCZOS)

    def webp(self, quality: int = 88) -> bytes:
        """The picture at its logical size as WebP."""
        out = BytesIO()
        self.image().save(out, "WEBP", quality=quality, method=6, use_sharp_yuv=True)
        return out.getvalue()


def cutout(size: int, paint: Callable[[Canvas], None]) -> bytes:
    """A square picture without ground, as WebP: what differs on white and on black is see-through."""
    on_white, on_black = Canvas(size, size, WHITE), Canvas(size, size, "#000000")
    paint(on_white)
    paint(on_black)
    through = ImageChops.difference(on_white.image(), on_black.image()).getchannel("G")
    picture = on_white.image().convert("RGBA")
    picture.putalpha(ImageChops.invert(through))
    out = BytesIO()
    picture.save(out, "WEBP", lossless=True, method=6)
    return out.getvalue()


def _scaled(one: Point, other: Point) -> tuple[float, float, float, float]:
    return one[0] * SCALE, one[1] * SCALE, other[0] * SCALE - 1, other[1] * SCALE - 1
