"""Moderators sign in by a one-time link; what opens a session is kept only as a hash."""

import hashlib
import secrets
from datetime import timedelta

from app.actions.context import Context
from app.errors import RefusedError

LINK_LIFE = timedelta(hours=72)
SESSION_LIFE = timedelta(days=7)


async def make_sign_in(context: Context) -> str:
    """A new one-time sign-in token, good for 72 hours."""
    token = secrets.token_urlsafe(24)
    async with context.store.write() as tx:
        await tx.add_sign_in(token_hash(token), context.now_ms() + _ms(LINK_LIFE))
    return token


async def sign_in(context: Context, token: str) -> str:
    """Trade a one-time token for a session token. RefusedError when it was used, is too old or never was."""
    async with context.store.write() as tx:
        if not await tx.use_sign_in(token_hash(token), context.now_ms()):
            raise RefusedError(
                "This sign-in link was used already, or is too old.",
                hint="Run `hallway sign-in` on the server for a new one.",
                code="sign_in.used",
            )
        session = secrets.token_urlsafe(32)
        await tx.add_session(token_hash(session), "moderator", context.now_ms() + _ms(SESSION_LIFE))
    return session


async def sign_out(context: Context, session: str) -> None:
    """End a session."""
    async with context.store.write() as tx:
        await tx.end_session(token_hash(session))


def token_hash(token: str) -> str:
    """What is kept of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
