"""INSERT … ON CONFLICT for both databases, made once for each table."""

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


@cache
def upsert(table: Table, dialect: str) -> Any:
    """A statement that inserts rows, or overwrites those whose primary key is there."""
    insert = _insert(table, dialect)
    keys = [c.name for c in table.primary_key]
    rest = {c.name: insert.excluded[c.name] for c in table.c if c.name not in keys}
    if not rest:
        return insert.on_conflict_do_nothing()
    return insert.on_conflict_do_update(index_elements=keys, set_=rest)


def insert_once(table: Table, dialect: str, key: str) -> Any:
    """A statement that inserts a row, or leaves the one that has the same `key`."""
    return _insert(table, dialect).on_conflict_do_nothing(index_elements=[key])


def _insert(table: Table, dialect: str) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
