"""Feeds: RSS, Atom and JSON Feed, read politely."""
