"""Photographs from the rooms: stages, slides, questions."""

from random import Random

from app.rehearsal.make.canvas import (
    BRIGHT,
    CORAL,
    CREAM,
    INK,
    LILAC,
    MUSTARD,
    NIGHT,
    PAPER,
    ROSE,
    SAND,
    SKY,
    TEAL,
    WHITE,
    Canvas,
    darker,
    lighter,
    mix,
)
from app.rehearsal.make.figures import Look, behind, person, some_look
from app.rehearsal.make.scenes import crowd, scene


def room(c: Canvas, wall: str, *, lamp: str = WHITE) -> None:
    """A hall with a stage, a screen frame and (after the slide is drawn) nobody in it yet."""
    c.fade(0, 0, c.width, c.height, darker(wall, 0.25), wall)
    for x in (120, c.width - 120):
        c.shade([(x, -20), (x - 260, 760), (x + 260, 760)], lamp, 0.07)
        c.rect(x - 26, 0, 52, 34, darker(wall, 0.6), r=10)
    c.rect(0, 700, c.width, 40, lighter(wall, 0.22))
    c.rect(0, 735, c.width, 300, darker(wall, 0.45))


def screen(c: Canvas, x: float, y: float, w: float, h: float, colour: str) -> None:
    c.glow(x + w / 2, y + h / 2, w * 0.62, lighter(colour, 0.5), 0.28)
    c.rect(x - 12, y - 12, w + 24, h + 24, NIGHT, r=14)
    c.rect(x, y, w, h, colour, r=6)


def audience(c: Canvas, rng: Random) -> None:
    crowd(c, rng, 830, 34, dim=0.55)
    crowd(c, rng, 920, 52, dim=0.72)


def lectern(c: Canvas, x: float, y: float, colour: str) -> None:
    c.poly([(x - 60, y - 150), (x + 60, y - 150), (x + 45, y), (x - 45, y)], colour)
    c.rect(x - 74, y - 165, 148, 22, lighter(colour), r=6)
    c.line([(x + 30, y - 165), (x + 10, y - 205)], INK, 5)


@scene(
    "keynote-stage",
    "A full hall from the back row: on the stage a woman with grey hair in a coral jacket, behind "
    "her a huge slide that says “Software is a conversation”.",
)
def keynote(c: Canvas, rng: Random) -> None:
    room(c, "#3b3b78")
    screen(c, 420, 70, 960, 540, PAPER)
    c.rect(420, 70, 960, 540, CREAM, r=6)
    c.dot(1225, 480, 105, ROSE)
    c.rect(1010, 400, 190, 110, TEAL, r=50)
    c.poly([(1050, 500), (1110, 500), (1040, 550)], TEAL)
    c.rect(1150, 480, 150, 90, CORAL, r=42)
    c.poly([(1230, 555), (1270, 555), (1290, 596)], CORAL)
    c.text(480, 220, "Software is", 92, INK, bold=True)
    c.text(480, 330, "a conversation", 92, INK, bold=True)
    c.text(484, 440, "Marit Solberg", 40, TEAL)
    c.text(484, 500, "#PyFest26", 34, darker(CORAL))
    person(
        c,
        260,
        705,
        400,
        Look("#eab58f", "#c9c4c0", "bob", CORAL, glasses=True),
        left="hip",
        right="talk",
        turn=0.6,
    )
    audience(c, rng)


@scene(
    "slide-types",
    "Slide in a blue room: a bar chart titled “Bugs found before review”, rising from 12 per cent "
    "without types to 61 per cent with strict types.",
)
def slide_types(c: Canvas, rng: Random) -> None:
    room(c, "#2f5d73")
    screen(c, 180, 60, 1040, 585, WHITE)
    c.text(240, 130, "Bugs found before review", 56, INK, bold=True)
    for i, (share, label) in enumerate(
        ((12, "no types"), (34, "some"), (48, "checked"), (61, "strict"))
    ):
        x = 270 + i * 230
        c.rect(x, 540 - share * 5.6, 150, share * 5.6, (SAND, SKY, LILAC, TEAL)[i], r=10)
        c.text(x + 75, 512 - share * 5.6, f"{share} %", 38, INK, anchor="mm", bold=True)
        c.text(x + 75, 582, label, 34, INK, anchor="mm")
    c.line([(240, 545), (1160, 545)], INK, 4)
    person(
        c,
        1420,
        705,
        390,
        Look("#8d5a3a", "#2a2233", "afro", MUSTARD),
        left="point",
        right="down",
        turn=-1,
    )
    audience(c, rng)


