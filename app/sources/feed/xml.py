"""Turns the bytes of an XML feed into a small tree: bounded, without DTD or entities, mending usual faults."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin
from xml.parsers import expat

from app.sources.feed.entry import FeedError
from app.sources.feed.text import decoded, mended

MOST_NODES = 200_000
"""Elements of one feed; 500 episodes of a podcast have some 10,000."""

MOST_ATTRIBUTES = 100
"""Of one element."""

DEEPEST = 100
"""Elements within elements; below that only the text is kept."""

ENTRIES = frozenset({"item", "atom:entry", "atom:item"})

_DECLARATION = re.compile(r"\A<\?xml\b[^>]*\?>")

_NAMESPACES = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",  # Atom 0.3
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://backend.userland.com/rss2": "",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
"""By the address in lower case without a closing slash, as feeds write them in all ways."""


class Node:
    """An element: its name as `prefix:name` in lower case, its attributes, and what is inside."""

    __slots__ = ("attributes", "base", "language", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str], base: str, language: str) -> None:
        self.name = name
        self.attributes = attributes
        self.base = base
        """What relative addresses start from."""
        self.language = language
        self.parts: list[str | Node] = []

    def children(self, *names: str) -> Iterator["Node"]:
        """The child elements of these names, in their order."""
        return (one for one in self.parts if isinstance(one, Node) and one.name in names)

    def first(self, *names: str) -> "Node | None":
        """The first child of the first of these names that there is."""
        found = (next(self.children(name), None) for name in names)
        return next((one for one in found if one is not None), None)

    def get(self, attribute: str) -> str:
        """An attribute without the white space around it; empty when it is missing."""
        return self.attributes.get(attribute, "").strip()

    def text(self) -> str:
        """All text inside, without the white space around it."""
        return "".join(self._texts()).strip()

    def _texts(self) -> Iterator[str]:
        for part in self.parts:
            if isinstance(part, str):
                yield part
            else:
                yield from part._texts()


def read_xml(body: bytes, charset: str, address: str) -> tuple[Node, str]:
    """The root, and what is wrong behind its last whole entry (empty when nothing is).

    Raises FeedError when there is a DOCTYPE with declarations, too much, or no entry before a fault.
    """
    text = decoded(body, charset)
    builder, fault = _parse(text, address)
    if fault:
        better = mended(text)
        if better != text:
            builder, fault = _parse(better, address)
    if builder.root is None or (fault and not builder.entries):
        raise FeedError(f"it is no XML ({fault})" if fault else "it is empty")
    return builder.root, fault


def _parse(text: str, address: str) -> tuple["_Builder", str]:
    builder = _Builder(address)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.EntityDeclHandler = _refuse_entity
    parser.SkippedEntityHandler = builder.skipped
    try:
        parser.Parse(_DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1).encode(), True)  # noqa: FBT003
    except expat.ExpatError as error:
        builder.drop_unfinished()
        return builder, f"line {error.lineno}: {expat.ErrorString(error.code)}"
    return builder, ""


def _refuse_declarations(name: str, system: object, public: object, internal: int) -> None:
    """Entities that multiply or read files need declarations; no feed needs them."""
    if internal:
        raise FeedError("it declares entities of its own, which is not safe to read")


def _refuse_entity(*declared: object) -> None:
    raise FeedError("it declares entities of its own, which is not safe to read")


class _Builder:
    """Builds the tree from expat's calls; names are resolved here, as prefixes are often undeclared."""

    def __init__(self, address: str) -> None:
        self.root: Node | None = None
        self.entries = 0
        """Entries that are whole."""
        self._open: list[Node] = []
        self._scopes: list[dict[str, str]] = [{"xml": "xml"}]
        self._deep = 0
        self._count = 0
        self._address = address

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_NODES or len(attributes) > MOST_ATTRIBUTES:
            raise FeedError("it has more elements or attributes than a feed can need")
        if len(self._open) >= DEEPEST:
            self._deep += 1
            return
        scope = _scope(self._scopes[-1], attributes)
        if not self._open:
            scope = _root_scope(scope, tag)
        named = {_resolved(name, scope, ""): value for name, value in attributes.items()}
        parent = self._open[-1] if self._open else None
        node = Node(_resolved(tag, scope, scope.get("", "")), named, *self._context(parent, named))
        if parent is not None:
            parent.parts.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)
        self._scopes.append(scope)

    def _context(self, parent: Node | None, attributes: dict[str, str]) -> tuple[str, str]:
        base = parent.base if parent is not None else self._address
        language = parent.language if parent is not None else ""
        if "xml:base" in attributes:
            base = joined(base, attributes["xml:base"]) or base
        return base, attributes.get("xml:lang", language)

    def end(self, tag: str) -> None:
        if self._deep:
            self._deep -= 1
            return
        node = self._open.pop()
        self._scopes.pop()
        self.entries += node.name in ENTRIES

    def text(self, data: str) -> None:
        if self._open:
            self._open[-1].parts.append(data)

    def skipped(self, name: str, parameter: bool) -> None:  # noqa: FBT001  # expat's own signature
        self.text(unescape(f"&{name};"))

    def drop_unfinished(self) -> None:
        """Take an entry that was cut in two out of the tree."""
        for parent, node in zip(self._open, self._open[1:], strict=False):
            if node.name in ENTRIES:
                parent.parts.remove(node)
                return


def _scope(outer: dict[str, str], attributes: dict[str, str]) -> dict[str, str]:
    """The prefixes that hold inside an element with these attributes."""
    declared = {
        name.partition(":")[2]: uri for name, uri in attributes.items() if name[:5] == "xmlns"
    }
    if not declared:
        return outer
    return outer | {prefix: _short(prefix, uri) for prefix, uri in declared.items()}


def _root_scope(scope: dict[str, str], tag: str) -> dict[str, str]:
    """A default namespace that nobody knows, or none at all, is what the root's name says it is."""
    usual = "atom" if tag.lower() in ("feed", "entry") else ""
    return scope if scope.get("", "?") not in ("", "?") else scope | {"": usual}


def _short(prefix: str, uri: str) -> str:
    """Our prefix for a namespace; an unknown one keeps its own, marked so that it hides nothing."""
    known = _NAMESPACES.get(uri.strip().lower().rstrip("/"))
    if known is None:
        return f"{prefix.lower()}?" if prefix else ("" if not uri.strip() else "?")
    return known


def _resolved(name: str, scope: dict[str, str], default: str) -> str:
    """`prefix:name` in lower case. A prefix that nobody declared is taken for what it usually is."""
    prefix, colon, local = name.lower().rpartition(":")
    short = scope.get(prefix, prefix) if colon else default
    return f"{short}:{local}" if short else local


def joined(base: str, address: str) -> str:
    """`address` seen from `base`; empty when that makes no sense."""
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""
