"""Mastodon and servers that speak its language: polled, swept and, with a token, streamed."""
