"""Event source mappings at work: Lambda fetches from a queue and calls a function with what it found."""

from offline_cloud.event_sources.queue_poller import Mapping, QueuePoller

__all__ = ["Mapping", "QueuePoller"]
