"""People, drawn flat: standing, sitting, seen from behind, or as a portrait."""

from dataclasses import dataclass, replace
from random import Random

from app.rehearsal.make.canvas import BRIGHT, INK, MUSTARD, WHITE, Canvas, Point, darker

SKINS = ("#f6cfb0", "#eab58f", "#d99a6c", "#b97a4f", "#8d5a3a", "#6b4129")
HAIRS = ("#2a2233", "#3d2a24", "#6b4226", "#a3653a", "#d9a441", "#c9c4c0", "#b5432f", "#5b4a8a")
STYLES = ("short", "long", "bun", "afro", "bob", "bald", "curly", "hijab", "cap", "tail")


@dataclass(frozen=True, slots=True)
class Look:
    """How one person looks."""

    skin: str
    hair: str
    style: str
    top: str
    bottom: str = "#39406a"
    glasses: bool = False
    beard: bool = False
    badge: bool = True


def some_look(rng: Random) -> Look:
    """Somebody."""
    style = rng.choice(STYLES)
    return Look(
        skin=rng.choice(SKINS),
        hair=rng.choice(BRIGHT) if style in ("hijab", "cap") else rng.choice(HAIRS),
        style=style,
        top=rng.choice((*BRIGHT, "#e9e4f0", "#4a6fa5", "#37415f")),
        bottom=rng.choice(("#39406a", "#2d3250", "#54607f", "#7a5c46")),
        glasses=rng.random() < 0.3,
        beard=style in ("short", "bald", "cap", "curly") and rng.random() < 0.5,
    )


ARMS: dict[str, tuple[Point, Point]] = {
    "down": ((0.17, 0.36), (0.15, 0.52)),
    "hip": ((0.23, 0.36), (0.11, 0.47)),
    "cup": ((0.19, 0.38), (0.13, 0.29)),
    "wave": ((0.26, 0.26), (0.27, 0.06)),
    "up": ((0.22, 0.13), (0.17, -0.04)),
    "point": ((0.26, 0.27), (0.42, 0.2)),
    "talk": ((0.22, 0.35), (0.3, 0.27)),
    "phone": ((0.18, 0.35), (0.08, 0.25)),
    "sign": ((0.2, 0.34), (0.06, 0.24)),
    "fold": ((0.18, 0.36), (-0.04, 0.34)),
}
"""Elbow and hand beside the body's middle, in body heights from the top of the head; mirrored for the left."""


def person(
    c: Canvas,
    x: float,
    y: float,
    h: float,
    look: Look,
    *,
    left: str = "down",
    right: str = "down",
    turn: float = 0,
    seated: bool = False,
    back: bool = False,
) -> None:
    """Somebody whose feet (whose seat, when seated) are at x, y and who would stand `h` high.

    `turn` is where they look: -1 left, 0 at us, 1 right.
    """
    top = y - h * (0.56 if seated else 1)
    if not seated:
        _legs(c, x, y, h, look)
    if look.style in ("long", "tail") and not back:
        _hair_behind(c, x, top, h, look)
    c.rect(x - 0.13 * h, top + 0.2 * h, 0.26 * h, 0.36 * h, look.top, r=0.09 * h)
    if look.badge and not back:
        _badge(c, x, top, h)
    _arm(c, x, top, h, look, left, -1)
    _arm(c, x, top, h, look, right, 1)
    c.rect(x - 0.035 * h, top + 0.14 * h, 0.07 * h, 0.09 * h, darker(look.skin, 0.12), r=0.03 * h)
    head(c, x, top + 0.095 * h, 0.088 * h, look, turn=turn, back=back)


def _legs(c: Canvas, x: float, y: float, h: float, look: Look) -> None:
    c.oval(x, y, 0.2 * h, 0.022 * h, darker("#cfc3b4", 0.12))
    for side in (-1, 1):
        foot = x + side * 0.07 * h
        c.line([(x + side * 0.055 * h, y - 0.5 * h), (foot, y - 0.065 * h)], look.bottom, 0.105 * h)
        c.rect(foot - 0.055 * h, y - 0.045 * h, 0.115 * h, 0.045 * h, "#f4efe6", r=0.02 * h)


def _badge(c: Canvas, x: float, top: float, h: float) -> None:
    c.line([(x - 0.045 * h, top + 0.2 * h), (x, top + 0.36 * h)], MUSTARD, 0.012 * h)
    c.line([(x + 0.045 * h, top + 0.2 * h), (x, top + 0.36 * h)], MUSTARD, 0.012 * h)
    c.rect(x - 0.04 * h, top + 0.35 * h, 0.08 * h, 0.06 * h, WHITE, r=0.01 * h)


def _arm(c: Canvas, x: float, top: float, h: float, look: Look, pose: str, side: int) -> None:
    elbow, hand = (
        (x + side * dx * h, top + dy * h + (0.02 * h if dy > 0.3 else 0)) for dx, dy in ARMS[pose]
    )
    shoulder = (x + side * 0.105 * h, top + 0.245 * h)
    c.line([shoulder, elbow, hand], darker(look.top, 0.12), 0.07 * h)
    c.dot(*hand, 0.038 * h, look.skin)
    if pose == "cup":
        c.rect(hand[0] - 0.03 * h, hand[1] - 0.075 * h, 0.06 * h, 0.075 * h, WHITE, r=0.012 * h)
    if pose == "phone":
        c.rect(hand[0] - 0.022 * h, hand[1] - 0.07 * h, 0.044 * h, 0.085 * h, INK, r=0.008 * h)


