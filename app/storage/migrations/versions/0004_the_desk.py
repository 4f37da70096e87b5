"""Tables for the crew, for screens, for what moderators think of people, and for the log of what was done.

Sign-in links and sessions of before end here: they belonged to nobody by name. A new link is printed at the start.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_REFUSE = "The log can only be added to."


def upgrade() -> None:
    """New columns first, then the tables, then the triggers that keep the log append-only."""
    for table, column in _columns():
        op.add_column(table, column)
    op.drop_table("sign_in")
    op.drop_table("session")
    for name, columns in _tables().items():
        more = {"sqlite_autoincrement": True} if name == "audit" else {}
        op.create_table(name, *columns, **more)
    op.create_index("person_by_standing", "person", ["wall_id", "standing"])
    op.create_index("screen_by_wall", "screen", ["wall_id"])
    op.create_index("session_by_account", "session", ["account_id"])
    op.create_index("audit_by_wall", "audit", ["wall_id", "id"])
    op.create_index("audit_by_target", "audit", ["wall_id", "target"])
    _append_only()


def _columns() -> list[tuple[str, sa.Column[Any]]]:
    numbers = (("entered_ms", sa.BigInteger), ("copies", sa.Integer), ("burst", sa.Integer))
    return [
        ("wall", _text("desk", "{}")),
        ("wall", sa.Column("config", sa.Text)),
        *(
            ("item", sa.Column(n, kind, nullable=False, server_default="0"))
            for n, kind in (*numbers, ("later_ms", sa.BigInteger))
        ),
        ("item", sa.Column("gist", sa.BigInteger)),
        ("item", sa.Column("reason", sa.String(40), nullable=False, server_default="")),
    ]


def _tables() -> dict[str, list[Any]]:
    return {
        "person": [
            _wall_key(),
            sa.Column("author_key", sa.Text, primary_key=True),
            _short("standing", 16),
            sa.Column("approved_ms", sa.BigInteger),
            sa.Column("media_ms", sa.BigInteger),
            _text("handle", ""),
        ],
        "screen": [
            sa.Column("id", sa.String(24), primary_key=True),
            sa.Column(
                "wall_id", sa.Integer, sa.ForeignKey("wall.id", ondelete="CASCADE"), nullable=False
            ),
            _short("name", 80),
            _short("room", 80),
            _text("state", "{}"),
            _moment("created_ms"),
        ],
        "account": [
            sa.Column("id", sa.String(24), primary_key=True),
            _short("name", 80),
            sa.Column("name_key", sa.String(80), nullable=False, unique=True),
            sa.Column("password", sa.Text),
            _short("role", 16),
            _moment("created_ms"),
            sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()),
        ],
        "invite": [
            sa.Column("token_hash", sa.String(64), primary_key=True),
            sa.Column("id", sa.String(24), nullable=False, unique=True),
            _short("role", 16),
            *(sa.Column(name, sa.String(24)) for name in ("account_id", "screen_id")),
            _short("name", 80),
            _short("made_by", 80),
            _moment("expires_ms"),
        ],
        "session": [
            sa.Column("token_hash", sa.String(64), primary_key=True),
            sa.Column("id", sa.String(24), nullable=False, unique=True),
            _short("role", 16),
            *(sa.Column(name, sa.String(24)) for name in ("account_id", "screen_id")),
            _short("agent", 120),
            *(_moment(name) for name in ("created_ms", "used_ms", "expires_ms")),
        ],
        "audit": [
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("wall_id", sa.Integer),
            _moment("at_ms"),
            _short("who", 80),
            sa.Column("account_id", sa.String(24)),
            _short("role", 16),
            _short("action", 40),
            _short("target", 80),
            _text("before", "null"),
            _text("after", "null"),
            sa.Column("undoes", sa.Integer),
        ],
    }


def _wall_key() -> sa.Column[int]:
    key = sa.ForeignKey("wall.id", ondelete="CASCADE")
    return sa.Column("wall_id", sa.Integer, key, primary_key=True)


def _short(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default="")


def _text(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSE}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_stays()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_stays_{change.lower()} BEFORE {change} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END"
        )
