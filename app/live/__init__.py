"""From a committed change to every open page: read once, encoded once, the same bytes for everybody."""