def _hair_behind(c: Canvas, x: float, top: float, h: float, look: Look) -> None:
    if look.style == "long":
        c.rect(x - 0.105 * h, top + 0.02 * h, 0.21 * h, 0.26 * h, look.hair, r=0.1 * h)
    else:
        c.line(
            [(x + 0.07 * h, top + 0.06 * h), (x + 0.13 * h, top + 0.24 * h)], look.hair, 0.06 * h
        )


def head(
    c: Canvas, x: float, y: float, r: float, look: Look, *, turn: float = 0, back: bool = False
) -> None:
    """A head of radius r around x, y."""
    if look.style == "afro":
        c.dot(x, y - 0.25 * r, 1.55 * r, look.hair)
    if look.style == "bun":
        c.dot(x, y - 1.25 * r, 0.5 * r, look.hair)
    if look.style == "bob":
        c.rect(x - 1.2 * r, y - 1.1 * r, 2.4 * r, 2.25 * r, look.hair, r=r)
    if look.style == "hijab":
        c.oval(x, y + 0.15 * r, 1.28 * r, 1.45 * r, look.hair)
    if back:
        c.oval(x, y, r, 1.12 * r, look.skin if look.style == "bald" else look.hair)
        if look.style in ("long", "hijab"):
            c.rect(x - 1.15 * r, y - 0.4 * r, 2.3 * r, 2.4 * r, look.hair, r=0.8 * r)
        return
    c.dot(x - r, y + 0.1 * r, 0.2 * r, darker(look.skin, 0.08))
    c.dot(x + r, y + 0.1 * r, 0.2 * r, darker(look.skin, 0.08))
    c.oval(x, y, r, 1.12 * r, look.skin)
    _beard(c, x, y, r, look)
    _hair_front(c, x, y, r, look)
    _face(c, x + turn * 0.35 * r, y, r, look)


def _beard(c: Canvas, x: float, y: float, r: float, look: Look) -> None:
    if look.beard:
        c.pie(x, y + 0.1 * r, 1.05 * r, 10, 170, look.hair if look.style != "cap" else "#3d2a24")
        c.oval(x, y + 0.2 * r, 0.72 * r, 0.4 * r, look.skin)


def _hair_front(c: Canvas, x: float, y: float, r: float, look: Look) -> None:
    if look.style in ("short", "long", "bun", "tail", "bob"):
        c.pie(x, y - 0.12 * r, 1.08 * r, 185, 355, look.hair)
    elif look.style == "curly":
        for dx, dy in ((-0.85, -0.35), (-0.5, -0.85), (0, -1.02), (0.5, -0.85), (0.85, -0.35)):
            c.dot(x + dx * r, y + dy * r, 0.45 * r, look.hair)
    elif look.style == "afro":
        c.pie(x, y - 0.25 * r, 1.05 * r, 190, 350, look.hair)
    elif look.style == "cap":
        c.pie(x, y - 0.15 * r, 1.1 * r, 180, 360, look.hair)
        c.rect(x - 0.2 * r, y - 0.28 * r, 1.7 * r, 0.24 * r, darker(look.hair), r=0.1 * r)
    elif look.style == "hijab":
        c.pie(x, y - 0.25 * r, 1.08 * r, 195, 345, look.hair)


def _face(c: Canvas, x: float, y: float, r: float, look: Look) -> None:
    for side in (-1, 1):
        c.oval(x + side * 0.36 * r, y + 0.02 * r, 0.085 * r, 0.12 * r, INK)
        if look.glasses:
            c.ring(x + side * 0.38 * r, y + 0.03 * r, 0.3 * r, INK, 0.07 * r)
    if look.glasses:
        c.line([(x - 0.1 * r, y), (x + 0.1 * r, y)], INK, 0.07 * r)
    c.arc(x, y + 0.28 * r, 0.38 * r, 25, 155, darker(look.skin, 0.55), 0.1 * r)


def behind(c: Canvas, x: float, y: float, size: float, look: Look) -> None:
    """Head and shoulders of somebody in front of us who looks away; the head's middle is at x, y."""
    c.rect(x - 1.9 * size, y + 1.2 * size, 3.8 * size, 4 * size, look.top, r=1.3 * size)
    c.rect(x - 0.4 * size, y + 0.7 * size, 0.8 * size, 0.9 * size, darker(look.skin, 0.15))
    head(c, x, y, size, look, back=True)


def portrait(c: Canvas, look: Look) -> None:
    """A bust that fills a square sheet."""
    s = c.width
    if look.style == "long":
        c.rect(0.24 * s, 0.18 * s, 0.52 * s, 0.6 * s, look.hair, r=0.24 * s)
    if look.style == "tail":
        c.line([(0.66 * s, 0.3 * s), (0.8 * s, 0.62 * s)], look.hair, 0.14 * s)
    c.rect(0.16 * s, 0.72 * s, 0.68 * s, 0.6 * s, look.top, r=0.22 * s)
    c.rect(0.42 * s, 0.56 * s, 0.16 * s, 0.24 * s, darker(look.skin, 0.12), r=0.07 * s)
    head(c, 0.5 * s, 0.43 * s, 0.205 * s, look)


def without_badge(look: Look) -> Look:
    return replace(look, badge=False)