@scene(
    "slide-packaging",
    "Slide with a cartoon parcel and the words “Your lock file is a love letter to your future "
    "self”; the speaker laughs beside it.",
)
def slide_packaging(c: Canvas, rng: Random) -> None:
    room(c, "#7a4a5e")
    screen(c, 390, 60, 1040, 585, "#fff6e6")
    c.text(450, 150, "Your lock file", 70, INK, bold=True)
    c.text(450, 235, "is a love letter", 70, CORAL, bold=True)
    c.text(450, 320, "to your future self", 70, INK, bold=True)
    c.rect(1080, 380, 260, 210, "#d19a66", r=12)
    c.rect(1190, 380, 44, 210, "#f0d9a8")
    c.poly([(1080, 392), (1110, 330), (1370, 330), (1340, 392)], "#b87f4d")
    c.dot(1176, 470, 34, CORAL)
    c.dot(1236, 470, 34, CORAL)
    c.poly([(1146, 486), (1266, 486), (1206, 556)], CORAL)
    c.text(450, 560, "uv lock && git commit", 36, TEAL)
    lectern(c, 200, 705, "#a56b4a")
    person(
        c,
        200,
        700,
        390,
        Look("#f6cfb0", "#b5432f", "tail", TEAL),
        left="up",
        right="talk",
        turn=0.5,
    )
    lectern(c, 200, 720, "#a56b4a")
    audience(c, rng)


@scene(
    "slide-async",
    "Slide with coloured bars: three waits one after the other take nine seconds, together they take "
    "three. Title: “Waiting is not working”.",
)
def slide_async(c: Canvas, rng: Random) -> None:
    room(c, "#275a53")
    screen(c, 180, 60, 1040, 585, NIGHT)
    c.text(240, 135, "Waiting is not working", 62, CREAM, bold=True)
    c.text(240, 225, "one after the other: 9 s", 34, SKY)
    c.text(240, 400, "together: 3 s", 34, SKY)
    for i, colour in enumerate((CORAL, MUSTARD, LILAC)):
        c.rect(240 + i * 300, 262, 290, 62, colour, r=14)
        c.rect(240, 435 + i * 62, 290, 50, colour, r=14)
    c.text(590, 495, "async with TaskGroup() as tg:", 40, CREAM)
    person(
        c,
        1400,
        705,
        400,
        Look("#d99a6c", "#2a2233", "short", LILAC, beard=True),
        left="talk",
        right="hip",
        turn=-0.6,
    )
    audience(c, rng)


@scene(
    "slide-a11y",
    "Slide that asks “Who is not in the room?” above a row of empty chairs; a speaker in a wheelchair "
    "gestures towards it.",
)
def slide_a11y(c: Canvas, rng: Random) -> None:
    room(c, "#4d4a86")
    screen(c, 400, 60, 1020, 575, "#f3eefe")
    c.text(460, 160, "Who is not", 84, INK, bold=True)
    c.text(460, 260, "in the room?", 84, "#7b5cd6", bold=True)
    for i in range(6):
        x = 480 + i * 150
        c.rect(x, 420, 84, 90, BRIGHT[i], r=14)
        c.rect(x - 6, 500, 96, 26, darker(BRIGHT[i]), r=8)
        c.line([(x + 6, 525), (x + 6, 580)], INK, 8)
        c.line([(x + 78, 525), (x + 78, 580)], INK, 8)
    look = Look("#b97a4f", "#3d2a24", "curly", CORAL, glasses=True)
    person(c, 220, 660, 400, look, left="hip", right="point", turn=0.8, seated=True)
    c.rect(160, 640, 130, 30, "#39406a", r=14)
    c.ring(200, 660, 74, "#cfd3e6", 12)
    c.line([(270, 655), (320, 700)], "#39406a", 34)
    c.dot(330, 712, 22, "#cfd3e6")
    audience(c, rng)


@scene(
    "slide-data",
    "Map of a city on the screen, covered with dots of light for every bicycle that was counted; the "
    "title says “58 sensors, 1 laptop”.",
)
def slide_data(c: Canvas, rng: Random) -> None:
    room(c, "#5b3f6b")
    screen(c, 180, 60, 1040, 585, "#141a33")
    for _ in range(26):
        x, y = rng.uniform(200, 1200), rng.uniform(80, 630)
        c.line(
            [
                (x, y),
                (min(1200, x + rng.uniform(60, 220)), y + rng.uniform(-30, 10) if y > 120 else y),
            ],
            "#2d3763",
            5,
        )
    c.line([(190, 480), (480, 420), (760, 500), (1210, 400)], "#27548a", 34)
    for _ in range(150):
        x, y = min(1190, max(200, rng.gauss(760, 230))), min(630, max(215, rng.gauss(420, 120)))
        c.dot(x, y, rng.choice((3, 4, 6, 9)), rng.choice((MUSTARD, CORAL, "#ffe3a3")))
    c.text(230, 135, "58 sensors, 1 laptop", 64, CREAM, bold=True)
    person(
        c, 1420, 705, 390, Look("#6b4129", "#e4556a", "hijab", "#4a6fa5"), left="point", turn=-0.8
    )
    audience(c, rng)


