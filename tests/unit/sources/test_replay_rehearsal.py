"""The rehearsal that ships with Hallway: it is whole, and it behaves like a real conference."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from app.domain.arrival import Posted, Reposted
from app.domain.post import Author, Post, RichText
from app.domain.text import fold_tag
from app.rehearsal import EVENT
from app.rehearsal.make.album import draw
from app.rehearsal.make.avatars import emoji
from app.rehearsal.make.lines import replay_file
from app.sources.replay.format import ReplayLine, assets, parse_line
from app.sources.replay.source import asset_path, replay_event

LINES = [
    parse_line(line, number)
    for number, line in enumerate(EVENT.read_bytes().splitlines(), 1)
    if number > 1
]
HEADER = replay_event(EVENT)
MEDIA = EVENT.parent / "media"


def originals() -> list[tuple[ReplayLine, Post]]:
    """The first word of every post."""
    first: dict[str, tuple[ReplayLine, Post]] = {}
    for line in LINES:
        if isinstance(line.arrival, Posted):
            first.setdefault(line.arrival.post.key, (line, line.arrival.post))
    return list(first.values())


def texts(post: Post) -> list[RichText]:
    quoted = [post.quote.body, post.quote.author.name] if post.quote else []
    return [post.body, post.author.name, *quoted]


def test_its_lines_are_sorted_by_time() -> None:
    assert all(a.at <= b.at for a, b in pairwise(LINES))


def test_it_is_what_its_script_says() -> None:
    assert replay_file() == EVENT.read_bytes()


def test_its_pictures_are_drawn_the_same_every_time() -> None:
    assert draw("dog") == draw("dog")
    assert emoji("snek") == emoji("snek")


def test_every_talk_lies_within_the_day() -> None:
    assert len(HEADER.sessions) >= 20
    assert all(HEADER.started_at < s.starts_at < s.ends_at for s in HEADER.sessions)


def test_the_share_of_reposts_is_that_of_real_conferences() -> None:
    reposts = sum(isinstance(line.arrival, Reposted) for line in LINES)
    assert 0.52 <= reposts / (reposts + len(originals())) <= 0.76


def test_it_peaks_as_real_conferences_do_but_no_higher() -> None:
    day = [line.at for line in LINES if line.at >= HEADER.started_at]
    busiest = max(sum(at <= x < at + timedelta(minutes=1) for x in day) for at in day)
    assert 8 <= busiest <= 25


def test_few_people_make_many_posts() -> None:
    counts = Counter(post.author.key for _, post in originals())
    most = sum(count for _, count in counts.most_common(10))
    assert 0.2 <= most / counts.total() <= 0.45


def test_reposts_follow_with_a_heavy_tail() -> None:
    came = {post.key: line.at for line, post in originals()}
    delays = sorted(
        line.at - came[line.arrival.key] for line in LINES if isinstance(line.arrival, Reposted)
    )
    assert delays[0] > timedelta(0)
    assert delays[len(delays) // 2] < timedelta(minutes=20)
    assert delays[len(delays) * 95 // 100] > timedelta(hours=1)


def test_the_wall_is_full_at_once_and_posts_come_every_few_seconds_at_speed_10() -> None:
    posts = [line.at for line, _ in originals()]
    assert sum(at < HEADER.started_at for at in posts) >= 35
    early = [at for at in posts if HEADER.started_at <= at][:15]
    gaps = [b - a for a, b in pairwise([HEADER.started_at, *early])]
    assert max(gaps) / 10 <= timedelta(seconds=10)


def test_something_happens_at_least_every_minute_at_speed_10() -> None:
    day = [line.at for line in LINES if line.at >= HEADER.started_at]
    assert max(b - a for a, b in pairwise(day)) / 10 <= timedelta(minutes=1)


def test_no_two_posts_say_the_same() -> None:
    counts = Counter(post.body.text for _, post in originals())
    assert counts.most_common(1)[0][1] == 1


def test_spans_mark_what_they_say() -> None:
    starts = {"hashtag": "#", "mention": "@", "link": "https://", "emoji": ":"}
    for _, post in originals():
        for text in texts(post):
            for span in text.spans:
                marked = text.text[span.start : span.end]
                assert marked.startswith(starts[span.kind]), marked
                assert span.href
            assert all(a.end <= b.start for a, b in pairwise(text.spans))


def test_every_post_carries_the_tag_and_its_hashtags_are_folded() -> None:
    wanted = fold_tag(HEADER.hashtags[0])
    for _, post in originals():
        assert wanted in post.hashtags
        assert list(post.hashtags) == sorted({fold_tag(tag) for tag in post.hashtags})


def test_one_edit_takes_the_tag_away() -> None:
    edits = [line.arrival for line in LINES if line.arrival.kind == "edited"]
    assert sum(isinstance(edit, Posted) and not edit.post.hashtags for edit in edits) == 1


def test_every_picture_has_words_for_those_who_cannot_see_it() -> None:
    for _, post in originals():
        assert all(len(medium.alt) > 30 for medium in post.media)


def test_every_asset_is_there_and_every_file_is_used() -> None:
    used = {name for line in LINES for name in assets(line.arrival)}
    assert used == {path.name for path in MEDIA.iterdir()}
    assert all(asset_path(EVENT, f"asset:{name}") == MEDIA / name for name in used)


@pytest.mark.parametrize("path", sorted(MEDIA.iterdir()), ids=lambda path: path.stem)
def test_a_picture_has_the_size_that_its_post_says(path: Path) -> None:
    said = {
        (medium.width, medium.height)
        for _, post in originals()
        for medium in post.media
        if medium.url == f"asset:{path.name}"
    }
    with Image.open(path) as picture:
        assert picture.format == "WEBP"
        assert said <= {picture.size}


def test_it_is_small_enough_to_ship() -> None:
    files = [EVENT, *MEDIA.iterdir()]
    assert sum(path.stat().st_size for path in files) < 4 * 1024 * 1024


def test_nobody_and_no_host_in_it_is_real() -> None:
    def hosts(author: Author) -> str:
        return author.handle.rpartition("@")[2]

    for _, post in originals():
        assert hosts(post.author).endswith(".example")
        assert post.url.split("/")[2].endswith(".example")
        for span in (span for span in post.body.spans if span.kind == "link"):
            assert span.href
            assert span.href.split("/")[2].endswith(".example")


def test_it_speaks_many_languages() -> None:
    spoken = Counter(post.language for _, post in originals())
    assert len(spoken) >= 14
    assert 0.55 <= spoken["en"] / spoken.total() <= 0.75
