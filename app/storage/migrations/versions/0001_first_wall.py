"""The first tables.

They are written out, not taken from `schema`: a migration must not change when the schema does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _wall_key() -> sa.Column[int]:
    return sa.Column(
        "wall_id", sa.Integer, sa.ForeignKey("wall.id", ondelete="CASCADE"), primary_key=True
    )


def upgrade() -> None:
    """Make the tables of version 0.1."""
    _walls_and_items()
    _what_was_said()
    _crew()


def _walls_and_items() -> None:
    op.create_table(
        "wall",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(80), nullable=False, unique=True),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("epoch", sa.String(32), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("arrivals", sa.BigInteger, nullable=False),
        sa.Column("shown", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "item",
        _wall_key(),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("author_key", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("decision", sa.String(16)),
        sa.Column("decided_digest", sa.String(32), nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("withheld", sa.Boolean, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("passed_on", sa.Text, nullable=False),
        sa.Column("arrival_no", sa.BigInteger),
        sa.Column("shown_no", sa.BigInteger),
    )
    for name, column in (
        ("seq", "seq"),
        ("author", "author_key"),
        ("shown", "shown_no"),
        ("arrival", "arrival_no"),
    ):
        op.create_index(f"item_by_{name}", "item", ["wall_id", column])
    op.create_table(
        "media",
        _wall_key(),
        sa.Column("item_id", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
    )
    op.create_index("media_by_id", "media", ["id"])


def _what_was_said() -> None:
    op.create_table(
        "sighting",
        _wall_key(),
        sa.Column("server", sa.String(255), primary_key=True),
        sa.Column("local_id", sa.String(255), primary_key=True),
        sa.Column("item_id", sa.String(40)),
        sa.Column("origin", sa.Boolean, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.Column("gone_ms", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_index("sighting_by_item", "sighting", ["wall_id", "item_id"])
    op.create_table(
        "repost",
        _wall_key(),
        sa.Column("item_id", sa.String(40), primary_key=True),
        sa.Column("author_key", sa.Text, primary_key=True),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
    op.create_table(
        "author_gone",
        _wall_key(),
        sa.Column("author_key", sa.Text, primary_key=True),
        sa.Column("gone_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "cursor",
        _wall_key(),
        sa.Column("source", sa.String(255), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _crew() -> None:
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
    )
