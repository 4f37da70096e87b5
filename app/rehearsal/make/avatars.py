"""Portraits and custom emoji, drawn."""

from dataclasses import replace
from random import Random

from app.rehearsal.make.canvas import (
    BRIGHT,
    CORAL,
    CREAM,
    INK,
    MUSTARD,
    NIGHT,
    SKY,
    TEAL,
    Canvas,
    cutout,
    lighter,
    mix,
)
from app.rehearsal.make.figures import Look, portrait, some_look
from app.rehearsal.make.posts import Person
from app.rehearsal.make.scenes import logo

SIZE = 256
LOOKS = {
    "marit": Look("#eab58f", "#c9c4c0", "bob", CORAL, glasses=True),
    "adaeze": Look("#8d5a3a", "#2a2233", "afro", MUSTARD),
    "noor": Look("#6b4129", "#e4556a", "hijab", "#4a6fa5"),
    "fiona": Look("#f6cfb0", "#b5432f", "tail", TEAL),
    "dariush": Look("#d99a6c", "#2a2233", "short", "#b79ced", beard=True),
    "ravi": Look("#b97a4f", "#3d2a24", "curly", CORAL, glasses=True),
    "gerd": Look("#f6cfb0", "#c9c4c0", "short", "#37415f", beard=True, glasses=True),
    "rosa": Look("#eab58f", "#6b4226", "bun", "#20243d"),
    "lena": Look("#f6cfb0", "#d9a441", "long", TEAL),
    "jonas": Look("#f6cfb0", "#a3653a", "curly", "#5aa469", beard=True),
    "kofi": Look("#6b4129", "#2a2233", "short", MUSTARD, glasses=True),
    "mei": Look("#f6cfb0", "#2a2233", "bob", "#e9e4f0"),
    "oldpeer": Look("#eab58f", "#c9c4c0", "bald", "#4a6fa5", beard=True, glasses=True),
    "amira": Look("#d99a6c", "#1b998b", "hijab", "#37415f"),
    "matilda": Look("#f6cfb0", "#5b4a8a", "bun", "#f7a1b4", glasses=True),
}
"""Those who also stand on the photographs, or whose posts say how they look."""
SKIN = (
    dict.fromkeys(("chidi", "thandi", "reader25", "reader26"), "#6b4129")
    | dict.fromkeys(("haruka", "jihoon", "weilin", "hyejin", "reader30", "reader31"), "#f6cfb0")
    | dict.fromkeys(("arjun", "ananya", "kavya", "reader20", "reader29"), "#b97a4f")
    | dict.fromkeys(("niran", "shirin", "reader07", "reader12", "reader24", "reader32"), "#eab58f")
)
SCARVES = {"shirin", "reader03", "reader17", "reader34"}
BEARDS = {"arjun", "bo", "chidi", "dmytro", "felix", "sergio", "tomasz", "yusuf", "reader01"}


def avatar(person: Person) -> bytes:
    """The portrait of a person as WebP: 256 px square, the same bytes every time."""
    rng = Random(f"portrait {person.id}")
    c = Canvas(SIZE, SIZE)
    _backdrop(c, rng)
    if person.part == "event":
        c.fade(0, 0, SIZE, SIZE, TEAL, "#146f66")
        logo(c, 114, 128, 44, CREAM)
    elif person.part == "group":
        _books(c)
    elif person.part == "spam":
        c.fade(0, 0, SIZE, SIZE, "#ff3b3b", "#ffb000")
        c.text(128, 132, "-90%", 92, CREAM, anchor="mm", bold=True)
    elif person.part == "troll":
        portrait(c, Look("#9aa0b5", "#23243a", "cap", "#23243a"))
        c.rect(66, 94, 124, 34, NIGHT, r=14)
    else:
        portrait(c, LOOKS.get(person.id) or _look(person, rng))
    return c.webp(80)


def _look(person: Person, rng: Random) -> Look:
    look = some_look(rng)
    style = look.style
    if style == "hijab" and person.id not in SCARVES:
        look = replace(look, style="curly", hair="#3d2a24")
    if person.id in SKIN:
        look = replace(look, skin=SKIN[person.id], hair="#2a2233" if style != "cap" else look.hair)
    return replace(look, beard=look.beard and person.id in BEARDS)


def _backdrop(c: Canvas, rng: Random) -> None:
    one, other = rng.sample(BRIGHT, 2)
    c.fade(0, 0, SIZE, SIZE, lighter(one, 0.35), mix(one, other, 0.6))
    kind = rng.randrange(4)
    tint = lighter(other, 0.35)
    if kind == 0:
        c.dot(128, 150, 108, tint)
    elif kind == 1:
        for i in range(6):
            c.line([(-40 + i * 70, -10), (-150 + i * 70, 270)], tint, 16)
    elif kind == 2:
        for i in range(36):
            c.dot(18 + (i % 6) * 44, 18 + (i // 6) * 44, 8, tint)
    else:
        c.poly([(-10, 256), (128, 20), (266, 256)], tint)


def _books(c: Canvas) -> None:
    c.fade(0, 0, SIZE, SIZE, "#7a4f3f", "#5c3a2c")
    for i, h in enumerate((120, 150, 100, 138, 160, 112)):
        c.rect(28 + i * 34, 206 - h, 28, h, BRIGHT[i], r=5)
    c.rect(14, 206, 228, 16, MUSTARD, r=6)


def emoji(name: str) -> bytes:
    """A custom emoji as WebP, 128 px square, see-through where nothing is drawn."""
    return cutout(128, EMOJI[name])


def _snek(c: Canvas) -> None:
    c.line([(18, 96), (46, 60), (70, 92), (98, 46)], TEAL, 30)
    c.dot(98, 40, 21, TEAL)
    c.dot(104, 34, 5, INK)
    c.line([(112, 46), (122, 50)], CORAL, 5)


def _pyheart(c: Canvas) -> None:
    c.dot(42, 46, 30, CORAL)
    c.dot(86, 46, 30, CORAL)
    c.poly([(15, 60), (113, 60), (64, 118)], CORAL)
    c.dot(64, 58, 15, MUSTARD)


def _blobwave(c: Canvas) -> None:
    c.rect(18, 34, 84, 84, SKY, r=40)
    c.line([(94, 66), (116, 34)], SKY, 20)
    c.dot(48, 72, 6, INK)
    c.dot(72, 72, 6, INK)
    c.arc(60, 84, 13, 20, 160, INK, 5)


EMOJI = {"snek": _snek, "pyheart": _pyheart, "blobwave": _blobwave}
