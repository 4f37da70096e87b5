"""The only writers. An action is one transaction that takes one seq; after the commit the hub is told."""
