"""Hallway: a conference hashtag on the wall, and everyone who follows it from afar in the room."""

__version__ = "0.1.0"
