"""Output that differs from run to run though nothing has changed: ids, times, durations, ports.

A committed solution should change only when something has: where an old and a new output are the same apart
from volatile text, the old one is kept.
"""

from __future__ import annotations

import json
import re
from typing import Any

Notebook = Any

_VOLATILE = (
    (re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"), "<id>"),
    (
        re.compile(r"\d{4}[-/]\d\d[-/]\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?)?"),
        "<time>",
    ),
    (re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<time>"),
    (re.compile(r"datetime\.datetime\([^()]*(\([^()]*\))?[^()]*\)"), "<time>"),
    (re.compile(r"\b\d\d:\d\d(:\d\d(\.\d+)?)?\b"), "<time>"),
    (re.compile(r"\b1[5-9]\d{8}(\d{3})?(\.\d+)?\b"), "<time>"),
    (re.compile(r"(localhost|127\.0\.0\.1):\d{2,5}"), "<endpoint>"),
    (re.compile(r"\b\d+(\.\d+)?\s?(ns|µs|us|ms|s|sec|seconds|MB|KB|MiB)\b"), "<measured>"),
    (re.compile(r"(?<=_ms)['\"]?\s*[:=]\s*\d+(\.\d+)?"), "<measured>"),
    (re.compile(r"(?<![\w])(/tmp|/var/folders|/private)/[\w./-]+"), "<path>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12,64}\b"), "<id>"),
    (re.compile(r"\b0x[0-9a-f]{6,16}\b"), "<address>"),
    (re.compile(r"\b[A-Z0-9]{13,56}\b"), "<id>"),
    (re.compile(r"[A-Za-z0-9+/]{43}="), "<id>"),
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_GEOMETRY = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def masked(text: str) -> str:
    """A text with everything volatile replaced by a word for it; in a picture, every number."""
    text = _GEOMETRY.sub(lambda picture: _NUMBER.sub("<n>", picture[0]), text)
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return text


def same_but_volatile(old: Any, new: Any) -> bool:
    """Whether two lists of cell outputs differ in volatile text only."""
    return _masked_json(old) == _masked_json(new)


def keep_volatile(new: Notebook, old: Notebook | None) -> Notebook:
    """`new`, with the outputs of `old` in each cell where they differ in volatile text only.

    Cells are matched by id. A cell tagged `volatile` keeps its old outputs as long as its source is the same
    and the kinds of its outputs are.
    """
    if old is None:
        return new
    known = {cell.get("id"): cell for cell in old.cells if cell.cell_type == "code"}
    for cell in new.cells:
        before = known.get(cell.get("id"))
        if cell.cell_type != "code" or before is None or before.source != cell.source:
            continue
        same = same_but_volatile(before.outputs, cell.outputs)
        if same or ("volatile" in cell.metadata.get("tags", []) and _kinds(before) == _kinds(cell)):
            cell.outputs = before.outputs
    return new


def _masked_json(outputs: Any) -> str:
    merged: list[Any] = []
    for output in outputs:  # a stream may arrive in several pieces, depending on time
        last = merged[-1] if merged else None
        if last and output.get("output_type") == "stream" and last.get("name") == output.get("name"):
            last["text"] += output["text"]
        else:
            merged.append(dict(output))
    for output in merged:
        output.pop("execution_count", None)
    return json.dumps(_masked_values(merged), sort_keys=True, default=str)


def _masked_values(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _masked_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked_values(item) for item in value]
    return value


def _kinds(cell: Any) -> list[list[str]]:
    return [[output.output_type, *sorted(output.get("data", {}))] for output in cell.outputs]