@scene(
    "slide-legacy",
    "Slide with a drawing of a tangled ball of wool and one loose thread: “Pull one thread. Write "
    "one test. Repeat.”",
)
def slide_legacy(c: Canvas, rng: Random) -> None:
    room(c, "#6b5a34")
    screen(c, 390, 60, 1040, 585, "#fdf7ea")
    c.dot(1190, 330, 175, "#e8804f")
    for i in range(9):
        c.arc(
            1190 + (i % 3 - 1) * 26,
            330 + (i // 3 - 1) * 26,
            92 + 8 * i,
            i * 40,
            i * 40 + 190,
            "#b9542f",
            7,
        )
    c.line([(1060, 440), (960, 520), (820, 500), (700, 560), (560, 540)], "#b9542f", 7)
    c.text(450, 170, "Pull one thread.", 64, INK, bold=True)
    c.text(450, 270, "Write one test.", 64, INK, bold=True)
    c.text(450, 370, "Repeat.", 64, TEAL, bold=True)
    person(
        c,
        220,
        705,
        400,
        Look("#f6cfb0", "#c9c4c0", "short", "#37415f", beard=True, glasses=True),
        left="down",
        right="point",
        turn=0.6,
    )
    audience(c, rng)


@scene(
    "interpreter",
    "A sign-language interpreter in black signs in front of a blue light, the speaker at the lectern "
    "beside her, live captions on the screen.",
)
def interpreter(c: Canvas, rng: Random) -> None:
    room(c, "#34507c", lamp=SKY)
    screen(c, 620, 70, 660, 380, PAPER)
    c.text(670, 150, "Captions, live", 48, INK, bold=True)
    for i, w in enumerate((560, 500, 590, 320)):
        c.rect(672, 220 + i * 52, w - 30, 24, mix(SAND, INK, 0.1 + 0.12 * i), r=10)
    c.glow(360, 430, 330, SKY, 0.5)
    person(
        c,
        360,
        720,
        520,
        Look("#eab58f", "#6b4226", "bun", "#20243d", "#20243d", badge=False),
        left="sign",
        right="talk",
    )
    person(
        c,
        1420,
        705,
        380,
        Look("#b97a4f", "#2a2233", "short", MUSTARD, beard=True),
        left="talk",
        right="down",
        turn=-0.5,
    )
    lectern(c, 1420, 720, "#8a5a3c")
    audience(c, rng)


@scene(
    "lightning-queue",
    "Nine people wait in a line along the wall to give a lightning talk; a big clock over them "
    "shows 4:37.",
)
def lightning(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 760, "#ffd27a", "#ffe6b0")
    c.rect(0, 760, 1600, 240, "#b5754c")
    for x in range(-200, 1700, 230):
        c.poly([(x, 1000), (x + 90, 760), (x + 96, 760), (x + 14, 1000)], "#a4663f")
    c.rect(480, 60, 640, 190, NIGHT, r=30)
    c.text(800, 158, "4:37", 150, "#ff8d6b", anchor="mm", bold=True)
    c.text(250, 158, "LIGHTNING", 58, INK, anchor="mm", bold=True)
    c.text(1350, 158, "TALKS", 58, INK, anchor="mm", bold=True)
    poses = ["phone", "down", "fold", "cup", "hip", "talk", "wave", "phone", "down"]
    for i, pose in enumerate(poses):
        person(
            c,
            130 + i * 168,
            880 + rng.uniform(-8, 30),
            500 + rng.uniform(-50, 40),
            some_look(rng),
            right=pose,
            turn=0.5 if i % 3 else -0.6,
        )


@scene("question", "A man with a microphone asks a question from the audience; heads turn to him.")
def question(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 1000, "#40386b", "#8a6a9c")
    for i in range(7):
        c.glow(120 + i * 230, 70, 60, "#ffe3a3", 0.8)
    for i in range(6):
        behind(c, 130 + i * 280, 470 + 20 * (i % 2), 62, some_look(rng))
    person(
        c,
        830,
        1080,
        800,
        Look("#8d5a3a", "#2a2233", "short", TEAL, glasses=True, beard=True),
        left="fold",
        right="phone",
    )
    for i, x in enumerate((80, 350, 600, 1110, 1350, 1560)):
        behind(c, x, 770 + 30 * (i % 2), 84, some_look(rng))


@scene(
    "from-the-stage",
    "What speakers see: a bright hall full of faces, some wave back at the camera.",
)
def from_the_stage(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 1000, "#5d4a86", "#d98d7a")
    for i in range(5):
        c.glow(160 + i * 320, 60, 90, "#ffe9c2", 0.8)
    for row in range(4):
        size = 190 + row * 95
        y = 330 + row * 205
        for i in range(int(1700 / (size * 0.6)) + 1):
            x = i * size * 0.6 + (row % 2) * size * 0.3 - 20
            pose = rng.choice(("down", "down", "fold", "wave", "up", "cup"))
            person(
                c,
                x,
                y + size * 0.5,
                size,
                some_look(rng),
                right=pose,
                turn=rng.uniform(-0.4, 0.4),
                seated=True,
            )
        c.rect(-20, y + size * 0.36, 1640, 300, mix("#c06a55", NIGHT, 0.12 * row), r=20)
