"""Photographs from the town and from those who follow from afar."""

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
from app.rehearsal.make.figures import Look, head, person, some_look
from app.rehearsal.make.scenes import PORTRAIT, cup, logo, plant, scene, tree


def skyline(
    c: Canvas, rng: Random, y: float, colour: str, windows: str, low: float, high: float
) -> None:
    """Houses side by side that stand on y, some windows lit."""
    x = -20.0
    while x < c.width:
        w, h = rng.uniform(90, 170), rng.uniform(low, high)
        shade = mix(colour, NIGHT, rng.uniform(0, 0.25))
        c.rect(x, y - h, w, h, shade)
        c.poly(
            [(x - 6, y - h), (x + w + 6, y - h), (x + w / 2, y - h - rng.uniform(30, 90))],
            darker(shade, 0.3),
        )
        for row in range(int(h / 52) - 1):
            for column in range(int(w / 40)):
                lit = windows if rng.random() < 0.55 else darker(shade, 0.25)
                c.rect(x + 14 + column * 38, y - h + 24 + row * 52, 18, 28, lit, r=3)
        x += w - 1


@scene(
    "tweetup-fountain",
    "The meet-up in the park: a dozen people around a fountain in evening light, one waves a "
    "PyFest flag.",
)
def fountain(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 620, "#ffb88a", "#ffe9c7")
    c.glow(400, 430, 220, "#fff0b8", 0.9)
    for x, h in ((90, 520), (330, 420), (1190, 440), (1480, 560), (1340, 380)):
        tree(c, x, 660, h, rng.choice(("#4f9b78", "#5aa469", "#3f8f6a")))
    c.rect(0, 620, 1600, 380, "#7fbf7a")
    c.oval(800, 770, 560, 110, "#e3cfae")
    for dx in (-70, -35, 35, 70):
        c.arc(800 + dx, 560, abs(dx) + 20, 180, 360, "#cfefff", 10)
    c.rect(770, 520, 60, 220, "#b9bfd2", r=20)
    c.oval(800, 560, 110, 26, "#cfd5e6")
    c.oval(800, 760, 330, 70, "#b9bfd2")
    c.oval(800, 748, 290, 52, "#8fd0f5")
    for i in range(6):
        person(
            c,
            170 + i * 92,
            850 + (i % 3) * 40,
            400 + (i % 3) * 24,
            some_look(rng),
            right=("cup", "talk", "down", "hip", "wave", "fold")[i],
            turn=0.6,
        )
        person(
            c,
            1010 + i * 92,
            850 + ((i + 1) % 3) * 40,
            400 + (i % 3) * 24,
            some_look(rng),
            left=("talk", "cup", "down", "phone", "hip", "down")[i],
            turn=-0.6,
        )
    c.line([(700, 560), (700, 300)], WOOD, 12)
    c.poly([(700, 300), (960, 320), (920, 380), (960, 440), (700, 430)], TEAL)
    logo(c, 812, 372, 44, WHITE)
    person(c, 660, 960, 470, Look("#8d5a3a", "#2a2233", "afro", MUSTARD), right="up", left="wave")


@scene(
    "city-night",
    "The old town across the river at night, yellow windows mirrored in the water, a stone bridge with lamps.",
)
def city(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 640, "#141a3c", "#4b3f7c")
    for _ in range(90):
        c.dot(rng.uniform(0, 1600), rng.uniform(0, 380), rng.uniform(1, 3), CREAM)
    c.glow(1300, 170, 120, "#fff2c4", 0.5)
    c.dot(1300, 170, 58, "#fff2c4")
    skyline(c, rng, 640, "#3f3a72", "#e8b765", 220, 330)
    c.rect(300, 210, 110, 430, "#2d2a5a")
    c.poly([(290, 212), (420, 212), (355, 60)], "#252250")
    c.dot(355, 280, 34, "#ffe3a3")
    skyline(c, rng, 650, "#54467f", "#ffd27a", 110, 210)
    c.fade(0, 648, 1600, 352, "#2b2b62", "#161a3e")
    for _ in range(130):
        x, y = rng.uniform(0, 1600), rng.uniform(665, 980)
        c.rect(x, y, rng.uniform(14, 90), 5, mix("#2b2b62", "#ffc46a", rng.uniform(0.2, 0.75)), r=2)
    c.rect(560, 640, 1100, 70, "#776a8f")
    for x in (640, 900, 1160, 1420):
        c.pie(x + 110, 770, 100, 180, 360, "#1f2250")
        c.rect(x - 8, 690, 36, 160, "#776a8f")
        c.line([(x + 10, 640), (x + 10, 560)], NIGHT, 7)
        c.glow(x + 10, 548, 46, "#ffd98a", 0.9)
        c.dot(x + 10, 548, 13, "#fff2c4")


