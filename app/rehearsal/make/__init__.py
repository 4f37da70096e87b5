"""Draws and writes the rehearsal event anew, byte for byte: `python -m app.rehearsal.make`."""
