"""What comes out of the decoder is always a WebP of ours, or a reason; never what came in."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from app.media import render
from app.media.errors import MediaRefused
from app.media.worker import Worker

Encode = Callable[..., bytes]

BOXES = (256, 800, 1920)


def opened(bodies: list[bytes]) -> list[Image.Image]:
    assert all(body[:4] == b"RIFF" and body[8:12] == b"WEBP" for body in bodies)
    return [Image.open(BytesIO(body)) for body in bodies]


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= 12 for a, b in zip(pixel, colour, strict=True))


def test_a_large_picture_fits_into_each_box_and_keeps_its_shape(encoded: Encode) -> None:
    images = opened(render.sizes(encoded(Image.new("RGB", (4000, 3000)), "JPEG")))
    assert [image.size for image in images] == [(256, 192), (800, 600), (1920, 1440)]


def test_a_small_picture_is_never_enlarged_and_encoded_once(encoded: Encode) -> None:
    bodies = render.sizes(encoded(Image.new("RGB", (120, 80))))
    assert [image.size for image in opened(bodies)] == [(120, 80)] * 3
    assert bodies[0] is bodies[1] is bodies[2]


@given(width=st.integers(1, 2500), height=st.integers(1, 2500))
@settings(max_examples=15, deadline=None)
def test_every_size_fits_its_box(width: int, height: int) -> None:
    out = BytesIO()
    Image.new("L", (width, height)).save(out, "PNG", compress_level=1)
    for image, box in zip(opened(render.sizes(out.getvalue())), BOXES, strict=True):
        assert max(image.size) == min(box, max(width, height))


@pytest.mark.parametrize("kind", render.FORMATS)
def test_every_format_we_accept_becomes_webp(kind: str, encoded: Encode) -> None:
    for image in opened(render.sizes(encoded(Image.new("RGB", (300, 200), "teal"), kind))):
        assert image.mode == "RGB"
        assert near(image, (5, 5), (0, 128, 128))


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "PPM", "ICO", "PDF", "EPS", "TGA"])
def test_other_formats_are_refused(kind: str, encoded: Encode) -> None:
    answer = render._answer(encoded(Image.new("RGB", (30, 20)), kind))
    assert answer == [b"The picture cannot be decoded (UnidentifiedImageError)."]


@pytest.mark.parametrize(
    "text",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><script>alert(1)</script>",
        b"",
        b"\xff\xd8\xff",
        b"SIMPLE  =                    T / a FITS file",
    ],
)
def test_what_is_no_picture_is_refused(text: bytes) -> None:
    assert len(render._answer(text)) == 1


# Where the red corner of a stored picture belongs (x, y in halves), by the EXIF 2.32 orientation.
TURNED = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stands_upright(orientation: int, kind: str, encoded: Encode) -> None:
    stored = Image.new("RGB", (64, 32), "blue")
    stored.paste("red", (0, 0, 32, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = opened(render.sizes(encoded(stored, kind, exif=exif)))[2]
    assert image.size == ((64, 32) if orientation < 5 else (32, 64))
    x, y = TURNED[orientation]
    corner = (2 if x == 0 else image.width - 3, 2 if y == 0 else image.height - 3)
    assert near(image, corner, (254, 0, 0))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_spoils_nothing(encoded: Encode) -> None:
    source = encoded(Image.new("RGB", (64, 32)), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    assert len(render.sizes(source)) == 3


def test_no_metadata_is_passed_on(encoded: Encode) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRETPLACE"
    exif.get_ifd(0x8825)[1] = "N"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SECRETPLACE")
    sources = [
        encoded(Image.new("RGB", (64, 32)), "JPEG", exif=exif, comment=b"SECRETPLACE"),
        encoded(Image.new("RGB", (64, 32)), "WEBP", exif=exif, xmp=b"<x>SECRETPLACE</x>"),
        encoded(Image.new("RGBA", (64, 32)), "PNG", exif=exif, pnginfo=text),
    ]
    for source in sources:
        assert b"SECRETPLACE" in source
        for body in render.sizes(source):
            assert not any(mark in body for mark in (b"SECRETPLACE", b"EXIF", b"XMP ", b"ICCP"))


def test_a_polyglot_loses_its_other_tongue(encoded: Encode) -> None:
    html = b"--><script>alert(document.domain)</script><!--"
    jpeg = encoded(Image.new("RGB", (64, 32)), "JPEG", comment=html) + b"<html>" + html
    assert not any(b"<" + b"script" in body for body in render.sizes(jpeg))


def test_colours_of_another_space_become_srgb(encoded: Encode) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for icc in (profile, lab, b"broken"):
        source = encoded(Image.new("RGB", (64, 32), (200, 30, 60)), "PNG", icc_profile=icc)
        assert near(opened(render.sizes(source))[0], (9, 9), (200, 30, 60))
    ink = encoded(Image.new("CMYK", (64, 32), (255, 0, 0, 0)), "JPEG")
    assert near(opened(render.sizes(ink))[0], (9, 9), (0, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_white_stays_white_in_every_mode_of_png(mode: str, encoded: Encode) -> None:
    white = Image.new("L", (64, 32), 255)
    stored = Image.new(mode, (64, 32), 65535) if mode == "I;16" else white.convert(mode)
    source = encoded(stored)
    image = opened(render.sizes(source))[0].convert("RGB")
    assert near(image, (9, 9), (255, 255, 255))


def test_transparency_is_kept(encoded: Encode) -> None:
    half = Image.new("RGBA", (400, 40), (0, 90, 0, 0))
    half.paste((200, 0, 0, 255), (200, 0, 400, 40))
    for source in (
        encoded(half),
        encoded(half.quantize()),
        encoded(half, "WEBP"),
        encoded(half.convert("LA")),
        encoded(half, "GIF"),
    ):
        for image in opened(render.sizes(source)):
            assert image.mode == "RGBA"
            assert image.getpixel((1, 1))[3] == 0  # type: ignore[index]
            assert image.getpixel((image.width - 2, 1))[3] == 255  # type: ignore[index]


def test_a_colour_declared_transparent_stays_so(encoded: Encode) -> None:
    for mode, colour in (("RGB", (1, 2, 3)), ("L", 7)):
        source = encoded(Image.new(mode, (64, 32), colour), "PNG", transparency=colour)
        assert opened(render.sizes(source))[0].getpixel((3, 3))[3] == 0  # type: ignore[index]


def frames(count: int) -> bytes:
    """A GIF of many frames, the first one red, written by hand so that it is cheap."""
    red = Image.new("P", (16, 16), 0)
    red.putpalette([255, 0, 0, 0, 0, 255])
    out = BytesIO()
    red.save(out, "GIF")
    first = out.getvalue()[:-1]
    block = first[first.index(b"\x2c") :]
    return first + block * (count - 1) + b";"


def test_only_the_first_of_many_frames_is_decoded() -> None:
    source = frames(10_000)
    assert Image.open(BytesIO(source)).n_frames == 10_000  # type: ignore[attr-defined]
    images = opened(render.sizes(source))
    assert not any(getattr(image, "is_animated", False) for image in images)
    assert near(images[0], (4, 4), (254, 0, 0))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_truncated_picture_is_refused(kind: str, encoded: Encode) -> None:
    whole = encoded(Image.radial_gradient("L").convert("RGB").rotate(7), kind)
    assert len(render._answer(whole[: len(whole) // 2])) == 1


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG that claims its size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def bomb() -> bytes:
    """30,000 x 30,000 pixels, 2.7 GB of black, in less than 3 MB.

    After a full flush deflate remembers nothing, so that one packed block can be repeated.
    """
    packer = zlib.compressobj()
    block = bytes(1 + 3 * 30_000) * 100
    first = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return png(30_000, 30_000, first + again * 299 + packer.flush())


@pytest.mark.anyio
async def test_a_bomb_is_refused_and_the_worker_goes_on(encoded: Encode) -> None:
    worker = Worker()
    try:
        with pytest.raises(MediaRefused, match="too many pixels"):
            await worker.render(bomb())
        with pytest.raises(MediaRefused, match="too many pixels"):
            await worker.render(png(7000, 6000, b""))
        pid = worker.pid
        assert len(await worker.render(encoded(Image.new("RGB", (30, 20))))) == 3
        assert worker.pid == pid
    finally:
        await worker.aclose()


@pytest.mark.anyio
@pytest.mark.slow
async def test_the_largest_picture_we_accept_fits_into_the_workers_memory(encoded: Encode) -> None:
    worker = Worker(limit_s=60)
    try:
        for mode in ("RGBA", "P", "LA"):
            image = Image.new(mode, (8000, 5000))
            assert len(await worker.render(encoded(image, compress_level=1))) == 3
    finally:
        await worker.aclose()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_pictures_or_a_reason(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(render.FORMATS))
    out = BytesIO()
    Image.radial_gradient("L").resize((40, 30)).convert("RGB").save(out, kind)
    source = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    answer = render._answer(bytes(source))
    assert len(answer) in (1, 3)
    if len(answer) == 3:
        opened(answer)


@given(st.lists(st.binary(max_size=300), max_size=3))
def test_frames_are_read_as_they_were_written(parts: list[bytes]) -> None:
    assert render.read_frame(BytesIO(render.frame(parts))) == parts
