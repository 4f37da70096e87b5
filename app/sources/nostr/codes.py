"""Nostr's names for people and notes as text carries them (NIP-19): `npub1…`, `note1…`, `nevent1…`. Pure."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, cast

Thing = Literal["npub", "note", "nprofile", "nevent", "naddr"]
THINGS = frozenset({"npub", "note", "nprofile", "nevent", "naddr"})

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
"""Of bech32's checksum (BIP-173)."""
_CHECKSUM = 6
_KEY_BYTES = 32
_LONGEST = 1000
"""NIP-19 asks for at most 5,000 characters; a name with a handful of relays has some 300."""


class Named(NamedTuple):
    """What a code names: `hex` is a person's key for `npub` and `nprofile`, a note's id for `note` and `nevent`."""

    thing: Thing
    hex: str


def decode(code: str) -> Named | None:
    """What `code` names; None when it is no such code, or its checksum is wrong."""
    thing, _, rest = code.rpartition("1")
    if thing not in THINGS or len(code) > _LONGEST or not len(rest) > _CHECKSUM:
        return None
    values = [_VALUES.get(letter, -1) for letter in rest]
    if -1 in values or _polymod([*_expanded(thing), *values]) != 1:
        return None
    raw = bytes(_regrouped(values[:-_CHECKSUM], 5, 8))
    named = raw if thing in ("npub", "note") else _special(raw)
    fits = len(named) == _KEY_BYTES or (thing == "naddr" and bool(raw))
    return Named(cast(Thing, thing), named.hex()) if fits else None


def encode(thing: Literal["npub", "note"], hex_: str) -> str:
    """The code of a person's key or a note's id (64 hexadecimal digits)."""
    values = list(_regrouped(bytes.fromhex(hex_), 8, 5))
    check = _polymod([*_expanded(thing), *values, *[0] * _CHECKSUM]) ^ 1
    values += (check >> 5 * (_CHECKSUM - 1 - place) & 31 for place in range(_CHECKSUM))
    return f"{thing}1" + "".join(_LETTERS[value] for value in values)


def short(code: str) -> str:
    """`npub1qqqqqqq…wxyz`: as much of a code as people compare."""
    return f"{code[:12]}…{code[-4:]}"


def _special(raw: bytes) -> bytes:
    """The first entry of type 0 in a list of type, length and value; empty when there is none."""
    at = 0
    while at + 2 <= len(raw):
        kind, length = raw[at], raw[at + 1]
        if kind == 0:
            return raw[at + 2 : at + 2 + length]
        at += 2 + length
    return b""


def _expanded(thing: str) -> list[int]:
    return [ord(one) >> 5 for one in thing] + [0] + [ord(one) & 31 for one in thing]


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            check ^= generator if top >> place & 1 else 0
    return check


def _regrouped(values: Iterable[int], width: int, to: int) -> Iterator[int]:
    """Numbers of `width` bits as numbers of `to` bits; when widening, what is left over is padded."""
    held = bits = 0
    for value in values:
        held, bits = (held << width | value) & 0xFFFF, bits + width
        while bits >= to:
            bits -= to
            yield held >> bits & (1 << to) - 1
    if bits and to < width:
        yield held << (to - bits) & (1 << to) - 1
