"""Photographs of things: what lies on tables, hangs on walls and wears a badge."""

from random import Random

from app.rehearsal.make.canvas import (
    BRIGHT,
    CORAL,
    CREAM,
    GREEN,
    INK,
    LILAC,
    MUSTARD,
    NIGHT,
    PAPER,
    ROSE,
    SKY,
    TEAL,
    WHITE,
    WOOD,
    Canvas,
    darker,
    lighter,
    mix,
)
from app.rehearsal.make.figures import Look, person, some_look
from app.rehearsal.make.scenes import PORTRAIT, SQUARE, bunting, logo, plant, scene


@scene(
    "sticker-table",
    "A table seen from above, full of stickers: snakes, hearts, ducks, “be kind” and “I read the docs”.",
    SQUARE,
)
def stickers(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1200, 1200, "#c99a6b", "#b98656")
    for plank in range(0, 1200, 150):
        c.line([(0, plank), (1200, plank)], "#ad7b4d", 3)
    words = ("import this", "I read the docs", "works for me", "self.care()", "ship it", "be kind")
    spots = [(column, row) for row in range(110, 1200, 196) for column in range(120, 1200, 240)]
    for i, (column, row) in enumerate(spots):
        x, y = column + rng.uniform(-24, 24), row + rng.uniform(-22, 22)
        colour, kind = BRIGHT[i % 7], (i + 2 * (i // 5)) % 5
        if kind == 0:
            c.rect(x - 112, y - 52, 224, 104, WHITE, r=52)
            c.rect(x - 104, y - 44, 208, 88, colour, r=44)
            c.text(x, y, words[(i // 5) % 6], 27, NIGHT, anchor="mm", bold=True)
        elif kind == 1:
            _snake(c, x, y, colour)
        elif kind == 2:
            _heart(c, x, y, colour)
        elif kind == 3:
            _duck(c, x, y)
        else:
            c.dot(x, y, 84, WHITE)
            c.dot(x, y, 76, NIGHT)
            c.text(
                x,
                y,
                ("{ }", "26", "#!", ">>>", "404")[i // 5 % 5],
                56,
                colour,
                anchor="mm",
                bold=True,
            )


def _snake(c: Canvas, x: float, y: float, colour: str) -> None:
    points = [
        (x - 74, y + 40),
        (x - 40, y - 10),
        (x - 5, y + 34),
        (x + 30, y - 18),
        (x + 64, y - 50),
    ]
    c.line(points, WHITE, 52)
    c.line(points, colour, 36)
    c.dot(x + 68, y - 54, 8, INK)


def _heart(c: Canvas, x: float, y: float, colour: str) -> None:
    for grow, fill in ((10, WHITE), (0, colour)):
        c.dot(x - 34, y - 22, 42 + grow, fill)
        c.dot(x + 34, y - 22, 42 + grow, fill)
        c.poly([(x - 70 - grow, y), (x + 70 + grow, y), (x, y + 74 + grow * 1.4)], fill)


def _duck(c: Canvas, x: float, y: float) -> None:
    c.dot(x, y, 86, WHITE)
    c.oval(x - 6, y + 22, 58, 38, MUSTARD)
    c.dot(x + 26, y - 24, 32, MUSTARD)
    c.oval(x + 62, y - 18, 20, 9, CORAL)
    c.dot(x + 34, y - 34, 6, INK)


@scene(
    "sketchnote-keynote",
    "Sketchnote of the keynote: a heart, two speech bubbles and the lines “Listen first”, “Reviews "
    "are letters” and “Leave the door open”.",
    PORTRAIT,
)
def sketchnote(c: Canvas, rng: Random) -> None:
    _paper(c, "#e6cfae")
    c.text(150, 190, "Software is", 84, INK, bold=True)
    c.text(150, 285, "a conversation", 84, CORAL, bold=True)
    c.line([(150, 345), (800, 340)], MUSTARD, 12)
    for i, (line, colour) in enumerate(
        (("Listen first", TEAL), ("Reviews are letters", LILAC), ("Leave the door open", CORAL))
    ):
        y = 480 + i * 170
        c.rect(150, y - 56, 112, 112, colour, r=30)
        c.text(206, y, str(i + 1), 70, WHITE, anchor="mm", bold=True)
        c.text(300, y, line, 58, INK)
    _heart(c, 820, 1090, ROSE)
    c.rect(170, 970, 380, 150, SKY, r=60)
    c.poly([(240, 1110), (320, 1110), (220, 1190)], SKY)
    c.text(360, 1045, "why > what", 58, INK, anchor="mm", bold=True)
    c.line([(570, 1050), (640, 1040), (700, 1070)], INK, 6)
    c.line([(905, 1310), (1060, 1030)], MUSTARD, 30)
    c.line([(905, 1310), (920, 1283)], INK, 14)


def _paper(c: Canvas, table: str) -> None:
    c.fade(0, 0, 1080, 1350, table, darker(table, 0.15))
    c.rect(98, 82, 900, 1200, darker(table, 0.3), r=16)
    c.rect(86, 70, 900, 1200, PAPER, r=14)
    for y in range(120, 1250, 56):
        c.dot(112, y, 11, table)


@scene(
    "sketchnote-async",
    "Sketchnote about async: a cook with one pan and three pots, arrows between them, “yield to the soup”.",
    PORTRAIT,
)
def sketchnote_async(c: Canvas, rng: Random) -> None:
    _paper(c, "#a9c9c4")
    c.text(150, 180, "async =", 88, INK, bold=True)
    c.text(150, 275, "one cook, many pots", 66, TEAL, bold=True)
    person(
        c,
        330,
        900,
        520,
        Look("#eab58f", "#2a2233", "short", WHITE, badge=False),
        left="hip",
        right="point",
        turn=0.7,
    )
    c.dot(330, 395, 50, WHITE)
    c.rect(288, 400, 84, 46, WHITE, r=10)
    for i, (name, colour) in enumerate((("rice", CORAL), ("soup", MUSTARD), ("tea", LILAC))):
        y = 440 + i * 180
        c.rect(650, y, 190, 110, colour, r=24)
        c.rect(636, y - 8, 218, 22, darker(colour), r=10)
        c.text(745, y + 66, name, 46, NIGHT, anchor="mm", bold=True)
        for dx in (-40, 0, 40):
            c.arc(745 + dx, y - 36, 16, 90, 270, "#a9b0c9", 5)
    c.line([(880, 500), (925, 560), (880, 640)], INK, 6)
    c.line([(880, 680), (925, 740), (880, 820)], INK, 6)
    c.rect(150, 1040, 720, 140, SKY, r=40)
    c.text(510, 1110, "yield to the soup", 68, NIGHT, anchor="mm", bold=True)


@scene(
    "open-space-board",
    "The open space board: a grid of coloured notes with topics such as “Teaching teens”, “Rust + "
    "Python”, “Burnout” and “Board games”.",
)
def board(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 1000, "#e8e4f2", "#d8d2e8")
    c.rect(90, 70, 1420, 800, "#aab2c8", r=20)
    c.rect(110, 90, 1380, 760, WHITE, r=10)
    for i, room in enumerate(("Garden", "Tower", "Cellar")):
        c.text(460 + i * 390, 140, room, 46, INK, anchor="mm", bold=True)
    for i, hour in enumerate(("11:00", "14:00", "15:00", "16:00")):
        c.text(140, 240 + i * 160, hour, 42, "#6b7093")
        c.line([(130, 170 + i * 160), (1470, 170 + i * 160)], "#d4d8e6", 3)
    topics = (
        "Teaching teens",
        "Rust + Python",
        "Burnout",
        "Home labs",
        "Docs clinic",
        "Board games",
        "First PR",
        "Maps!",
        "Type puzzles",
        "Choir",
        "Packaging",
        "Juggling",
    )
    for i, topic in enumerate(topics):
        x, y = 330 + (i % 3) * 390 + rng.uniform(-16, 16), 186 + (i // 3) * 160 + rng.uniform(-6, 8)
        c.rect(x + 5, y + 6, 262, 122, "#c3c8da")
        c.rect(x, y, 262, 122, lighter(BRIGHT[(i * 3) % 7], 0.3))
        c.text(x + 131, y + 62, topic, 34, NIGHT, anchor="mm", bold=True)
    person(c, 1420, 1010, 640, Look("#d99a6c", "#5b4a8a", "bob", GREEN), left="point", turn=-0.8)
    person(c, 170, 1020, 610, some_look(rng), right="up", back=True)


@scene(
    "lunch",
    "Lunch from above: bowls with rice, beans, salad and flatbread, hands reach for them.",
    SQUARE,
)
def lunch(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1200, 1200, "#f3d9c4", "#ebc9ac")
    for x in range(0, 1200, 120):
        c.rect(x, 0, 60, 1200, mix("#f3d9c4", WHITE, 0.35))
    for x, y, r, colour in (
        (330, 330, 230, TEAL),
        (860, 300, 210, CORAL),
        (320, 850, 210, LILAC),
        (850, 840, 250, MUSTARD),
    ):
        c.oval(x + 12, y + 18, r, r, "#d3ab88")
        c.dot(x, y, r, WHITE)
        c.dot(x, y, r * 0.86, lighter(colour, 0.1))
        c.dot(x, y, r * 0.78, mix(colour, "#3a2a20", 0.12))
        for _ in range(60):
            angle_x, angle_y = rng.gauss(0, 0.3), rng.gauss(0, 0.3)
            if angle_x**2 + angle_y**2 < 0.45:
                tint = rng.choice((GREEN, CREAM, "#d8572a", "#8bc34a", "#fff3c9", "#6b3f2a"))
                c.oval(
                    x + angle_x * r, y + angle_y * r, r * rng.uniform(0.04, 0.11), r * 0.06, tint
                )
    c.dot(600, 590, 120, "#e2b06a")
    for _i in range(7):
        c.dot(600 + rng.uniform(-70, 70), 590 + rng.uniform(-70, 70), rng.uniform(6, 15), "#c98d45")
    for points, skin, sleeve in (
        ([(-20, 560), (150, 575), (240, 470)], "#8d5a3a", SKY),
        ([(1230, 620), (1060, 610), (960, 700)], "#f6cfb0", INK),
        ([(640, 1230), (640, 1060), (560, 960)], "#d99a6c", GREEN),
    ):
        c.line(points[:2], sleeve, 96)
        c.line(points[1:], skin, 64)


@scene(
    "cake",
    "A big cake with coral icing, cherries and candles in the shape of 35; two people cheer beside it.",
)
def cake(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 1000, "#6f5aa8", "#a98ad0")
    bunting(c, 40, (MUSTARD, CORAL, SKY))
    for _ in range(70):
        c.dot(rng.uniform(0, 1600), rng.uniform(130, 800), rng.uniform(4, 11), rng.choice(BRIGHT))
    c.rect(0, 850, 1600, 150, WOOD)
    c.oval(800, 868, 520, 46, WHITE)
    for y, w, h, colour in ((620, 860, 240, "#f0c9a0"), (430, 580, 200, "#f5d7b5")):
        c.rect(800 - w / 2, y, w, h, colour, r=24)
        c.rect(800 - w / 2, y, w, 80, CORAL, r=24)
        for i in range(int(w / 70)):
            c.rect(800 - w / 2 + 8 + i * 70, y + 40, 52, rng.uniform(50, 100), CORAL, r=26)
    for i in range(9):
        c.dot(420 + i * 95, 640, 20, "#d6203f")
    for x, digit in ((740, "3"), (860, "5")):
        c.text(x, 350, digit, 170, MUSTARD, anchor="mm", bold=True)
        c.glow(x, 240, 50, "#ffe9a8", 0.9)
        c.oval(x, 246, 12, 26, "#fff2b0")
    person(
        c, 190, 1010, 640, Look("#8d5a3a", "#2a2233", "bun", TEAL), left="up", right="up", turn=0.5
    )
    person(
        c,
        1420,
        1010,
        660,
        Look("#f6cfb0", "#d9a441", "curly", SKY, glasses=True),
        left="up",
        right="up",
        turn=-0.5,
    )


@scene(
    "dog",
    "A brown dog with floppy ears and a conference badge around its neck looks at the camera. The badge says “Pixel, security”.",
    SQUARE,
)
def dog(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1200, 1200, "#ffcf9f", "#ffb988")
    c.dot(600, 620, 470, "#ffe3c2")
    c.rect(330, 760, 540, 520, "#9a6036", r=230)
    c.oval(600, 1010, 150, 240, "#e9cba6")
    c.oval(350, 470, 100, 210, "#6f3f20")
    c.oval(850, 470, 100, 210, "#6f3f20")
    c.oval(600, 500, 250, 265, "#a86a3d")
    c.oval(600, 600, 140, 140, "#e9cba6")
    c.rect(566, 270, 68, 260, "#e9cba6", r=34)
    for x in (500, 700):
        c.oval(x, 470, 34, 42, INK)
        c.dot(x + 12, 455, 11, WHITE)
    c.oval(600, 565, 54, 38, INK)
    c.arc(560, 620, 40, 10, 170, INK, 9)
    c.arc(640, 620, 40, 10, 170, INK, 9)
    c.rect(568, 655, 64, 76, "#f0718a", r=30)
    c.line([(430, 740), (600, 900)], MUSTARD, 26)
    c.line([(770, 740), (600, 900)], MUSTARD, 26)
    c.rect(450, 890, 300, 200, WHITE, r=22)
    c.rect(450, 890, 300, 52, CORAL, r=22)
    c.text(600, 995, "Pixel", 66, INK, anchor="mm", bold=True)
    c.text(600, 1052, "security", 38, "#6b7093", anchor="mm")


@scene(
    "thank-you-wall",
    "A wall of thank-you cards: “thanks, captioners”, “to my mentor”, “Pixel”, “see you next year”.",
)
def thanks(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 1000, "#3f8f86", "#57a99b")
    c.rect(90, 60, 1420, 820, "#d9a86c", r=14)
    c.rect(110, 80, 1380, 780, "#e6bd86")
    words = (
        "thanks, captioners",
        "to my mentor",
        "Pixel!!",
        "first talk: done",
        "see you next year",
        "danke!",
        "the coffee team",
        "gracias",
        "I found a job",
        "merci",
        "you asked, I learned",
        "obrigada",
        "the quiet room",
        "new friends: 4",
        "volunteers rock",
    )
    for i, word in enumerate(words):
        x, y = (
            150 + (i % 5) * 268 + rng.uniform(-12, 12),
            120 + (i // 5) * 245 + rng.uniform(-12, 12),
        )
        colour = lighter(BRIGHT[(i * 2) % 7], 0.35)
        c.rect(x + 6, y + 8, 230, 190, "#c89557", r=6)
        c.rect(x, y, 230, 190, colour, r=6)
        c.text(x + 115, y + 96, word, 29 if len(word) < 17 else 24, NIGHT, anchor="mm", bold=True)
        c.dot(x + 115, y + 18, 12, CORAL)
        if i % 4 == 1:
            c.dot(x + 196, y + 158, 16, MUSTARD)
    person(c, 1430, 1030, 560, Look("#eab58f", "#3d2a24", "long", LILAC), left="point", turn=-0.8)


@scene(
    "speaker-badge",
    "A hand-lettered conference badge on a mustard lanyard: “Hello, I'm Noor, first time speaker”.",
    PORTRAIT,
)
def badge(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1080, 1350, "#2f8f85", TEAL)
    for _i in range(60):
        c.dot(
            rng.uniform(0, 1080),
            rng.uniform(0, 1350),
            rng.uniform(4, 18),
            mix(TEAL, rng.choice(BRIGHT), 0.35),
        )
    c.line([(300, -20), (540, 330)], MUSTARD, 46)
    c.line([(780, -20), (540, 330)], darker(MUSTARD, 0.1), 46)
    c.rect(500, 310, 80, 80, "#cfd3e6", r=20)
    c.rect(166, 386, 760, 830, "#146f66", r=44)
    c.rect(150, 370, 760, 830, WHITE, r=44)
    c.rect(150, 370, 760, 190, CORAL, r=44)
    c.rect(150, 480, 760, 80, CORAL)
    c.rect(480, 392, 120, 26, "#146f66", r=13)
    logo(c, 500, 490, 78, WHITE)
    c.text(530, 660, "Hello, I'm", 60, "#6b7093", anchor="mm")
    c.text(530, 790, "Noor", 170, INK, anchor="mm", bold=True)
    c.rect(280, 920, 500, 84, LILAC, r=42)
    c.text(530, 962, "first time speaker!", 48, NIGHT, anchor="mm", bold=True)
    c.text(530, 1090, "ask me about maps", 44, "#6b7093", anchor="mm")
    plant(c, 100, 1420, 320)
