"""The conference's own schedule: fetched or read from a file, turned into talks, followed while it changes."""