@scene(
    "train-window",
    "View from a train: a lake, hills and a small station in the morning, on the folding table a laptop "
    "and a cup.",
)
def train(c: Canvas, rng: Random) -> None:
    c.rect(0, 0, 1600, 1000, "#5b6483")
    c.rect(110, 90, 1380, 640, NIGHT, r=60)
    c.fade(150, 130, 1300, 330, "#ffd0a3", "#fff1d6")
    c.glow(1060, 330, 130, "#fff0b8", 0.9)
    c.poly(
        [
            (150, 460),
            (150, 330),
            (380, 240),
            (640, 400),
            (900, 280),
            (1180, 420),
            (1450, 310),
            (1450, 470),
        ],
        "#8aa6c9",
    )
    c.poly(
        [(150, 520), (150, 430), (420, 370), (760, 470), (1100, 380), (1450, 460), (1450, 530)],
        "#6fae8c",
    )
    c.rect(150, 515, 1300, 100, "#8fd0f5")
    c.rect(150, 600, 1300, 90, "#7fbf7a")
    c.rect(330, 470, 200, 140, CORAL)
    c.poly([(310, 474), (550, 474), (430, 400)], "#7a3b46")
    c.rect(350, 500, 160, 34, WHITE, r=4)
    c.text(430, 517, "Lindenfurt", 27, INK, anchor="mm", bold=True)
    for x in (700, 820, 1240, 1380):
        tree(c, x, 650, 150)
    c.rect(150, 118, 1300, 16, NIGHT)
    c.rect(790, 130, 22, 570, NIGHT)
    c.rect(0, 780, 1600, 220, "#464e6e")
    c.rect(330, 800, 960, 60, "#d9dced", r=24)
    laptop_open(c, 700, 800, 420)
    cup(c, 1110, 802, 100, MUSTARD)


def laptop_open(c: Canvas, x: float, y: float, w: float) -> None:
    """A laptop whose screen we see."""
    c.rect(x - w / 2, y - 0.62 * w, w, 0.6 * w, NIGHT, r=14)
    c.rect(x - 0.46 * w, y - 0.58 * w, 0.92 * w, 0.52 * w, PAPER, r=6)
    for i, share in enumerate((0.5, 0.7, 0.35, 0.6, 0.42)):
        c.rect(
            x - 0.4 * w + (i % 2) * 0.06 * w,
            y - (0.52 - 0.09 * i) * w,
            share * w,
            0.04 * w,
            BRIGHT[i],
            r=6,
        )
    c.rect(x - 0.58 * w, y - 0.04 * w, 1.16 * w, 0.05 * w, "#c9cede", r=8)


@scene(
    "remote-desk",
    "A desk at night: the stream of the keynote on a monitor, tea, a notebook and a cat that sits in front of "
    "half of the picture.",
)
def remote_desk(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 800, "#262b52", "#3a3f72")
    c.rect(1080, 70, 400, 420, "#161a3e", r=16)
    for _ in range(30):
        c.dot(rng.uniform(1100, 1460), rng.uniform(90, 470), 2.5, CREAM)
    c.rect(1270, 70, 14, 420, "#4a5088")
    c.glow(620, 390, 420, "#9fc6ff", 0.35)
    c.rect(250, 150, 740, 450, INK, r=22)
    c.fade(274, 174, 692, 402, "#4a4a92", "#6a62b0")
    c.rect(480, 210, 430, 240, CREAM, r=8)
    c.text(510, 290, "Software is", 44, INK, bold=True)
    c.text(510, 345, "a conversation", 44, CORAL, bold=True)
    person(
        c,
        380,
        556,
        300,
        Look("#eab58f", "#c9c4c0", "bob", CORAL, glasses=True),
        right="talk",
        turn=0.6,
    )
    c.rect(274, 546, 692, 30, "#3a3674")
    c.dot(310, 205, 11, "#ff4f4f")
    c.text(332, 206, "LIVE", 26, WHITE, bold=True)
    c.rect(590, 600, 60, 90, "#555c86")
    c.rect(500, 676, 240, 24, "#555c86", r=10)
    c.rect(0, 700, 1600, 300, WOOD)
    c.rect(0, 700, 1600, 24, lighter(WOOD))
    _cat(c, 840, 740)
    cup(c, 240, 800, 120, TEAL)
    c.rect(1080, 790, 320, 130, PAPER, r=10)
    for i in range(3):
        c.rect(1110, 815 + i * 32, 250 - i * 60, 10, SKY, r=5)
    c.line([(1340, 900), (1450, 800)], MUSTARD, 14)
    plant(c, 110, 760, 330)


