"""The statements of every batch, built once: building them anew took a fifth of an arrival's time."""

from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, select, update

from app.storage.schema import author_gone, item, media, repost, sighting, wall

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
