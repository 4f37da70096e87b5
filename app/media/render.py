"""Runs as a process of its own: turns bytes that nobody trusts into WebP pictures of three sizes.

Started by path (`python -I render.py`), so it imports only the standard library and Pillow.
Frames on stdin and stdout: a count byte, then so many times a big-endian u32 length and its bytes.
It says a frame of no parts when it is ready; asked with one part, it answers three (s, m, l), or
one that says in words why not.
"""

import os
import signal
import struct
import sys
import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

from PIL import (
    AvifImagePlugin,
    ExifTags,
    GifImagePlugin,  # noqa: F401  # plugins are loaded before the limits are set
    Image,
    ImageCms,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

BOXES = (256, 800, 1920)
"""Pixels of the squares that the sizes fit in: s, m, l."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS = 40_000_000
# What undoes each orientation of EXIF. `ImageOps.exif_transpose` would also write EXIF anew, and
# fails where a camera wrote it oddly.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUALITY = 82
_METHOD = 2
_MEMORY_BYTES = 1024**3
_ORPHAN_S = 30
"""A worker whose service was killed ends itself after so long on one picture."""


def sizes(source: bytes) -> list[bytes]:
    """The first frame of `source` as WebP in each box (s, m, l), never enlarged, without metadata.

    Raises anything on hostile input: decoders do.
    """
    with Image.open(BytesIO(source), formats=FORMATS) as image:
        picture = _upright(image)
    encoded: dict[tuple[int, int], bytes] = {}
    answer = []
    for box in reversed(BOXES):
        picture.thumbnail((box, box), Image.Resampling.LANCZOS)
        if picture.size not in encoded:
            encoded[picture.size] = _webp(picture)
        answer.append(encoded[picture.size])
    return answer[::-1]


def _upright(image: Image.Image) -> Image.Image:
    """The picture in RGB or RGBA of sRGB, turned as EXIF says, no larger than the largest box."""
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    profile = image.info.get("icc_profile")
    image = _smooth(image)
    # Smaller first: JPEG decodes only what is needed, and colours are worked out for fewer pixels.
    image.thumbnail((max(BOXES), max(BOXES)), Image.Resampling.LANCZOS)
    image.load()
    return _in_srgb(image.transpose(turn) if turn is not None else image, profile)


def _smooth(image: Image.Image) -> Image.Image:
    """In a mode that can be resized well: RGB, CMYK or L without transparency, else RGBA."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("RGB", "CMYK", "L") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    colours = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        converted = _by_profile(image, profile, colours) if profile else None
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None  # a broken or unfitting profile: the colours are taken as they are
    return converted or image.convert(colours)


def _by_profile(image: Image.Image, profile: bytes, colours: str) -> Image.Image | None:
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, BytesIO(profile), srgb, outputMode=colours)


def _webp(picture: Image.Image) -> bytes:
    out = BytesIO()
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)  # a new image carries no EXIF, XMP, ICC or text of the old one
    bare.save(out, "WEBP", quality=_QUALITY, method=_METHOD)
    return out.getvalue()


def read_frame(stream: BinaryIO) -> list[bytes]:
    """One frame. Raises EOFError when the other side is gone."""
    count = _exactly(stream, 1)[0]
    return [_exactly(stream, struct.unpack(">I", _exactly(stream, 4))[0]) for _ in range(count)]


def frame(parts: Sequence[bytes]) -> bytes:
    """The bytes of one frame."""
    lengths_and_parts = (struct.pack(">I", len(part)) + part for part in parts)
    return bytes([len(parts)]) + b"".join(lengths_and_parts)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _answer(source: bytes) -> list[bytes]:
    try:
        return sizes(source)
    except MemoryError:
        return [b"The picture needs too much memory."]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return [b"The picture has too many pixels."]
    except Exception as error:  # noqa: BLE001  # decoders raise anything on hostile input
        return [f"The picture cannot be decoded ({type(error).__name__}).".encode()]


def _limit() -> None:
    """Bounds for memory, files and threads, and Pillow's own, before the first byte is read."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # stacks of threads count as memory here
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _alarm(seconds: int) -> None:
    if sys.platform != "win32":
        signal.alarm(seconds)


def main() -> None:
    """Answer frame by frame until the service closes the pipe."""
    _limit()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a decoder prints must not get among the answers
    answers.write(frame([]))
    answers.flush()
    while True:
        try:
            [source] = read_frame(sys.stdin.buffer)
        except EOFError:
            return
        _alarm(_ORPHAN_S)
        answers.write(frame(_answer(source)))
        answers.flush()
        _alarm(0)


if __name__ == "__main__":
    main()
