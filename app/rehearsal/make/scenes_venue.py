"""Photographs from the venue between the talks."""

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
from app.rehearsal.make.scenes import (
    PORTRAIT,
    SQUARE,
    bunting,
    cup,
    laptop,
    logo,
    plant,
    scene,
    tree,
)


def foyer(c: Canvas, wall: str, floor: str) -> None:
    """A light room with windows and a floor."""
    c.fade(0, 0, 1600, 760, wall, lighter(wall, 0.35))
    for x in (110, 480, 850, 1220):
        c.rect(x, 90, 270, 420, lighter(wall, 0.65), r=20)
        c.rect(x, 330, 270, 180, mix(GREEN, WHITE, 0.5), r=20)
        c.rect(x + 129, 90, 12, 420, wall)
    c.rect(0, 760, 1600, 240, floor)
    c.rect(0, 745, 1600, 18, darker(wall, 0.12))


@scene(
    "venue-morning",
    "The old tram depot in morning light, a banner with PyFest 26 over the gate and people with "
    "backpacks walking in.",
)
def venue(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 780, "#ffd9b0", "#fff3df")
    c.glow(1330, 210, 170, "#fff2c4", 0.9)
    c.dot(1330, 210, 80, "#ffe08a")
    tree(c, 110, 800, 470)
    tree(c, 1530, 800, 420, "#4f9b78")
    c.rect(250, 300, 1100, 500, "#c96a4f")
    for y in range(330, 800, 34):
        c.line([(252, y), (1348, y)], "#bd5f46", 3)
    c.poly([(220, 310), (800, 90), (1380, 310)], "#4a4f78")
    c.dot(800, 215, 54, CREAM)
    c.line([(800, 215), (800, 178)], INK, 7)
    c.line([(800, 215), (774, 226)], INK, 7)
    for x in (310, 470, 1040, 1200):
        c.pie(x + 50, 480, 50, 180, 360, "#ffe9b8")
        c.rect(x, 478, 100, 200, "#ffe9b8")
        c.rect(x + 46, 430, 8, 248, "#c96a4f")
    c.pie(800, 560, 150, 180, 360, NIGHT)
    c.rect(650, 556, 300, 250, NIGHT)
    c.rect(520, 330, 560, 96, TEAL, r=14)
    logo(c, 770, 378, 66, WHITE)
    c.rect(0, 790, 1600, 210, "#dcc6a4")
    c.poly([(650, 806), (950, 806), (1120, 1000), (480, 1000)], "#e9d7ba")
    for i, x in enumerate((700, 905, 560, 1060, 800, 400, 1260)):
        look = some_look(rng)
        person(c, x, 850 + i * 19, 220 + i * 22, look, back=True, left="wave" if i == 4 else "down")
        if i % 2 == 0:
            c.rect(x - 24 - i * 2, 690 + i * 0, 48 + i * 4, 70 + i * 5, darker(look.top, 0.4), r=18)


@scene(
    "registration",
    "The registration desk: two volunteers in teal shirts hand out badges, the queue is cheerful.",
)
def registration(c: Canvas, rng: Random) -> None:
    foyer(c, "#cfe3ea", "#e6d3b3")
    bunting(c, 30, BRIGHT)
    c.rect(560, 190, 480, 130, CORAL, r=24)
    c.text(800, 256, "Welcome!", 84, WHITE, anchor="mm", bold=True)
    for x, style, skin in ((690, "tail", "#d99a6c"), (930, "afro", "#8d5a3a")):
        person(
            c, x, 860, 500, Look(skin, "#2a2233", style, TEAL), right="wave" if x > 800 else "talk"
        )
    c.rect(450, 690, 700, 240, WOOD, r=16)
    c.rect(430, 672, 740, 36, lighter(WOOD), r=12)
    for i in range(12):
        c.rect(480 + i * 54, 640 + (i % 2) * 6, 42, 36, WHITE, r=5)
        c.rect(480 + i * 54, 640 + (i % 2) * 6, 42, 11, BRIGHT[i % 7], r=4)
    for i, x in enumerate((330, 200, 70)):
        person(
            c,
            x,
            940 + i * 8,
            520 + i * 14,
            some_look(rng),
            right="phone" if i == 1 else "down",
            turn=0.8,
        )
    for i, x in enumerate((1270, 1400, 1530)):
        person(
            c, x, 940 + i * 8, 520 + i * 14, some_look(rng), left="talk" if i else "cup", turn=-0.8
        )