def _cat(c: Canvas, x: float, y: float) -> None:
    c.line([(x + 70, y - 10), (x + 190, y), (x + 220, y - 80)], "#23243a", 34)
    c.oval(x, y - 110, 105, 135, "#2d2e48")
    c.dot(x, y - 270, 82, "#2d2e48")
    c.poly([(x - 80, y - 290), (x - 66, y - 390), (x - 10, y - 340)], "#2d2e48")
    c.poly([(x + 80, y - 290), (x + 66, y - 390), (x + 10, y - 340)], "#2d2e48")
    for side in (-1, 1):
        c.oval(x + side * 32, y - 276, 17, 22, "#d8e06a")
        c.oval(x + side * 32, y - 276, 6, 20, NIGHT)
        c.oval(x + side * 40, y + 6, 36, 20, "#3a3b5a")
    c.poly([(x - 9, y - 246), (x + 9, y - 246), (x, y - 236)], ROSE)


@scene(
    "watch-party",
    "A watch party in a small library: nine people on beanbags and chairs look at the stream on the wall.",
)
def watch_party(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 760, "#7a4f3f", "#9b6a52")
    for shelf in range(3):
        y = 190 + shelf * 190
        for left, right in ((30, 380), (1220, 1570)):
            c.rect(left, y, right - left, 18, "#5c3a2c")
            x = left + 8.0
            while x < right - 30:
                w, h = rng.uniform(16, 32), rng.uniform(90, 140)
                c.rect(x, y - h, w, h, mix(rng.choice(BRIGHT), "#5c3a2c", 0.25), r=3)
                x += w + 3
    c.glow(800, 300, 460, "#cfe4ff", 0.4)
    c.rect(430, 90, 740, 430, WHITE, r=8)
    c.fade(440, 100, 720, 410, "#2f5d73", "#3f7a92")
    c.rect(520, 140, 420, 250, WHITE, r=8)
    for i, h in enumerate((40, 90, 130, 170)):
        c.rect(560 + i * 92, 360 - h, 64, h, (CREAM, SKY, LILAC, TEAL)[i], r=6)
    person(c, 1050, 500, 300, Look("#8d5a3a", "#2a2233", "afro", MUSTARD), left="point", turn=-1)
    c.rect(0, 760, 1600, 240, "#c9976b")
    for i, x in enumerate((130, 320, 500, 690, 880, 1060, 1240, 1410, 1540)):
        y = 740 + (i % 2) * 90
        look = some_look(rng)
        c.oval(x, y + 170, 120, 90, BRIGHT[(i * 2) % 7])
        c.rect(x - 62, y + 46, 124, 170, look.top, r=52)
        head(c, x, y, 46, look, back=True)


