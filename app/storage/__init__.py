"""Where walls are kept: SQLite in one file by default, PostgreSQL at scale, one SQL for both."""
