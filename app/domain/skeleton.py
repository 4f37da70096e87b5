"""Texts as rules compare them: without case, accents and tricks with letters."""

import unicodedata


def skeleton(text: str) -> str:
    """`text` without case, accents and compatibility forms. Applying it twice changes nothing more."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not 0x300 <= ord(c) < 0x370)
    done = unicodedata.normalize("NFKC", bare)
    return done if done == text else skeleton(done)
