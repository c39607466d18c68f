"""Metrics of the realtime half (Prometheus; at `/metrics`, summed over all processes)."""

import asyncio

from prometheus_client import Counter, Gauge, Histogram

COUNTED = 2.0  # seconds between two counts of tasks; one takes milliseconds with thousands of sockets
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

SOCKETS = Gauge("chat_sockets", "Open sockets.", ["path"], multiprocess_mode="livesum")
OPENED = Counter("chat_sockets_opened", "Sockets that were greeted.")
TURNED_AWAY = Counter("chat_sockets_turned_away", "Handshakes answered with 503, as too many came at once.")
TASKS = Gauge("chat_tasks", "Tasks of the event loops.", multiprocess_mode="livesum")
REFUSALS = Counter("chat_refusals", "Frames and sockets that were answered with an error.", ["code"])

STORED = Counter("chat_messages_stored", "Messages stored and acked, over sockets.")
WAITING = Gauge("chat_messages_waiting", "Messages not yet stored.", multiprocess_mode="livesum")
BATCH = Histogram(
    "chat_batch_messages", "Messages in one transaction.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 512)
)
COMMIT = Histogram("chat_commit_seconds", "Time of one transaction of messages.", buckets=SECONDS)
ACK = Histogram(
    "chat_ack_seconds",
    "From a message's arrival to its ack and its delivery here: the one of a batch that waited longest.",
    buckets=SECONDS,
)

DELIVERIES = Counter("chat_deliveries", "Frames written to sockets by the hub.")
DOORBELL = Histogram(
    "chat_doorbell_seconds",
    "From a ring of another process to its delivery here (by two clocks).",
    buckets=SECONDS,
)
RINGS_DROPPED = Counter("chat_rings_dropped", "Items not rung for, as the channel layer was too slow.")
LAYER = Gauge(
    "chat_layer_up", "Whether every process reaches the channel layer.", multiprocess_mode="livemin"
)
REPAIRS = Counter(
    "chat_gaps_repaired", "Times that changes were read from the database, as no ring brought them."
)
LAGGED = Counter("chat_lagged_sockets", "Times that a reader was too slow and told to sync.")


async def count_tasks() -> None:
    """Keep `TASKS` up to date. A task of its own, as all other regular tasks may have to wait for the database."""
    while True:
        TASKS.set(len(asyncio.all_tasks()))
        await asyncio.sleep(COUNTED)
