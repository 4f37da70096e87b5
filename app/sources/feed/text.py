"""The text of an XML or JSON feed: its encoding found out, and usual faults mended. Pure and linear in time."""

import codecs
import re
from collections.abc import Iterator
from html import unescape

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_TEXT_CODECS = re.compile(
    r"utf[-_]?(8|16|32)|(iso|latin|windows|cp|koi8|gb|big5|shift|sjis|euc|tis|mac|hz|us-ascii|ascii)"
    r"[\w.:-]*",
    re.IGNORECASE,
)
"""Python knows codecs that are no encodings of text, and some that take very long."""
_WESTERN = "windows-1252"
"""What `iso-8859-1` and `us-ascii` mean on the web (encoding.spec.whatwg.org), and the last resort."""


def decoded(body: bytes, charset: str = "") -> str:
    """The text, whatever the bytes are: by their mark, else as UTF-8 if somebody says so or nobody
    says anything, else as the header (`charset`) or the XML declaration says.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body.decode(name, "replace").lstrip("\ufeff")
    declared = _DECLARED.search(body[:400])
    said = [charset.strip("\"' ").lower(), declared[1].decode().lower() if declared else ""]
    named = [name for name in said if _TEXT_CODECS.fullmatch(name)]
    for name in ("utf-8", *named) if not named or "utf-8" in named else (*named, "utf-8"):
        text = _strictly(body, _WESTERN if name in ("iso-8859-1", "us-ascii", "ascii") else name)
        if text is not None:
            return text
    return body.decode("utf-8" if "utf-8" in named else _WESTERN, "replace")


def _strictly(body: bytes, name: str) -> str | None:
    """None when it is not so encoded; a character that is cut in two at the very end is left out."""
    try:
        return codecs.getincrementaldecoder(name)().decode(body)
    except (LookupError, ValueError):
        return None


# --- mending ------------------------------------------------------------------------------------

_DECLARATION = re.compile(r"<\?xml\s[^<>]*\?>")
_JUNK = re.compile(r"\A[^<]+")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_OPAQUE = re.compile(r"<!\[CDATA\[|<!--")
_BARE = re.compile(r"&(?!#?\w{1,40};)")
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(#?\w{1,40});")
"""To a character that XML does not know by name, or that it may not know."""


def mended(text: str) -> str:
    """Without what most often makes a feed unreadable.

    That is junk before it, characters that XML forbids, HTML's entities, bare ampersands, and comments.
    """
    return "".join(
        _mended_parts(_FORBIDDEN.sub("", _JUNK.sub("", _DECLARATION.sub("", text, count=1))))
    )


def _mended_parts(text: str) -> Iterator[str]:
    """Ampersands mean something outside of CDATA only; comments may hold what XML forbids in them."""
    end = 0
    while (found := _OPAQUE.search(text, end)) is not None:
        yield _outside(text[end : found.start()])
        is_comment = found[0] == "<!--"
        close = text.find("-->" if is_comment else "]]>", found.end())
        end = close + 3 if close >= 0 else len(text)
        if not is_comment:
            yield text[found.start() : end]
    yield _outside(text[end:])


def _outside(text: str) -> str:
    return _REFERENCE.sub(_reference, _BARE.sub("&amp;", text))


def _reference(found: re.Match[str]) -> str:
    meant = _FORBIDDEN.sub("", unescape(found[0]))
    if meant == found[0]:
        return f"&amp;{found[1]};"
    return "".join(f"&#{ord(one)};" for one in meant)
