"""Hashing passwords with argon2id: beside the event loop, two at once at most."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.domain.passwords import LONGEST, tidy_password

MEMORY_KIB, PASSES, LANES = 32 * 1024, 3, 1
"""Above OWASP's least (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane); two at once need 64 MiB."""
AT_ONCE = 2

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")


async def hashed(password: str) -> str:
    """What is kept of a password that `domain.passwords` found good."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def fits(kept: str | None, password: str) -> bool:
    """Whether this is the password; where none is kept, that takes as long to say."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _fits, kept, tidy_password(password)[:LONGEST])


def _fits(kept: str | None, password: str) -> bool:
    try:
        same = _hasher.verify(kept or _nobodys(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return same and kept is not None


@cache
def _nobodys() -> str:
    """A hash that no password is compared with for its sake: it costs the same time as somebody's."""
    return _hasher.hash("nobody")