@scene(
    "coffee-queue",
    "A long line for coffee; on the board behind the barista: “espresso, filter, await tea()”.",
)
def coffee(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 780, "#2f6f6a", "#4b9389")
    c.rect(0, 780, 1600, 220, "#d9c3a0")
    c.rect(80, 110, 480, 300, NIGHT, r=18)
    for i, line in enumerate(("espresso", "filter", "await tea()")):
        c.text(112, 180 + i * 80, line, 50, (CREAM, MUSTARD, ROSE)[i])
    for x in (700, 950, 1200, 1450):
        c.line([(x, 0), (x, 140)], INK, 5)
        c.glow(x, 190, 110, "#ffe2a0", 0.7)
        c.pie(x, 190, 64, 180, 360, MUSTARD)
    person(
        c,
        490,
        840,
        500,
        Look("#f6cfb0", "#a3653a", "short", "#3a3f5c", beard=True, badge=False),
        left="hip",
        right="cup",
    )
    c.rect(60, 640, 520, 330, WOOD, r=16)
    c.rect(40, 620, 560, 40, lighter(WOOD), r=14)
    c.rect(90, 500, 150, 124, "#c9cede", r=18)
    c.rect(120, 530, 90, 40, INK, r=8)
    for i in range(3):
        cup(c, 270 + i * 60, 622, 46, BRIGHT[i])
    for i in range(6):
        pose = ("phone", "fold", "wave", "down", "talk", "hip")[i]
        person(
            c,
            730 + i * 158,
            930 + rng.uniform(0, 30),
            540 + rng.uniform(-60, 30),
            some_look(rng),
            right=pose,
            turn=(-0.8, -0.5, 0.6)[i % 3],
        )


@scene(
    "hallway-talk",
    "Four people with cups stand around a high table and smile, between them a napkin with a drawing.",
)
def hallway(c: Canvas, rng: Random) -> None:
    foyer(c, "#e7d5ef", "#c9a98a")
    plant(c, 90, 850, 430)
    plant(c, 1530, 850, 360, "#5aa469")
    person(
        c,
        520,
        900,
        660,
        Look("#6b4129", "#2a2233", "curly", MUSTARD, glasses=True),
        right="cup",
        turn=0.8,
    )
    person(
        c,
        720,
        870,
        640,
        Look("#f6cfb0", "#d9a441", "long", TEAL),
        left="down",
        right="talk",
        turn=0.4,
    )
    person(
        c,
        930,
        870,
        630,
        Look("#eab58f", "#b5432f", "hijab", CORAL),
        left="fold",
        right="down",
        turn=-0.4,
    )
    person(
        c,
        1120,
        900,
        680,
        Look("#b97a4f", "#3d2a24", "short", LILAC, beard=True),
        left="cup",
        turn=-0.8,
    )
    c.rect(806, 690, 28, 250, INK)
    c.oval(820, 950, 150, 22, INK)
    c.oval(820, 690, 260, 46, WHITE)
    c.oval(820, 680, 260, 46, "#f4ead9")
    cup(c, 690, 680, 54, SKY)
    cup(c, 960, 686, 54, ROSE)
    c.poly([(770, 662), (880, 658), (894, 694), (776, 700)], WHITE)
    c.line([(790, 684), (820, 672), (842, 688), (870, 672)], CORAL, 4)


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
    "sprint-table",
    "Six people and their laptops along a table under coral lamps; one explains with both hands.",
)
def sprint(c: Canvas, rng: Random) -> None:
    foyer(c, "#d6e6d3", "#caa77f")
    for x in (400, 800, 1200):
        c.line([(x, 0), (x, 120)], INK, 4)
        c.pie(x, 170, 74, 180, 360, CORAL)
        c.glow(x, 200, 90, "#fff0c0", 0.6)
    for i in range(6):
        x = 170 + i * 252
        person(
            c,
            x,
            800,
            560,
            some_look(rng),
            left="talk" if i == 2 else "phone",
            right="talk" if i == 2 else "down",
            turn=(0.6, -0.4, 0, -0.6)[i % 4],
            seated=True,
        )
    c.rect(40, 740, 1520, 70, "#e0b98c", r=24)
    c.rect(40, 790, 1520, 30, darker("#e0b98c"), r=14)
    for i in (0, 1, 3, 4, 5):
        laptop(c, 170 + i * 252, 775, 170, ("#c9cede", "#4a4f78", "#e6e1ee")[i % 3])
    cup(c, 720, 772, 60, TEAL)
    for x in (120, 1480):
        c.rect(x - 20, 815, 40, 185, darker("#e0b98c", 0.3))


