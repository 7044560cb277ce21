"""The names of what every process measures, for Prometheus. Nothing personal, and no label that grows with the data.

Counting costs a microsecond or so; what must be asked of the database is asked at the scrape (``gauges``).
"""

from importlib.metadata import version

from prometheus_client import Counter, Gauge, Histogram, Info

PLACE = ("subscription", "source", "partition")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNMATCHED = "none"

PROCESS = Info("liandong_process", "Which process of Liandong this is.")
REQUESTS = Counter(
    "liandong_http_requests", "Requests answered, by the route's template.", ("service", "method", "route", "status")
)
LATENCY = Histogram(
    "liandong_http_request_seconds", "How long answers took.", ("service", "method", "route"), buckets=BUCKETS
)
COMMITS = Counter("liandong_commits_appended", "Commits that this process appended.", ("service",))
EVENTS = Counter("liandong_events_appended", "Events in those commits.", ("service",))
RELAY_ACTIVE = Gauge("liandong_relay_active", "1 while this relay numbers and publishes, 0 in standby.", ("service",))
NUMBERED = Gauge("liandong_relay_numbered_position", "The last position given.", ("service", "partition"))
PUBLISHED = Gauge(
    "liandong_relay_published_position", "The last position that the broker confirmed.", ("service", "partition")
)
BATCHES = Counter("liandong_subscription_batches", "Batches applied.", PLACE)
APPLIED = Counter("liandong_subscription_events", "Events applied.", PLACE)
UNDECODABLE = Counter("liandong_undecodable_messages", "Messages that went to the dead letters.", ("queue",))
RECONNECTS = Counter("liandong_broker_reconnects", "Connections to the broker lost or refused.", ("loop",))
WAITS = Counter("liandong_database_waits", "Times that a loop had to wait for the database.", ("loop",))
TIMER_FAILURES = Counter("liandong_timer_failures", "Rounds, or single items, that a timer failed at.", ("timer",))

# Made at the scrape, each with its help text.
LOOP_AGE = ("liandong_loop_age_seconds", "Seconds since a loop's last turn, to about a second.")
CHECKPOINT = ("liandong_subscription_checkpoint", "The last position that a subscription has seen.")
LAG = ("liandong_subscription_lag_events", "Events between a subscription and the head of its log.")
PARKED = ("liandong_parked_events", "Events parked by a subscription, those that wait behind others included.")
UNNUMBERED = ("liandong_relay_unnumbered_commits", "Commits without a position yet, counted up to 10,000.")


def name_process(name: str) -> None:
    PROCESS.info({"process": name, "version": version("liandong")})


def count_request(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """``route`` is the template; with ``UNMATCHED`` the method is the caller's invention, too."""
    if route == UNMATCHED:
        method = UNMATCHED
    REQUESTS.labels(service, method, route, status).inc()
    LATENCY.labels(service, method, route).observe(seconds)
