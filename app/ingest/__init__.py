"""Keeps every source running: a bad post never stops a source, a bad source never stops a wall."""
