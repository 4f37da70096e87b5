"""All rules of a wall, made ready once: what each says of a post, in the order of the book."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from app.domain.post import Author
from app.domain.rules import facts
from app.domain.rules.measures import MEASURES
from app.domain.rules.names import domain, language, name
from app.domain.rules.rule import Hit, Kind, Rule, Subject
from app.domain.rules.words import Word, Words

Table = dict[str, list[int]]
"""A value, and the numbers of the rules that name it."""


class RuleBook:
    """Rules that are switched on, in their order. A book without rules holds nothing."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [rule for rule in rules if rule.on]
        self._words = Words(
            Word(number, value) for number, value in self._values("word") if value.strip()
        )
        self._authors = self._table("author", name)
        self._domains = self._table("domain", domain)
        self._networks = self._table("network", str.lower)
        self._languages = self._table("language", language)
        self._allowed = frozenset(name(value) for _, value in self._values("allow"))
        self._allowed_domains = frozenset(domain(v) for _, v in self._values("allow"))
        self._measured = [
            (number, MEASURES[rule.kind], rule.limit())
            for number, rule in enumerate(self._rules)
            if rule.kind in MEASURES
        ]

        self._nameable = lru_cache(maxsize=4_096)(self._is_fine)

    def hits(self, subject: Subject) -> list[Hit]:
        """Every rule that applies, in the order of the book, each once."""
        said: dict[int, str] = {}
        for number, sentence in self._said(subject):
            said.setdefault(number, sentence)
        return [self._hit(number, said[number]) for number in sorted(said)]

    def verdict(self, subject: Subject) -> Hit | None:
        """The first rule that hides, else the first that holds; None when no rule applies."""
        hits = self.hits(subject)
        return next((hit for hit in hits if hit.action == "hide"), hits[0] if hits else None)

    def allows(self, author: Author) -> bool:
        """Whether somebody is on an allow list: by handle, key, or server."""
        if not self._allowed:
            return False
        if not self._allowed.isdisjoint(facts.names(author)):
            return True
        return not self._allowed_domains.isdisjoint(facts.of_author(author.handle, ""))

    def may_name(self, key: str, handle: str, shown: str) -> bool:
        """Whether somebody may be named under a post that they passed on: no rule speaks of name, handle or server."""
        return self._nameable(key, handle, shown)

    def _is_fine(self, key: str, handle: str, shown: str) -> bool:
        if self._words.found([shown]):
            return False
        if not self._authors.keys().isdisjoint((name(key), name(handle))):
            return False
        return self._domains.keys().isdisjoint(facts.of_author(handle, ""))

    def _values(self, kind: Kind) -> Iterator[tuple[int, str]]:
        for number, rule in enumerate(self._rules):
            if rule.kind == kind:
                yield from ((number, value) for value in rule.values)

    def _table(self, kind: Kind, form: Callable[[str], str]) -> Table:
        table: Table = {}
        for number, value in self._values(kind):
            table.setdefault(form(value), []).append(number)
        return table

    def _said(self, subject: Subject) -> Iterator[tuple[int, str]]:
        post = subject.post
        for word in self._words.found(facts.texts(post)):
            yield word.rule, f"Blocked word: “{word.written.strip().removesuffix('*')}”."
        if self._authors:
            keys = [key for author in facts.authors(post) for key in facts.names(author)]
            yield from _named(self._authors, keys, "Blocked person: “{}”.")
        if self._domains:
            yield from _named(self._domains, facts.servers(post), "Blocked server: “{}”.")
        if self._networks:
            yield from _named(self._networks, (post.network,), "From a network that waits: {}.")
        if self._languages and post.language:
            yield from _named(
                self._languages, facts.languages(post.language), "In a language that waits: {}."
            )
        for number, measure, limit in self._measured:
            if sentence := measure(subject, limit):
                yield number, sentence

    def _hit(self, number: int, sentence: str) -> Hit:
        rule = self._rules[number]
        return Hit(rule.id, rule.action, rule.kind, sentence)


def _named(table: Table, values: Iterable[str], sentence: str) -> Iterator[tuple[int, str]]:
    for value in table.keys() & values:
        for number in table[value]:
            yield number, sentence.format(value)
