"""Which frames of the firehose are worth parsing, told from their bytes: a thousandth of them is. Pure.

It never drops what matters: what it does not recognise is parsed. A needle holds quotes that are not escaped,
so no text that somebody wrote can look like it.
"""

import re
from collections.abc import Container
from typing import Protocol

from app.domain.text import fold_tag

_COLLECTION = b'"collection":"'
_POST = b'app.bsky.feed.post"'
_REPOST = b'app.bsky.feed.repost"'
_CREATE = b'"operation":"create"'
_TAG_FACET = b'facet#tag"'
_TAG_LIST = b'"tags":'
_ADDRESS = b'"at://'

_TAG = re.compile(rb'"tag"\s*:\s*"([^"\\]*)(["\\])')
_RKEY = re.compile(rb'"rkey"\s*:\s*"([^"\\]*)"')
_DID = re.compile(rb'"did"\s*:\s*"([^"\\]*)"')


class Index(Protocol):
    """What is known so far, as bytes: addresses of posts, accounts, the record keys of reposts, and accounts
    of whose reposts these are not known."""

    @property
    def post_keys(self) -> Container[bytes]: ...

    @property
    def authors(self) -> Container[bytes]: ...

    @property
    def repost_rkeys(self) -> Container[bytes]: ...

    @property
    def reposters(self) -> Container[bytes]: ...


class Sieve:
    """Lets through: posts with one of the hashtags, changes and deletions of posts, reposts of known posts
    and their taking back, news of known accounts, and whatever it cannot judge."""

    def __init__(self, tags: frozenset[str], index: Index) -> None:
        self._tags = tags
        self._index = index

    def wants(self, raw: bytes) -> bool:
        """Whether a frame is to be parsed."""
        at = raw.find(_COLLECTION)
        if at < 0:
            return self._account(raw)
        at += len(_COLLECTION)
        if raw.startswith(_POST, at):
            if _CREATE in raw:
                return (_TAG_FACET in raw and self._tagged(raw)) or _TAG_LIST in raw
            return True
        return raw.startswith(_REPOST, at) and self._repost(raw)

    def _tagged(self, raw: bytes) -> bool:
        """Whether a facet names one of the hashtags. What is escaped is parsed."""
        for name, end in _TAG.findall(raw):
            if end == b"\\" or fold_tag(name.decode("utf-8", "replace")) in self._tags:
                return True
        return False

    def _repost(self, raw: bytes) -> bool:
        if _CREATE not in raw:
            found, by = _RKEY.search(raw), _DID.search(raw)
            if found is None or by is None:
                return True
            return found[1] in self._index.repost_rkeys or by[1] in self._index.reposters
        keys, at = self._index.post_keys, raw.find(_ADDRESS)
        while at >= 0:
            end = raw.find(b'"', at + len(_ADDRESS))
            if raw[at + 1 : end] in keys:
                return True
            at = raw.find(_ADDRESS, end) if end >= 0 else -1
        return False

    def _account(self, raw: bytes) -> bool:
        found = _DID.findall(raw)
        return not found or any(did in self._index.authors for did in found)
