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
