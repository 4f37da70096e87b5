"""Adapters, one network each: an I/O class that implements `ports.Source`, and pure parsers."""
