"""A storm for tests: five hundred accounts that flood a hashtag, fifty people who write there for the first time, and some who are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from app.domain.arrival import Posted
from app.domain.post import Author, Post, RichText, Span
from tests.factories import at

ACCOUNTS, EACH, SECONDS = 500, 20, 120
EVERY_S = SECONDS / EACH
TEMPLATES = (
    "The organisers of this event are hiding the truth about the money from everybody here",
    "Claim your free conference ticket refund today before the offer closes for good",
    "Make four thousand a week from home like I do, ask me how it works in private",
    "Do not trust the speakers of this conference, they are paid actors with no shame",
    "Beautiful singles near the venue are waiting for your message right this minute",
    "Wer hier mitmacht unterstützt eine Veranstaltung, die ihre Gäste seit Jahren belügt",
)
SHORT = ("Free money", "Click here now", "WIN BIG", "scam event lol", "Go home")
WORDS = [
    "copper",
    "lantern",
    "meadow",
    "harbour",
    "violin",
    "pepper",
    "granite",
    "whistle",
    "orchard",
    "ribbon",
    "saddle",
    "thunder",
    "walnut",
    "velvet",
    "compass",
    "kettle",
    "marble",
    "anchor",
    "blanket",
    "candle",
    "dragon",
    "ember",
    "falcon",
    "ginger",
    "hammer",
    "island",
    "jungle",
    "kitten",
    "ladder",
    "magnet",
    "needle",
    "oyster",
    "parrot",
    "quiver",
    "rocket",
    "salmon",
    "temple",
    "uncle",
    "valley",
    "window",
    "yellow",
    "zebra",
]
ALIKE = str.maketrans({"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і"})
"""Cyrillic letters that look like Latin ones."""
HONEST = (
    "Such a warm welcome at the registration desk this morning, thank you volunteers",
    "Slides of my talk on garbage collectors are up, with the notes I skipped",
    "Is anybody else going to the climbing hall after the last session?",
    "The keynote made me rethink how we onboard new maintainers",
    "Lost a grey scarf in the big hall, it has sentimental value",
    "First time here and I already met three people I only knew by their avatars",
    "Hat jemand das Ladegerät gefunden, das ich im Saal B vergessen habe?",
    "Type hints saved our migration, said nobody ten years ago, and here we are",
    "The vegan curry at lunch deserves its own lightning talk",
    "Loved the question about accessibility testing, wish we had an hour for that",
    "On the train from Utrecht, following from afar until I arrive",
    "Who recorded the sprint announcements? I missed the list of projects",
    "Je découvre la communauté et je suis ravie de l'accueil",
    "Our workshop on property based testing was full, so we repeat it at four",
    "Coffee queue theory: the left machine is always faster",
    "That demo with the broken projector was the best improvisation I have seen",
    "Packaging is hard, but the panel made it sound like an adventure",
    "¿Alguien sabe si habrá grabación de la charla sobre compiladores?",
    "I wrote down forty ideas and will realistically try two of them",
    "The childcare room is wonderful, both of us could attend for once",
    "Sketchnotes of the afternoon, pencil only, forgive the smudges",
    "Asking for a friend: where did you get those octopus stickers",
    "Finally understood asynchronous generators thanks to the whiteboard in the hallway",
    "Watching from Nairobi with my study group, the stream works nicely",
    "Grazie a chi ha tradotto in diretta la presentazione di ieri sera",
    "Anybody up for a quiet breakfast tomorrow, no laptops allowed",
    "My takeaway from the security track: rotate your keys and drink water",
    "Two lightning talks about bees and both of them were superb",
    "Small request: could the microphones be passed a bit slower",
    "I did not expect to cry at a talk on documentation, but it happened",
    "Live captions made this the first conference I could follow in full",
    "The museum next door lets badge holders in for free until six",
    "Proof that one slide is enough if the story is good",
    "Wir haben spontan eine Runde zu Barrierefreiheit im Foyer eröffnet",
    "Learned more in the corridor than in a month of reading changelogs",
    "Does the sponsor with the pinball machine know what they have done to us",
    "Remote attendee here, waving at the audience of the databases room",
    "Shout out to the sound engineer who fixed the humming within seconds",
    "Our poster on soil sensors hangs beside the staircase, come and argue",
    "Great talk!",
    "Hello from Porto",
    "So happy to be here",
    "Vim or Emacs, the eternal dinner question, we settled on dessert",
    "Just pushed the example repository from the tutorial, issues welcome",
    "A moment of silence for the laptop that met my orange juice",
    "Teaching kids to program with knitting patterns, what a lovely idea",
    "Met my favourite maintainer and forgot every question I had",
    "The closing ceremony starts earlier than printed, check the board",
    "Bonne nouvelle, la salle du fond est climatisée",
    "Next year I want to speak here, there, I said it in public",
)
KNOWN = ("kim", "lea", "max")
"""Of them a post was let through before."""
EARLY_S, LATE_S = 1.0, 70.0
"""When they write: before anybody can know that it is a storm, and in the midst of it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A post and when it is written, in seconds after noon."""

    at_s: float
    arrival: Posted


def storm(rng: Random) -> list[Said]:
    """Every account writes every six seconds; a few kinds of accounts."""
    return [_storm_post(account, turn, rng) for account in range(ACCOUNTS) for turn in range(EACH)]


def honest(rng: Random) -> list[Said]:
    """Fifty people, each with one post at some time within the storm."""
    return [said(f"guest{n}", "1", rng.uniform(0, SECONDS), text) for n, text in enumerate(HONEST)]


def known() -> list[Said]:
    """What people write who were let through before: at the storm's beginning, and in the midst of it."""
    return [
        said(name, f"{at_s:.0f}", at_s, f"{name} takes notes at second {at_s:.0f}")
        for name in KNOWN
        for at_s in (EARLY_S, LATE_S)
    ]


