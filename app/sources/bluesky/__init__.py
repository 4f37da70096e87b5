"""Bluesky: its stream of everything, sieved, checked with the AppView and swept."""
