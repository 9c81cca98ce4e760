"""Pictures of what really is in the cloud: pure functions from data to an SVG and its text twin.

Invariant of this room: a picture and its text twin state the same facts. Each fact is one sentence; the
drawing carries it as the ``<title>`` of the element that shows it, the text twin as one line.
"""

from labkit.pictures.bill import Bill, bill
from labkit.pictures.canvas import Picture
from labkit.pictures.event_story import event_story
from labkit.pictures.function_box import function_box
from labkit.pictures.gantt import gantt
from labkit.pictures.kit_map import kit_map
from labkit.pictures.life_lines import life_lines
from labkit.pictures.machine import machine
from labkit.pictures.steps import Steps, steps
from labkit.pictures.versions import versions
from labkit.pictures.ways_to_call import ways_to_call

__all__ = [
    "Bill",
    "Picture",
    "Steps",
    "bill",
    "event_story",
    "function_box",
    "gantt",
    "kit_map",
    "life_lines",
    "machine",
    "steps",
    "versions",
    "ways_to_call",
]
