"""The skeleton of a text: what is left of it without case, accents, hidden characters and letters that only look like others.

Two texts that people read as the same have the same skeleton; it is for comparing and never shown. In the sense of
Unicode UTS #39, but softer: letters of another script are taken for their Latin look-alikes only where nobody writes
that way, so that a Russian or Greek text stays what it is.
"""

import re
import unicodedata
from functools import lru_cache

_PAIRS = {
    # Unicode confusables.txt (UTS #39): every letter of these scripts whose prototype is one Latin letter, I as i;
    # of the small letters that differ from it only in size, the Latin one that they are used for
    "greek": (
        "ͿΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεηγικνορστυχωϜϳϺ",
        "JABEZHIKMNOPTYXabenyiKvopotuxwFjM",
    ),
    "cyrillic": (
        "ЅІЈАВЕКМНОРСТУХЬавгекмнорстухьѕіјѡѵүһҽӀӏԁԌԍԛԝꙇ",
        "SIJABEKMHOPCTYXbabrekmhopctyxbsijwvyheIidGgqwi",
    ),
    "armenian": ("ՍՏՕագզհոռսցքօ", "USOawqhnnugfo"),
    "coptic": ("ⲅⲎⲒⲔⲘⲚⲞⲟⲢⲣⲤⲥⲦⲨⲬⳐ", "rHIKMNOoPpCcTYXL"),
    "cherokee": (
        "ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴꭵꮁꮃꮓꮩꮪꮯ",
        "DRTiYAJEWMHYGhZbRWSVSLCPKdGBirwzvsc",
    ),
    "canadian": ("ᐯᑌᑭᑯᑲᒍᒪᕁᕼᕽᖇᖯᖴᗅᗞᗪᗰᗷ", "VUPdbJLxHxRbFADDMB"),
    "lisu": ("ꓐꓑꓒꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPDDTGKJCZFMNLSRVHWXYAEIOU"),
}
_LOOK_ALIKES = {
    ord(other): latin.lower()
    for others, latins in _PAIRS.values()
    for other, latin in zip(others, latins, strict=True)
}
_SAME = str.maketrans(
    # Latin letters that do not come apart, and those of phonetic alphabets
    dict(
        zip(
            "øłđħŧɑɡɣɩɪɯʋʏɢɴʀʙʜʟᴀᴃᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱꞯ",
            "oldhtagyiiwuygnrbhlabcdejkmoptuvwzfsq",
            strict=True,
        )
    )
    | {"æ": "ae", "œ": "oe", "ĳ": "ij"}
    # Arabic and Persian write the same letter in several ways
    | dict(zip("أإآٱىيیکكةە", "اااايييككهه", strict=True))
    # white letters in black circles and squares: no compatibility form
    | {chr(base + n): chr(97 + n) for base in (0x1F150, 0x1F170) for n in range(26)}
)
_SEVERAL = re.compile(f"[{''.join(map(chr, _SAME))}]")
_HIDDEN = re.compile(
    # Default_Ignorable_Code_Point (Unicode DerivedCoreProperties), and the Arabic stroke that only makes words longer
    r"[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff\ud800-\udfff]"
)
_MARKS = re.compile(
    # accents, and the points of Arabic and Hebrew; signs that are letters of a word (Devanagari, Thai …) stay
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_FOREIGN = re.compile(f"[{''.join(map(chr, _LOOK_ALIKES))}]")
_FOREIGN_WORD = re.compile(rf"\w*{_FOREIGN.pattern}\w*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OWN = re.compile(
    # small letters that nobody takes for Latin ones: their text is in that script
    "["
    + "".join(
        chr(code)
        for start, end in ((0x370, 0x590), (0x1C80, 0x1C89), (0x10A0, 0x1100))
        for code in range(start, end)
        if chr(code).isalpha() and code not in _LOOK_ALIKES
        if unicodedata.normalize("NFKD", chr(code).casefold()) == chr(code)
    )
    + "]"
)


_KEPT = 24
"""Letters of a piece that is remembered: words come again; what is longer is a sentence, and kept nowhere."""


def skeleton(text: str) -> str:
    """The skeleton of any text, white space made one space each. Applying it twice changes nothing more."""
    return " ".join(" ".join(pieces(text)).split())


def pieces(text: str) -> list[str]:
    """The skeleton in pieces, as white space parts the text; what only hides becomes an empty piece."""
    if text.isascii():
        return text.lower().split()
    own = _has_own_script(text)
    return [
        piece.lower()
        if piece.isascii()
        else (_word if len(piece) <= _KEPT else _settled)(piece, own)
        for piece in text.split()
    ]


def forms(word: str) -> frozenset[str]:
    """The skeletons that a word may have: by itself, and within a text of its own script."""
    return frozenset(_settled(word, own) for own in (True, False))


def _has_own_script(text: str) -> bool:
    """Whether there are letters that nobody takes for Latin ones, in a script that has look-alikes."""
    if _FOREIGN.search(text) is None:
        return False
    if _OWN.search(text) is not None:
        return True
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return _OWN.search(_MARKS.sub("", folded)) is not None


def _settled(piece: str, own: bool) -> str:  # noqa: FBT001  (a key of the cache)
    """The skeleton of a piece: letter by letter where that is enough, as it is for nearly all words."""
    simple = piece.translate(_SIMPLE)
    if simple.isascii() or (own and _OWN_WORD.fullmatch(piece) is not None):
        return simple
    return _slowly(piece, own=own)


def _slowly(piece: str, *, own: bool) -> str:
    """Until nothing changes: what one round takes away may let the next one see more. Third rounds are rare."""
    done = _round(piece, own=own)
    while done != piece:
        piece, done = done, _round(done, own=own)
    return done


_word = lru_cache(maxsize=16_384)(_settled)


def _round(text: str, *, own: bool) -> str:
    plain = unicodedata.normalize("NFKC", text)
    if plain.isascii():
        return plain.lower()
    if not plain.isalnum():  # letters and digits hide nothing
        plain = _HIDDEN.sub("", plain)
    if not (own and _LATIN.search(plain) is None) and _FOREIGN.search(plain) is not None:
        plain = _FOREIGN_WORD.sub(lambda found: _latin(found[0], own=own), plain)
    folded = plain.casefold()
    bare = unicodedata.normalize("NFD", folded)
    if bare != folded or not bare.isalnum():
        bare = unicodedata.normalize("NFC", _MARKS.sub("", bare))
    return bare if _SEVERAL.search(bare) is None else bare.translate(_SAME)


def _latin(word: str, *, own: bool) -> str:
    """Words that mix scripts, and look-alikes in a text that has no other letters of their script, become Latin."""
    return word if own and _LATIN.search(word) is None else word.translate(_LOOK_ALIKES)


_SIMPLE = {
    code: found
    for start, end in ((0x41, 0x5B), (0xC0, 0x250), (0x370, 0x530))
    for code in range(start, end)
    if (found := _slowly(chr(code), own=True)).isalpha()
}
"""Letters whose skeleton does not depend on those beside them: Latin, Greek and Cyrillic ones with their accents."""
_OWN_WORD = re.compile(r"[\u0370-\u052f0-9.,:;!?()\"'-]+")
