"""Our reader of feeds over the feeds that feedparser is tested with: nothing breaks, nothing unsafe, and as many entries.

They come with feedparser's source package, which is fetched from PyPI into a cache and checked; none is kept here.
"""

import hashlib
import re
import subprocess
import sys
import tarfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from app.domain.post import Post
from app.domain.text import ALT, NAME, POST, safe_rich, safe_text, web_address
from app.sources.feed.entry import Feed, FeedError
from app.sources.feed.parse import parse_feed
from app.sources.feed.post import View, posts_of
from tests.networks import packages

VERSION = "6.0.14"
SHA256 = "088679b0c4b543ee211a820dd544698c76a402122eae7473c04a43425f283d06"
FETCH_WITHIN_S = 120

HEADER = re.compile(rb"^Header:\s+([^:\r\n]+):([^\r\n]+)", re.MULTILINE)
"""How these files say with which HTTP headers they come."""
VIEW = View("https://blog.example/feed.xml", "blog.example", ("pyfest26",), all_entries=True)
PAGE = "https://blog.example/"
NOW = datetime(2026, 11, 22, tzinfo=UTC)

REFUSED = {
    "wellformed/rdf/doctype_contains_entity_decl.xml": "it declares entities",
    "wellformed/rss/entity_in_doctype.xml": "it declares entities",
    # entities of one's own are the way of attacks (billion laughs, files read): no feed needs them
    "illformed/rss_incomplete_cdata.xml": "it is no XML",
    # cut off within its only entry: half an entry is not shown; it comes whole with the next look
}
"""Feeds in which feedparser finds something and we find nothing, on purpose."""


@dataclass(frozen=True)
class Case:
    name: str
    body: bytes
    headers: dict[str, str]


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    """All test feeds, but for those that are about compression, which is httpx's."""
    with tarfile.open(_sdist()) as packed:
        found = [
            _case(member.name.partition("/tests/")[2], inside.read())
            for member in packed.getmembers()
            if re.search(
                r"/tests/(wellformed|illformed|encoding|entities|http)/.*\.xml$", member.name
            )
            and (inside := packed.extractfile(member)) is not None
        ]
    assert len(found) > 2_000
    return found


def _case(name: str, body: bytes) -> Case:
    told = {key.decode().lower(): value.decode().strip() for key, value in HEADER.findall(body)}
    wanted = ("content-type", "content-location", "content-language")
    return Case(name, body, {key: told[key] for key in wanted if key in told})


def _sdist() -> Path:
    """The source package as PyPI has it, from the cache where it is there already."""
    folder = packages.folder().parent
    path = folder / f"feedparser-{VERSION}.tar.gz"
    if not path.exists():
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            folder,
        ]
        command += ["--no-binary", "feedparser", f"feedparser=={VERSION}"]
        done = subprocess.run(command, timeout=FETCH_WITHIN_S, check=False)
        if done.returncode:
            pytest.fail("feedparser's source package cannot be fetched from PyPI.", pytrace=False)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    return path


def _read(case: Case) -> Feed | None:
    kind = case.headers.get("content-type", "application/xml")
    try:
        return parse_feed(case.body, content_type=kind, address="https://blog.example/feed.xml")
    except FeedError as error:
        if not str(error).startswith(REFUSED.get(case.name, "it is no XML")):
            pytest.fail(f"{case.name}: {error}")
        return None


def _counted_by_feedparser(case: Case) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        headers = {"content-type": "application/xml"} | case.headers
        return len(feedparser.parse(case.body, response_headers=headers).entries)


def test_as_many_entries_are_found_as_feedparser_finds(cases: list[Case]) -> None:
    differ = {}
    for case in cases:
        feed, theirs = _read(case), _counted_by_feedparser(case)
        ours = len(feed.entries) if feed is not None else 0
        if ours != theirs:
            differ[case.name] = (ours, theirs)
    expected = {
        name: (0, 1)
        for name in REFUSED
        if name != "wellformed/rdf/doctype_contains_entity_decl.xml"
    }
    assert differ == expected


def test_nothing_unsafe_comes_out_of_them(cases: list[Case]) -> None:
    shown = 0
    for case in cases:
        feed = _read(case) or Feed()
        # most of these feeds lead nowhere: with a page of their own, their entries can be shown
        posts, _ = posts_of(replace(feed, link=feed.link or PAGE), VIEW, NOW)
        for one in posts:
            _is_safe(one.post)
            shown += 1
    assert shown > 500


def _is_safe(post: Post) -> None:
    assert safe_rich(post.body, POST) == post.body
    assert safe_rich(post.author.name, NAME) == post.author.name
    assert all(address is None or web_address(address) == address for address in _addresses(post))
    assert all(safe_text(one.alt, limits=ALT) == one.alt for one in post.media)
    assert post.created_at <= NOW


def _addresses(post: Post) -> Iterator[str | None]:
    yield from (post.url, post.author.url, post.author.avatar)
    yield from (address for one in post.media for address in (one.url, one.preview))
    yield from (span.href for rich in (post.body, post.author.name) for span in rich.spans)
