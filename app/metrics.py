"""What can be watched from outside, in Prometheus' words. No label carries a post or a person, nor an address but of servers."""

from prometheus_client import Counter, Gauge, Histogram

arrivals = Counter("hallway_arrivals", "Arrivals from the networks.", ["wall", "source"])
source_up = Gauge("hallway_source_up", "1 while a source is live.", ["wall", "source"])
source_condition = Gauge(
    "hallway_source_condition",
    "1 for the condition that a source is in, 0 for all others.",
    ["wall", "source", "condition"],
)
source_heard = Gauge(
    "hallway_source_heard_timestamp_seconds",
    "When a source's network last gave a sign of life.",
    ["wall", "source"],
)
source_failures = Gauge(
    "hallway_source_failures",
    "Errors in a row; 0 once a source brings something.",
    ["wall", "source"],
)
source_faults = Counter(
    "hallway_source_faults",
    "Errors that ended a run of a source, by kind.",
    ["wall", "source", "kind"],
)
source_requests = Counter(
    "hallway_source_requests",
    "Requests to a server of a network, by outcome.",
    ["server", "outcome"],
)
wall_seq = Gauge("hallway_wall_seq", "Number of the last change.", ["wall"])
viewers = Gauge("hallway_viewers", "Open live connections.", ["wall", "audience", "kind"])
frames = Counter(
    "hallway_frames", "Frames handed to viewers, without pulses.", ["audience", "kind"]
)
sent_bytes = Counter(
    "hallway_sent_bytes", "Bytes of frames handed to viewers.", ["audience", "kind"]
)
cuts = Counter("hallway_cuts", "Viewers that were cut, by reason.", ["reason"])
refused = Counter("hallway_refused", "Viewers that were not let in, by reason.", ["reason"])
stuck_viewers = Gauge(
    "hallway_stuck_viewers", "Viewers whose socket takes nothing now.", ["wall", "audience"]
)
backlog_bytes = Gauge(
    "hallway_backlog_bytes", "Bytes that wait for stuck viewers.", ["wall", "audience"]
)
seq_lag = Gauge(
    "hallway_seq_lag",
    "Changes that the viewer who is farthest behind has not been sent.",
    ["wall", "audience"],
)
delivery = Histogram(
    "hallway_delivery_seconds",
    "From a change that was read to the write on a viewer's socket; up to 128 viewers count once.",
    ["audience"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
tail_reads = Counter(
    "hallway_tail_reads", "Reads of the store for viewers.", ["wall", "audience", "what"]
)
painted = Histogram(
    "hallway_painted_seconds",
    "From a frame on a screen to its paint.",
    ["wall"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
screens_online = Gauge(
    "hallway_screens_online", "Screens that are connected here and say so.", ["wall"]
)
screen_silence = Gauge(
    "hallway_screen_silence_seconds",
    "Since a screen has last reported what it shows; of those that ever did.",
    ["wall", "screen"],
)
