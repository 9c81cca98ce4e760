"""labkit in a notebook: `cloud = labkit.open("first-function")`, then plain boto3, then `labkit.check("E1")`.

Importing it is light: the cloud, the grader and the pictures are imported by the first call that needs them.
"""

from labkit.errors import LabkitError
from labkit.notebook import (
    answer,
    bill,
    check,
    deploy,
    deploy_machine,
    event_story,
    function_box,
    gantt,
    hint,
    kit_map,
    life_lines,
    machine,
    open,  # noqa: A004 - the name that learners type
    predict,
    steps,
    submit,
    versions,
    ways_to_call,
)

__all__ = [
    "LabkitError",
    "answer",
    "bill",
    "check",
    "deploy",
    "deploy_machine",
    "event_story",
    "function_box",
    "gantt",
    "hint",
    "kit_map",
    "life_lines",
    "machine",
    "open",
    "predict",
    "steps",
    "submit",
    "versions",
    "ways_to_call",
]
__version__ = "0.1.0"