@scene(
    "quiet-room",
    "The quiet room: an armchair, a lamp, a shelf with books and a sign that asks to keep it silent.",
)
def quiet(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 790, "#2d4a5e", "#416a7c")
    c.rect(0, 790, 1600, 210, "#8a6a52")
    c.oval(760, 880, 560, 80, "#c9865f")
    c.oval(760, 880, 430, 56, "#dfa27a")
    c.glow(1120, 300, 300, "#ffdf9e", 0.75)
    c.line([(1120, 840), (1120, 300)], INK, 12)
    c.poly([(1040, 330), (1200, 330), (1165, 200), (1075, 200)], MUSTARD)
    c.rect(120, 180, 380, 30, WOOD)
    c.rect(120, 380, 380, 30, WOOD)
    for row in (0, 1):
        x = 135.0
        while x < 470:
            w = rng.uniform(18, 34)
            h = rng.uniform(100, 150)
            c.rect(x, 180 + row * 200 - h, w, h, rng.choice(BRIGHT), r=4)
            x += w + 3
    c.rect(590, 520, 420, 330, CORAL, r=90)
    c.rect(640, 690, 320, 130, lighter(CORAL), r=50)
    c.rect(560, 640, 110, 230, darker(CORAL, 0.1), r=54)
    c.rect(930, 640, 110, 230, darker(CORAL, 0.1), r=54)
    c.rect(590, 180, 360, 190, CREAM, r=20)
    c.text(770, 250, "Quiet room", 54, INK, anchor="mm", bold=True)
    c.text(770, 318, "no talking, no calls", 34, "#6b7093", anchor="mm")
    plant(c, 1400, 900, 480)
    cup(c, 1290, 900, 60, LILAC)


@scene(
    "group-photo", "Everyone on the stairs of the depot: rows and rows of people, arms in the air."
)
def group(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 1000, "#8fd0f5", "#d9f0fb")
    c.rect(0, 250, 1600, 750, "#c96a4f")
    c.poly([(-40, 262), (800, 40), (1640, 262)], "#4a4f78")
    c.rect(460, 130, 680, 116, TEAL, r=18)
    logo(c, 765, 188, 76, WHITE)
    for row in range(5):
        y = 480 + row * 132
        c.rect(0, y - 6, 1600, 140, mix("#e8d9c0", INK, 0.06 * row))
        size = 250 + row * 30
        for i in range(14 - row):
            x = (i + 0.5 + 0.25 * (row % 2)) * 1600 / (14 - row)
            left, right = rng.choice(
                (("up", "up"), ("down", "wave"), ("hip", "up"), ("down", "down"))
            )
            person(
                c,
                x,
                y + 20,
                size,
                some_look(rng),
                left=left,
                right=right,
                turn=rng.uniform(-0.3, 0.3),
            )


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
    "juggling",
    "Somebody juggles five balls on the stage of the lightning talks; the audience holds its breath.",
    PORTRAIT,
)
def juggling(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1080, 1350, "#41306e", "#a0577a")
    c.shade([(540, -100), (120, 1180), (960, 1180)], "#ffe9b8", 0.22)
    c.oval(540, 1170, 420, 60, "#ffe0b0")
    person(
        c,
        540,
        1170,
        760,
        Look("#d99a6c", "#5b4a8a", "curly", TEAL, badge=False),
        left="talk",
        right="talk",
    )
    for x, y, colour in (
        (330, 560, CORAL),
        (400, 330, MUSTARD),
        (540, 220, SKY),
        (690, 330, ROSE),
        (755, 560, LILAC),
    ):
        c.dot(x, y, 46, colour)
        c.dot(x - 14, y - 16, 12, lighter(colour, 0.6))
