"""The statements of every batch, built once: building them anew took a fifth of an arrival's time."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Select,
    bindparam,
    delete,
    func,
    or_,
    select,
    union,
    union_all,
    update,
)

from app.storage.schema import author_gone, item, media, quote, repost, sighting, wall

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_WALL_ID: BindParameter[Any] = bindparam("on_wall")
"""Not `wall_id`: an UPDATE or INSERT would take that name for a column."""

WALL = select(wall).where(wall.c.slug == bindparam("slug"))
LOCKED_WALL = WALL.with_for_update()
POSTS = select(item).where(item.c.wall_id == _WALL_ID, item.c.kind == "post", item.c.id.in_(_IDS))
SIGHTINGS_OF = select(sighting).where(sighting.c.wall_id == _WALL_ID, sighting.c.item_id.in_(_IDS))
SIGHTINGS_AT = select(sighting).where(
    sighting.c.wall_id == _WALL_ID,
    sighting.c.server == bindparam("on_server"),
    sighting.c.local_id.in_(_IDS),
)
REPOSTS = select(repost).where(repost.c.wall_id == _WALL_ID, repost.c.item_id.in_(_IDS))
QUOTES = select(quote).where(quote.c.wall_id == _WALL_ID, quote.c.item_id.in_(_IDS))
QUOTING = select(quote.c.item_id).where(quote.c.wall_id == _WALL_ID, quote.c.quoted_id.in_(_IDS))
NO_QUOTES = delete(quote).where(quote.c.wall_id == _WALL_ID, quote.c.item_id.in_(_IDS))
NO_REPOSTS = delete(repost).where(repost.c.wall_id == _WALL_ID, repost.c.item_id.in_(_IDS))
NO_REPOSTS_BY = delete(repost).where(repost.c.wall_id == _WALL_ID, repost.c.author_key.in_(_IDS))
POSTS_WITH = union(
    *(
        select(column).where(table.c.wall_id == _WALL_ID, table.c.author_key.in_(_IDS))
        for table, column in (
            (item, item.c.id),
            (repost, repost.c.item_id),
            (quote, quote.c.item_id),
        )
    )
)
WITH_VOICES = select(item.c.id).where(
    item.c.wall_id == _WALL_ID,
    or_(item.c.voice_address.in_(_IDS), item.c.voice_note.in_(_IDS)),
)


def _voiced(digest: "Column[Any]", name: str) -> "Select[Any]":
    columns = (digest.label("digest"), func.count(), func.min(item.c.id), func.max(item.c.id))
    asked = digest.in_(bindparam(name, expanding=True))
    return select(*columns).where(item.c.wall_id == _WALL_ID, asked).group_by(digest)


VOICED = union_all(_voiced(item.c.voice_address, "addresses"), _voiced(item.c.voice_note, "notes"))
AUTHORS_GONE = select(author_gone.c.author_key, author_gone.c.gone_ms).where(
    author_gone.c.wall_id == _WALL_ID, author_gone.c.author_key.in_(_IDS)
)
NO_MEDIA = delete(media).where(media.c.wall_id == _WALL_ID, media.c.item_id.in_(_IDS))
ADVANCE = (
    update(wall)
    .where(wall.c.id == _WALL_ID)
    .values(
        seq=wall.c.seq + 1,
        arrivals=wall.c.arrivals + bindparam("more_arrivals"),
        shown=wall.c.shown + bindparam("more_shown"),
    )
    .returning(wall)
)
