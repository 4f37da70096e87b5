"""What is embedded in a Bluesky post: pictures, films, link previews, and the record it quotes. Pure."""

from app.domain.post import Card, Media
from app.domain.text import ALT, TITLE, WARNING, web_address
from app.sources.shapes import Json, as_count, as_dict, as_str, dicts_in, host_of, shown

_MOST = 20
"""Items of a gallery (app.bsky.embed.gallery); `images` has at most 4."""

_PREFIX = "app.bsky.embed."


def media_of(embed: object) -> tuple[Media, ...]:
    """The pictures and films of a view; kinds of embeds that we do not know have none."""
    view, kind = _media_part(embed)
    if kind == "images":
        return tuple(map(_picture, dicts_in(view.get("images"))[:_MOST]))
    if kind == "gallery":
        return tuple(map(_picture, dicts_in(view.get("items"))[:_MOST]))
    return (_film(view),) if kind == "video" else ()


def card_of(embed: object, *, picture: bool = True) -> Card | None:
    """The preview of a page that the post links to; `picture`: with its picture."""
    view, kind = _media_part(embed)
    external = as_dict(view.get("external")) if kind == "external" else {}
    url = web_address(external.get("uri"))
    if url is None:
        return None
    return Card(
        url=url,
        title=shown(external.get("title"), TITLE) or host_of(url),
        description=shown(external.get("description"), WARNING),
        provider=shown(host_of(url), TITLE),
        image=web_address(external.get("thumb")) if picture else None,
    )


def quoted_record(embed: object) -> Json:
    """The `#viewRecord` that a post quotes; empty when it quotes none, or none that may be seen."""
    view, kind = as_dict(embed), _kind(embed)
    if kind == "recordWithMedia":
        view = as_dict(view.get("record"))
    elif kind != "record":
        return {}
    record = as_dict(view.get("record"))
    return record if record.get("$type") == f"{_PREFIX}record#viewRecord" else {}


def _kind(embed: object) -> str:
    name = as_str(as_dict(embed).get("$type"))
    return name.removeprefix(_PREFIX).removesuffix("#view") if name.startswith(_PREFIX) else ""


def _media_part(embed: object) -> tuple[Json, str]:
    if _kind(embed) == "recordWithMedia":
        embed = as_dict(embed).get("media")
    return as_dict(embed), _kind(embed)


def _picture(item: Json) -> Media:
    ratio = as_dict(item.get("aspectRatio"))
    return Media(
        kind="image",
        url=web_address(item.get("fullsize")),
        preview=web_address(item.get("thumb")) or web_address(item.get("thumbnail")),
        alt=shown(item.get("alt"), ALT),
        width=as_count(ratio.get("width")) or None,
        height=as_count(ratio.get("height")) or None,
    )


def _film(view: Json) -> Media:
    """HLS: browsers need a player for it, so pages show the still."""
    ratio = as_dict(view.get("aspectRatio"))
    return Media(
        kind="gifv" if view.get("presentation") == "gif" else "video",
        url=web_address(view.get("playlist")),
        preview=web_address(view.get("thumbnail")),
        alt=shown(view.get("alt"), ALT),
        width=as_count(ratio.get("width")) or None,
        height=as_count(ratio.get("height")) or None,
    )
