"""A batch of arrivals entered into the records of a wall: pure, and free of order."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from app.domain import record as merge
from app.domain.arrival import (
    Arrival,
    AuthorGone,
    Deleted,
    Edited,
    Posted,
    Reposted,
    Unreposted,
)
from app.domain.fold import Group, fold
from app.domain.identity import item_id, to_ms
from app.domain.moderation import Policy
from app.domain.people import Circle
from app.domain.record import Record, Sighting
from app.domain.wall import Wall

Place = tuple[str, str]


@dataclass(slots=True)
class Needs:
    """What must be read before arrivals can be entered."""

    ids: set[str] = field(default_factory=set)
    places: set[Place] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    gone_authors: set[str] = field(default_factory=set)


def needs(arrivals: Iterable[Arrival]) -> Needs:
    """The posts, ids of servers and accounts that these arrivals speak of."""
    need = Needs()
    for said in arrivals:
        if isinstance(said, Posted | Edited):
            need.ids.add(item_id(said.post.key))
            need.places.add((said.server, said.local_id))
            need.authors.add(said.post.author.key)
            if quote := said.post.quote:
                need.authors.add(quote.author.key)
        elif isinstance(said, Deleted):
            need.places.add((said.server, said.local_id))
            need.ids |= {item_id(said.key)} if said.key else set()
        elif isinstance(said, Reposted | Unreposted):
            need.ids.add(item_id(said.key))
            need.authors |= {said.by.key} if isinstance(said, Reposted) else set()
        else:
            need.gone_authors.add(said.author_key)
    return need


@dataclass(slots=True)
class Book:
    """The records that a batch touches. What was touched is told apart, so that only it is written."""

    wall: Wall
    policy: Policy
    records: dict[str, Record]
    sightings: dict[Place, Sighting]
    gone_authors: dict[str, int]
    circle: Circle = field(default_factory=Circle)
    touched: set[str] = field(default_factory=set)
    touched_places: set[Place] = field(default_factory=set)
    touched_reposters: dict[str, set[str]] = field(default_factory=dict)
    touched_authors: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)
    """Posts of which nobody is remembered any more who passed them on."""

    def enter(self, said: Arrival) -> None:
        """One arrival."""
        if isinstance(said, Posted | Edited):
            self._posted(said)
        elif isinstance(said, Deleted):
            self._deleted(said)
        elif isinstance(said, Reposted | Unreposted):
            self._reposted(said)
        else:
            self._author_gone(said)

    def settle(self, ids: Iterable[str] | None = None) -> None:
        """Derive what is shown of each of these posts by itself; of all that were touched unless told."""
        for id_ in self.touched if ids is None else ids:
            record = self.records[id_]
            record.author_gone_ms = self.gone_authors.get(record.author_key, record.author_gone_ms)
            had = len(record.reposters)
            for author_key in self.gone_authors.keys() & record.reposters.keys():
                del record.reposters[author_key]
            merge.settle(record, self.wall, self.policy, self.circle)
            if had and not record.reposters:
                self.emptied.add(id_)

    def fold(self, ids: Iterable[str], crowded: Collection[int] = ()) -> list[Group]:
        """Let posts that were just settled stand together; they are all that share a voice."""
        return fold((self.records[id_] for id_ in ids), crowded)

    def settle_quotes(self, ids: Iterable[str]) -> None:
        """Show the quotes of these posts or not, by what became of the posts that they quote."""
        for id_ in ids:
            record = self.records[id_]
            if quote := record.quote:
                quoted = self.records.get(item_id(quote.key)) if quote.key else None
                lost = quote.author.key in self.gone_authors or (quoted and merge.is_lost(quoted))
                blocked = self.circle.of(quote.author.key).blocked
                unfit = blocked or (quoted and not merge.is_quotable(quoted))
                allowed = not quote.author.opted_out and not unfit
                merge.settle_quote(record, allowed=allowed and not lost, erase=bool(lost))

    def _posted(self, said: Posted) -> None:
        id_ = item_id(said.post.key)
        # what must not be shown is entered too: its content is dropped (`settle`), and older words of it stay out
        record = self.records.setdefault(id_, Record(id=id_, key=said.post.key))
        place = (said.server, said.local_id)
        if place in self.sightings and place not in record.sightings:
            record.sightings[place] = self.sightings[place]  # its deletion came before it
        merge.observe(record, said)
        record.nameless = record.nameless or merge.must_stay_out(said.post, self.wall)
        self.sightings[place] = record.sightings[place]
        self.touched.add(id_)
        self.touched_places.add(place)

    def _deleted(self, said: Deleted) -> None:
        place = (said.server, said.local_id)
        known = self.sightings.get(place)
        id_ = item_id(said.key) if said.key else known.item_id if known else None
        self.touched_places.add(place)
        if id_ is None:
            orphan = self.sightings.setdefault(place, Sighting(*place, None, said.origin))
            orphan.gone_ms = max(orphan.gone_ms, to_ms(said.seen_at))
            return
        record = self.records.setdefault(id_, Record(id=id_, key=""))
        if known is not None:
            record.sightings.setdefault(place, known)
        merge.forget(record, said)
        self.sightings[place] = record.sightings[place]
        self.touched.add(id_)

    def _reposted(self, said: Reposted | Unreposted) -> None:
        id_ = item_id(said.key)
        record = self.records.setdefault(id_, Record(id=id_, key=""))
        if isinstance(said, Reposted):
            merge.pass_on(record, said)
            author_key = said.by.key
        else:
            merge.take_back(record, said)
            author_key = said.author_key
        if author_key in record.reposters:
            self.touched.add(id_)
            self.touched_reposters.setdefault(id_, set()).add(author_key)

    def _author_gone(self, said: AuthorGone) -> None:
        gone_ms = max(self.gone_authors.get(said.author_key, 0), to_ms(said.seen_at))
        self.gone_authors[said.author_key] = gone_ms
        self.touched_authors.add(said.author_key)
        self.touched |= {i for i, r in self.records.items() if _involves(r, said.author_key)}


def _involves(record: Record, author_key: str) -> bool:
    """Whether an account wrote a post, passed it on, or is quoted in it."""
    quoted = record.quote is not None and record.quote.author.key == author_key
    return quoted or author_key == record.author_key or author_key in record.reposters
