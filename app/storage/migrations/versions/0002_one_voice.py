"""Columns for copies of one note, and a table of what posts quote.

Digests of voices are made when a post is seen again, which is once a minute for all that is on display.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What is pinned was pinned by a moderator."""
    for column in _columns():
        op.add_column("item", column)
    op.execute("UPDATE item SET pin = pinned")
    for name in ("voice_address", "voice_note"):
        op.create_index(f"item_by_{name}", "item", ["wall_id", name])
    op.create_index("repost_by_author", "repost", ["wall_id", "author_key"])
    _quotes()


def _columns() -> list[sa.Column[Any]]:
    flags = ("pin", "apart", "nameless")
    return [
        *(sa.Column(n, sa.Boolean, nullable=False, server_default=sa.false()) for n in flags),
        sa.Column("copy_of", sa.String(40)),
        sa.Column("also", sa.Text, nullable=False, server_default="[]"),
        sa.Column("voice_address", sa.BigInteger),
        sa.Column("voice_note", sa.BigInteger),
    ]


def _quotes() -> None:
    op.create_table(
        "quote",
        sa.Column(
            "wall_id", sa.Integer, sa.ForeignKey("wall.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("item_id", sa.String(40), primary_key=True),
        sa.Column("quoted_id", sa.String(40), nullable=False),
        sa.Column("author_key", sa.Text, nullable=False),
        sa.Column("body", sa.Text),
    )
    op.create_index("quote_by_quoted", "quote", ["wall_id", "quoted_id"])
    op.create_index("quote_by_author", "quote", ["wall_id", "author_key"])