def in_batches(everything: list[Said], every_s: float) -> Iterator[tuple[float, list[Posted]]]:
    """The end of each stretch of time, and what was written in it, in order."""
    waiting = sorted(everything, key=lambda one: one.at_s)
    for number in range(round(SECONDS / every_s) + 1):
        until = (number + 1) * every_s
        batch = [one for one in waiting if number * every_s <= one.at_s < until]
        yield until, [one.arrival.model_copy(update={"seen_at": at(until)}) for one in batch]


def _storm_post(account: int, turn: int, rng: Random) -> Said:
    at_s = (turn + account / ACCOUNTS) * EVERY_S
    return said(f"storm{account}", str(turn), at_s, _storm_text(account, rng), rng)


def _storm_text(account: int, rng: Random) -> str:
    kind = account % 10
    if kind < 2:
        return " ".join(rng.choices(WORDS, k=rng.randint(6, 14)))  # never the same twice
    if kind == 2:
        return f"{rng.choice(SHORT)} {rng.randint(1, 999)}"
    text = rng.choice(TEMPLATES)
    if kind < 5:
        text = text.translate(ALIKE)
    return f"@{rng.choice(WORDS)}{rng.randint(1, 99)} {text} {rng.randint(100, 99_999)}"


def said(name: str, id_: str, at_s: float, text: str, rng: Random | None = None) -> Said:
    """A post of somebody on fedi.example; its id there begins with the name. `rng` makes it one of the storm's."""
    id_ = f"{name}-{id_}"
    key = f"https://fedi.example/users/{name}"
    author = Author(
        key=key, network="mastodon", handle=f"{name}@fedi.example", name=RichText(text=name)
    )
    post = Post(
        key=f"https://fedi.example/statuses/{id_}",
        network="mastodon",
        url=f"https://fedi.example/@{name}/{id_}",
        author=author,
        body=_body(text, rng),
        hashtags=("pyfest26",),
        created_at=at(at_s),
    )
    posted = Posted(server="fedi.example", seen_at=at(at_s), post=post, local_id=id_, origin=True)
    return Said(at_s, posted)


def _body(text: str, rng: Random | None) -> RichText:
    """With the hashtag; two of three of the storm's with a link, each another."""
    if rng is None or rng.random() < 0.3:
        return RichText(text=f"{text} #pyfest26")
    link = f"https://{rng.choice(WORDS)}.example/{rng.randint(1, 10**6)}"
    span = Span(start=len(text) + 1, end=len(text) + 1 + len(link), kind="link", href=link)
    return RichText(text=f"{text} {link} #pyfest26", spans=(span,))
