"""The tables. Times are milliseconds since 1970 in UTC; JSON is text, so that both databases keep the same bytes."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()


def _wall_key() -> Column[int]:
    return Column("wall_id", ForeignKey("wall.id", ondelete="CASCADE"), primary_key=True)


wall = Table(
    "wall",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(80), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    Column("desk", Text, nullable=False, default="{}"),
    Column("config", Text),
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False, default=0),
    Column("arrivals", BigInteger, nullable=False, default=0),
    Column("shown", BigInteger, nullable=False, default=0),
)
"""`arrivals` and `shown` number the posts for the crew and for the public: the window is counted by them.

`desk` is what moderators set for the whole wall (`domain.desk`), `config` how a wall of the set-up page was asked for.
"""

item = Table(
    "item",
    metadata,
    _wall_key(),
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("body", Text),
    Column("key", Text, nullable=False, default=""),
    Column("author_key", Text, nullable=False, default=""),
    Column("version", Text, nullable=False, default="[]"),
    Column("rule", Text, nullable=False, default=""),
    Column("decision", String(16)),
    Column("decided_digest", String(32), nullable=False, default=""),
    Column("pinned", Boolean, nullable=False, default=False),
    Column("withheld", Boolean, nullable=False, default=False),
    Column("counts", Text, nullable=False, default="{}"),
    Column("passed_on", Text, nullable=False, default="{}"),
    Column("arrival_no", BigInteger),
    Column("shown_no", BigInteger),
    Column("pin", Boolean, nullable=False, default=False),
    Column("apart", Boolean, nullable=False, default=False),
    Column("nameless", Boolean, nullable=False, default=False),
    Column("copy_of", String(40)),
    Column("also", Text, nullable=False, default="[]"),
    Column("voice_address", BigInteger),
    Column("voice_note", BigInteger),
    Column("entered_ms", BigInteger, nullable=False, default=0),
    Column("copies", Integer, nullable=False, default=0),
    Column("burst", Integer, nullable=False, default=0),
    Column("gist", BigInteger),
    Column("later_ms", BigInteger, nullable=False, default=0),
    Column("reason", String(40), nullable=False, default=""),
    Index("item_by_seq", "wall_id", "seq"),
    Index("item_by_author", "wall_id", "author_key"),
    Index("item_by_shown", "wall_id", "shown_no"),
    Index("item_by_arrival", "wall_id", "arrival_no"),
    Index("item_by_voice_address", "wall_id", "voice_address"),
    Index("item_by_voice_note", "wall_id", "voice_note"),
)
"""One thing a page can show. A post that left keeps its row as a tombstone without key, author or body."""

sighting = Table(
    "sighting",
    metadata,
    _wall_key(),
    Column("server", String(255), primary_key=True),
    Column("local_id", String(255), primary_key=True),
    Column("item_id", String(40)),
    Column("origin", Boolean, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("gone_ms", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),
    Index("sighting_by_item", "wall_id", "item_id"),
)
"""The last word of each server on a post."""

repost = Table(
    "repost",
    metadata,
    _wall_key(),
    Column("item_id", String(40), primary_key=True),
    Column("author_key", Text, primary_key=True),
    Column("handle", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("gone", Boolean, nullable=False),
    Index("repost_by_author", "wall_id", "author_key"),
)

quote = Table(
    "quote",
    metadata,
    _wall_key(),
    Column("item_id", String(40), primary_key=True),
    Column("quoted_id", String(40), nullable=False),
    Column("author_key", Text, nullable=False),
    Column("body", Text),
    Index("quote_by_quoted", "wall_id", "quoted_id"),
    Index("quote_by_author", "wall_id", "author_key"),
)
"""What posts quote. `body` is kept here, and not in the item, while the quote must not be shown."""

author_gone = Table(
    "author_gone",
    metadata,
    _wall_key(),
    Column("author_key", Text, primary_key=True),
    Column("gone_ms", BigInteger, nullable=False),
)
"""Accounts that were deleted or suspended, each by the digest of its key (`identity.account_digest`)."""

media = Table(
    "media",
    metadata,
    _wall_key(),
    Column("item_id", String(40), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Index("media_by_id", "id"),
)
"""The pictures of the posts that are kept: nothing else is ever fetched or served."""

cursor = Table(
    "cursor",
    metadata,
    _wall_key(),
    Column("source", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Where each source goes on after a restart; under `erasing` that traces of what was erased are still to be removed."""

person = Table(
    "person",
    metadata,
    _wall_key(),
    Column("author_key", Text, primary_key=True),
    Column("standing", String(16), nullable=False, default=""),
    Column("approved_ms", BigInteger),
    Column("media_ms", BigInteger),
    Column("handle", Text, nullable=False, default=""),
    Index("person_by_standing", "wall_id", "standing"),
)
"""What moderators think of people: from when on their posts and their pictures need no look, or that they are blocked.

The handle is kept only of who is listed or blocked, so that the crew can read its own lists.
"""

screen = Table(
    "screen",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("wall_id", ForeignKey("wall.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("room", String(80), nullable=False, default=""),
    Column("state", Text, nullable=False, default="{}"),
    Column("created_ms", BigInteger, nullable=False),
    Index("screen_by_wall", "wall_id"),
)
"""The walls that hang at the venue. `state` is what the crew asked of each: its look, dark, calm."""

account = Table(
    "account",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("name_key", String(80), nullable=False, unique=True),
    Column("password", Text),
    Column("role", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False, default=False),
)
"""The crew. `name_key` is the folded name; without a password an account is opened by links only."""

invite = Table(
    "invite",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("id", String(24), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("account_id", String(24)),
    Column("screen_id", String(24)),
    Column("name", String(80), nullable=False, default=""),
    Column("made_by", String(80), nullable=False, default=""),
    Column("expires_ms", BigInteger, nullable=False),
)
"""One-time links that were not used yet; only the hash of the token is kept."""

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("id", String(24), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("account_id", String(24)),
    Column("screen_id", String(24)),
    Column("agent", String(120), nullable=False, default=""),
    Column("created_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Index("session_by_account", "account_id"),
)
"""Who is signed in, and the screens; only the hash of the token is kept."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("wall_id", Integer),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(80), nullable=False),
    Column("account_id", String(24)),
    Column("role", String(16), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", String(80), nullable=False, default=""),
    Column("before", Text, nullable=False, default="null"),
    Column("after", Text, nullable=False, default="null"),
    Column("undoes", Integer),
    Index("audit_by_wall", "wall_id", "id"),
    Index("audit_by_target", "wall_id", "target"),
    sqlite_autoincrement=True,
)
"""Who did what, when, before and after: append-only, which triggers in the database see to. No text of any post is in it."""
