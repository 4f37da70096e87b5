"""What Hallway knows, without I/O: no await, no clock, no network, no SQL."""
