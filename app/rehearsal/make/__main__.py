"""Writes the rehearsal's replay file and the pictures it needs beside this package, all of them anew."""

from collections.abc import Callable, Iterator
from functools import partial

from app.rehearsal.make.album import SCENES, draw
from app.rehearsal.make.avatars import EMOJI, avatar, emoji
from app.rehearsal.make.lines import HERE, everybody, replay_file
from app.sources.replay.format import assets, parse_line


def main() -> None:
    """Draw and write everything; takes about half a minute."""
    event = replay_file()
    (HERE / "pyfest26.jsonl").write_bytes(event)
    lines = enumerate(event.splitlines()[1:], 2)
    needed = {name for number, line in lines for name in assets(parse_line(line, number).arrival)}
    media = HERE / "media"
    media.mkdir(exist_ok=True)
    for file in media.iterdir():
        file.unlink()
    for name, picture in pictures():
        if name in needed:
            (media / name).write_bytes(picture())


def pictures() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Every picture there can be by its file name, and how it is drawn."""
    yield from ((f"avatar-{p.id}.webp", partial(avatar, p)) for p in everybody().values())
    yield from ((f"emoji-{name}.webp", partial(emoji, name)) for name in EMOJI)
    yield from ((f"{name}.webp", partial(draw, name)) for name in SCENES)


if __name__ == "__main__":
    main()