@scene(
    "rooftop",
    "Sunset over the roofs of Lindenfurt from the terrace of the venue, three people lean on the railing.",
)
def rooftop(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 700, "#f0627a", "#ffd08a")
    c.glow(960, 560, 240, "#fff0b8", 0.95)
    c.dot(960, 560, 100, "#fff2c4")
    for y, w, x in ((150, 420, 240), (230, 300, 1150), (310, 240, 520)):
        c.rect(x, y, w, 26, "#ff9c94", r=13)
        c.rect(x + 70, y + 20, w - 130, 22, "#ffae9c", r=11)
    skyline(c, rng, 760, "#b0527a", "#ffd98a", 120, 230)
    skyline(c, rng, 860, "#7d3f73", "#ffc46a", 90, 180)
    c.rect(0, 850, 1600, 150, "#4b2c5c")
    for x in range(20, 1600, 76):
        c.line([(x, 700), (x, 880)], NIGHT, 6)
    for x, style, colour in (
        (420, "long", "#332250"),
        (560, "short", "#2b2047"),
        (1240, "bun", "#332250"),
    ):
        person(
            c,
            x,
            990,
            520,
            Look("#5a3550", "#2a1c3e", style, colour, "#241a3c", badge=False),
            back=True,
            left="hip" if x == 420 else "down",
        )
    c.line([(0, 700), (1600, 700)], NIGHT, 16)


@scene(
    "video-team",
    "Two volunteers of the video team beside a camera at a mixing desk with many small lights.",
)
def video(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1600, 1000, "#1d2440", "#343a68")
    c.rect(560, 60, 980, 360, "#10152c", r=16)
    for i in range(6):
        x, y = 590 + (i % 3) * 318, 86 + (i // 3) * 160
        c.rect(x, y, 296, 140, mix(BRIGHT[i], NIGHT, 0.35), r=8)
        head(c, x + 80, y + 80, 26, some_look(rng))
        c.rect(x + 140, y + 34, 130, 74, CREAM, r=6)
    c.rect(590, 86, 296, 140, mix(CORAL, NIGHT, 0.2), r=8)
    c.text(738, 156, "ON AIR", 56, WHITE, anchor="mm", bold=True)
    person(
        c,
        780,
        880,
        620,
        Look("#b97a4f", "#2a2233", "curly", TEAL, glasses=True),
        left="talk",
        right="point",
        seated=True,
    )
    person(
        c,
        1130,
        880,
        600,
        Look("#f6cfb0", "#5b4a8a", "bob", CORAL),
        left="phone",
        right="talk",
        seated=True,
        turn=-0.5,
    )
    c.poly([(520, 800), (1480, 800), (1560, 1000), (440, 1000)], "#4a5078")
    for row in range(3):
        for i in range(22):
            c.dot(
                560 + i * 41 - row * 8 + (i - 11) * row * 1.6,
                835 + row * 54,
                9,
                rng.choice((GREEN, MUSTARD, CORAL, SKY, "#6b729c")),
            )
    c.line([(230, 560), (120, 990)], "#8a90b4", 14)
    c.line([(230, 560), (340, 990)], "#8a90b4", 14)
    c.line([(230, 560), (230, 990)], "#8a90b4", 14)
    c.rect(110, 410, 250, 150, "#10152c", r=20)
    c.rect(350, 440, 90, 90, "#2d345e", r=14)
    c.dot(140, 435, 10, "#ff4f4f")


@scene(
    "poster-thread",
    "A poster in the hallway: “Ask me about my first pull request”, with a hand-drawn ladder and a small snail.",
    PORTRAIT,
)
def poster(c: Canvas, rng: Random) -> None:
    c.fade(0, 0, 1080, 1350, "#c9b6e4", "#b49bd8")
    c.rect(112, 92, 870, 1180, darker(LILAC, 0.35))
    c.rect(100, 80, 870, 1180, PAPER)
    for i, line in enumerate(("Ask me", "about my first", "pull request")):
        c.text(535, 210 + i * 110, line, 92, (INK, CORAL, INK)[i], anchor="mm", bold=True)
    for x in (330, 560):
        c.line([(x, 1130), (x + 90, 560)], WOOD, 22)
    for i, label in enumerate(("typo", "docs", "test", "fix")):
        y = 1060 - i * 130
        c.line([(342 + i * 20, y), (572 + i * 20, y)], WOOD, 18)
        c.text(700, y, label, 54, TEAL)
    c.dot(420, 1010, 54, MUSTARD)
    c.arc(420, 1010, 34, 0, 300, darker(MUSTARD), 8)
    c.rect(360, 1040, 190, 34, ROSE, r=17)
    c.line([(535, 1050), (560, 1000)], ROSE, 12)
    c.dot(562, 998, 8, INK)
    c.text(535, 1195, "slow is fine", 46, "#6b7093", anchor="mm")
