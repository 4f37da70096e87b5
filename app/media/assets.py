"""Pictures that come with the service: `asset:NAME` is a plain file name in a registered folder."""

from collections.abc import Collection
from pathlib import Path

from app.media.errors import MediaRefused, MediaUnavailable

SCHEME = "asset:"


def read_asset(url: str, folders: Collection[Path], max_bytes: int) -> bytes:
    """The bytes of the first file of that name in `folders`.

    Raises MediaRefused for anything but a plain name, and for a link that leads out of its folder;
    MediaUnavailable when no folder has it.
    """
    name = url.removeprefix(SCHEME)
    if not name or name.startswith(".") or any(sign in name for sign in "/\\\0"):
        raise MediaRefused("An asset is called by a plain file name.")
    path = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if path is None:
        raise MediaUnavailable(f"There is no asset {name!r}.")
    if path.resolve().parent != path.parent.resolve():
        raise MediaRefused("The asset leads out of its folder.")
    if path.stat().st_size > max_bytes:
        raise MediaRefused(f"The asset is larger than {max_bytes // 1024} KiB.")
    return path.read_bytes()
