"""What an event source mapping does with the records of a stream: pure rules."""

from offline_cloud.engines.event_sources.lane import (
    EXPIRED,
    Discard,
    Lane,
    Outcome,
    Run,
    StreamSettings,
    Wait,
)
from offline_cloud.engines.event_sources.stream_records import (
    StreamRecord,
    discard_record,
    first_failure,
    stream_event,
    window_state,
)

__all__ = [
    "EXPIRED",
    "Discard",
    "Lane",
    "Outcome",
    "Run",
    "StreamRecord",
    "StreamSettings",
    "Wait",
    "discard_record",
    "first_failure",
    "stream_event",
    "window_state",
]
