"""Event source mappings at work: Lambda fetches from queues and streams and calls functions."""

from offline_cloud.event_sources.function_gone import FunctionGone
from offline_cloud.event_sources.queue_poller import Mapping, QueuePoller
from offline_cloud.event_sources.stream_poller import (
    Checkpoints,
    Shard,
    Stream,
    StreamMapping,
    StreamPoller,
)

__all__ = [
    "Checkpoints",
    "FunctionGone",
    "Mapping",
    "QueuePoller",
    "Shard",
    "Stream",
    "StreamMapping",
    "StreamPoller",
]
