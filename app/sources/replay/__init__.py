"""Recorded events, played again, and the format they are kept in."""
