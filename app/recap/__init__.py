"""The event afterwards: what is kept, written down and given away."""
