"""Nostr: relays are asked for hashtags, every signature is checked, and nobody is logged in."""
