"""Of accounts that are gone only a digest is kept."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Replace each key by its digest, as `identity.account_digest` made it when this was written."""
    table = sa.table("author_gone", sa.column("author_key", sa.Text))
    connection = op.get_bind()
    for key in connection.execute(sa.select(table.c.author_key).distinct()).scalars().all():
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        changed = sa.update(table).where(table.c.author_key == key).values(author_key=digest)
        connection.execute(changed)
