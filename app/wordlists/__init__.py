"""The shipped lists of words that wait for a moderator, one file a language, and the innocent words that look like them."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from app.errors import UsageError

FOLDER = Path(__file__).parent
INNOCENT = "innocent"
"""The file of words that are never taken for a listed one."""


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages that a folder has a list for, by their codes (ISO 639-1)."""
    return tuple(sorted(p.stem for p in folder.glob("*.txt") if p.stem != INNOCENT))


def load_words(
    folder: Path = FOLDER, languages_: Sequence[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """The words of some languages, of all when none is named. UsageError when there is no list for one of them."""
    there = languages(folder)
    wanted = there if languages_ is None else tuple(dict.fromkeys(languages_))
    for code in wanted:
        if code not in there:
            raise UsageError(
                f"There is no list of words for “{code}”.", hint=f"There are: {', '.join(there)}."
            )
    return {code: read_words(folder / f"{code}.txt") for code in wanted}


def read_words(path: Path) -> tuple[str, ...]:
    """The entries of a file, one a line; empty lines and what follows a # are no entries. UsageError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read as a list of words.",
            hint="It is plain text (UTF-8), one a line.",
        ) from error
    return entries_in(text)


def entries_in(text: str) -> tuple[str, ...]:
    """The entries of a list of words, each once."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


@lru_cache(maxsize=1)
def innocent_words() -> frozenset[str]:
    """Words that only look like a listed one once accents and tricks are taken off."""
    return frozenset(read_words(FOLDER / f"{INNOCENT}.txt"))
