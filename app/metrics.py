"""What can be watched from outside, in Prometheus' words. No label carries a post, a person or an address."""

from prometheus_client import Counter, Gauge, Histogram

arrivals = Counter("hallway_arrivals", "Arrivals from the networks.", ["wall", "source"])
source_condition = Gauge("hallway_source_up", "1 while a source is live.", ["wall", "source"])
wall_seq = Gauge("hallway_wall_seq", "Number of the last change.", ["wall"])
viewers = Gauge("hallway_viewers", "Open live connections.", ["wall", "audience"])
frames = Counter("hallway_frames", "Frames handed to viewers.", ["audience"])
painted = Histogram(
    "hallway_painted_seconds",
    "From a frame on a screen to its paint.",
    ["wall"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
