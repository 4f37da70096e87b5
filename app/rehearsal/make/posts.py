"""Turns what the script says into authors and posts of the model."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import regex  # type: ignore[import-untyped]

from app.domain.post import (
    Author,
    Card,
    Counts,
    Media,
    Poll,
    PollOption,
    Post,
    Quote,
    RichText,
    Span,
)
from app.domain.text import fold_tag
from app.rehearsal.make.album import SCENES
from app.rehearsal.make.script import Entry

TAG = "#PyFest26"
BLUESKY = "bsky.example"
MARK = regex.compile(
    r"(?P<link>https://[^\s]+[^\s.,!?:;])|(?P<hashtag>#[\w\p{M}]+)|(?P<mention>@[\w.]*\w)|(?P<emoji>:[a-z]+:)"
)


@dataclass(frozen=True, slots=True)
class Person:
    """One line of people.txt."""

    id: str
    name: str
    server: str
    remote: bool
    part: str

    @property
    def network(self) -> str:
        return "bluesky" if self.server == BLUESKY else "mastodon"

    @property
    def did(self) -> str:
        return f"did:plc:{self.id:x<24}"


def parse_people(text: str) -> dict[str, Person]:
    """The people by id, in the order of the file."""
    rows = [line.split(" | ") for line in text.splitlines() if line and not line.startswith("#")]
    return {
        who: Person(who, name, server, where == "remote", part)
        for who, name, server, where, part in rows
    }


def author(person: Person, start: datetime) -> Author:
    """The account of a person; trolls and advertisers have new ones."""
    rng = Random(f"account {person.id}")
    bluesky = person.network == "bluesky"
    days = rng.randint(1, 3) if person.part in ("troll", "spam") else rng.randint(200, 2900)
    url = f"https://{BLUESKY}/profile/{person.id}.{BLUESKY}" if bluesky else ""
    return Author(
        key=person.did if bluesky else f"https://{person.server}/users/{person.id}",
        network=person.network,
        handle=f"{person.id}.{BLUESKY}" if bluesky else f"{person.id}@{person.server}",
        name=rich(person.name, person, {}),
        url=url or f"https://{person.server}/@{person.id}",
        avatar=f"asset:avatar-{person.id}.webp",
        created_at=start - timedelta(days=days),
    )


def rich(text: str, person: Person, authors: dict[str, Author]) -> RichText:
    """A text with the spans of its links, hashtags, mentions and emoji; @id becomes a mention."""
    spans: list[Span] = []
    for match in MARK.finditer(text):
        kind, word = match.lastgroup, match.group()
        href: str | None = word
        if kind == "hashtag":
            path = "hashtag" if person.server == BLUESKY else "tags"
            href = f"https://{person.server}/{path}/{word[1:]}"
        elif kind == "mention":
            href = authors[word[1:]].url
        elif kind == "emoji":
            href = f"asset:emoji-{word[1:-1]}.webp"
        spans.append(Span(start=match.start(), end=match.end(), kind=kind, href=href))
    return RichText(text=text, spans=tuple(spans))


def with_tag(text: str) -> str:
    """A text that carries the event's hashtag; it goes to the end when it is nowhere else."""
    return text if TAG.lower() in text.lower() else f"{text} {TAG}"


@dataclass(slots=True)
class Writer:
    """Writes posts; knows everybody and what was posted before."""

    people: dict[str, Person]
    authors: dict[str, Author]
    midnight: datetime
    posts: dict[str, Post]

    def local_id(self, entry: Entry) -> str:
        return str(116_000_000_000_000 + round(entry.at.total_seconds() * 1000) * 7)

    def post(self, entry: Entry) -> Post:
        """The post of an entry as it is when it comes: nobody has liked or passed it on yet."""
        person, number, options = self.people[entry.who], self.local_id(entry), entry.options
        body = rich(with_tag(entry.text), person, self.authors)
        created_at = self.midnight + entry.at - timedelta(seconds=1 + int(number) % 4)
        bluesky = person.network == "bluesky"
        handle = self.authors[entry.who].url
        post = Post(
            key=f"at://{person.did}/app.bsky.feed.post/{number}"
            if bluesky
            else f"{self.authors[entry.who].key}/statuses/{number}",
            network=person.network,
            url=f"{handle}/post/{number}" if bluesky else f"{handle}/{number}",
            author=self.authors[entry.who],
            body=body,
            hashtags=tags(body),
            created_at=created_at,
            language=entry.language,
            warning=options.get("cw", ""),
            sensitive="cw" in options,
            media=(_media(options["photo"]),) if "photo" in options else (),
            card=_card(options["card"], body) if "card" in options else None,
            poll=_poll(options["poll"], created_at) if "poll" in options else None,
            quote=self._quote(options["quote"]) if "quote" in options else None,
            is_reply="re" in options,
        )
        self.posts[entry.id] = post
        return post

    def edited(self, entry: Entry, text: str, at: datetime) -> Post:
        """The post with another text."""
        body = rich(text, self.people[entry.who], self.authors)
        changed = {"body": body, "hashtags": tags(body), "edited_at": at}
        self.posts[entry.id] = self.posts[entry.id].model_copy(update=changed)
        return self.posts[entry.id]

    def counted(self, entry: Entry, reposts: int, rng: Random) -> Post:
        """The post some time later: with likes and, for a poll, with votes."""
        before = self.posts[entry.id]
        likes = max(before.counts.likes, round(reposts * rng.uniform(1.2, 3) + rng.randint(0, 6)))
        counts = Counts(reposts=reposts, likes=likes, replies=rng.randint(0, reposts // 3 + 1))
        poll = before.poll and _voted(before.poll, rng)
        self.posts[entry.id] = before.model_copy(update={"counts": counts, "poll": poll})
        return self.posts[entry.id]

    def _quote(self, entry_id: str) -> Quote:
        post = self.posts[entry_id]
        return Quote(author=post.author, body=post.body, url=post.url, created_at=post.created_at)


def tags(body: RichText) -> tuple[str, ...]:
    found = {
        fold_tag(body.text[span.start + 1 : span.end])
        for span in body.spans
        if span.kind == "hashtag"
    }
    return tuple(sorted(found))


def _media(name: str) -> Media:
    scene = SCENES[name]
    width, height = scene.size
    address = f"asset:{name}.webp"
    return Media(
        kind="image", url=address, preview=address, alt=scene.alt, width=width, height=height
    )


def _card(option: str, body: RichText) -> Card:
    title, description, provider, photo = option.split("|")
    url = next(span.href for span in body.spans if span.kind == "link" and span.href)
    image = f"asset:{photo}.webp" if photo else None
    return Card(url=url, title=title, description=description, provider=provider, image=image)


def _poll(option: str, created_at: datetime) -> Poll:
    options = tuple(PollOption(title=title, votes=0) for title in option.split("|"))
    return Poll(options=options, expires_at=created_at + timedelta(hours=3))


def _voted(poll: Poll, rng: Random) -> Poll:
    options = tuple(
        option.model_copy(update={"votes": (option.votes or 0) + rng.randint(2, 24)})
        for option in poll.options
    )
    votes = sum(option.votes or 0 for option in options)
    return poll.model_copy(update={"options": options, "votes": votes})
