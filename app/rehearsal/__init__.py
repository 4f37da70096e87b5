"""A made-up conference day to try everything with: PyFest 26, its posts and its pictures."""

from pathlib import Path

EVENT = Path(__file__).with_name("pyfest26.jsonl")
"""The replay file; its pictures are in the folder `media` beside it."""
