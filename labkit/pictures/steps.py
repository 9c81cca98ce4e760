"""An execution state by state: when, how long, what came in, what went out, what went wrong.

The HTML is a list of ``<details>``: it opens without a script and without a style sheet, so it survives
JupyterLab's sanitising and a printed page. All of a learner's text is escaped by `_text`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.pictures.canvas import escape, shorten
from labkit.pictures.cloud_time import clock, length, offset
from labkit.pictures.execution_story import Story, Visit, read_story, shown_json, worst
from labkit.pictures.payload_lines import brief, change, marked, pretty, told
from labkit.pictures.state_marks import SIGNS, WORDS

_SHOWN_ITERATIONS = 10
_OPEN_STEPS = 2
# Of a loop with thousands of steps its beginning and its end are told.
_LONGEST_LANE, _LANE_HEAD, _LANE_TAIL = 200, 100, 60
_COLOURS = {
    "succeeded": "rgba(22,163,74,.8)",
    "caught": "rgba(217,119,6,.9)",
    "failed": "rgba(220,38,38,.9)",
    "running": "rgba(37,99,235,.9)",
    "stopped": "rgba(124,58,237,.9)",
}
_PRE = (
    "white-space:pre-wrap;overflow-wrap:anywhere;margin:2px 0 8px;padding:6px 8px;"
    "border:1px solid rgba(128,128,128,.4);border-radius:4px;font-size:12px;line-height:1.45"
)
_MARKS = {"+": "background-color:rgba(22,163,74,.22)", "-": "background-color:rgba(220,38,38,.18)", "": ""}


@dataclass(frozen=True, slots=True)
class Steps:
    """A step-through: the same facts as `text` (indented by branch) and as `html`."""

    title: str
    text: str
    html: str

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def steps(events: Iterable[Mapping[str, Any]], execution: Mapping[str, Any] | None = None) -> Steps:
    """Tell an execution from the events of `GetExecutionHistory` and the answer of `DescribeExecution`.

    Times are the cloud's. Of a Map with many iterations those that failed and the first are told, the
    others counted.
    """
    story = read_story(events, execution)
    writer = _Writer(story)
    return writer.write()


class _Writer:
    def __init__(self, story: Story) -> None:
        self.story = story
        self.lanes = story.lanes()
        self.lines: list[str] = []
        self.html: list[str] = []

    def write(self) -> Steps:
        story = self.story
        title = f"Execution {story.name}: {story.status}"
        lasted = length((story.stopped or story.latest) - story.started)
        verb = "took" if story.stopped is not None else "has taken"
        head = f"{_steps(len(story.visits))}, {verb} {lasted}, began {clock(story.started)} UTC"
        self.lines += [title, head]
        self.html += [f"<b>{_text(title)}</b>", f"<div>{_text(head)}</div>"]
        if story.input is not None:
            self._payload("input", shown_json(story.input))
        self._lane(self.lanes.get(0, {}).get(None, []), 0)
        if story.error or story.status in {"FAILED", "TIMED_OUT", "ABORTED"}:
            error = f"{story.error or story.status}: {told(story.cause) or 'no cause given'}"
            self.lines.append(f"ended with the error {error}")
            self.html.append(f'<div style="{_bar("failed")}">✘ ended with the error {_text(error)}</div>')
        elif story.output is not None:
            self._payload("output", shown_json(story.output))
        if not story.visits:
            self.lines.append("No state was entered yet.")
            self.html.append("<div>No state was entered yet.</div>")
        body = "".join(self.html)
        return Steps(
            title, "\n".join(self.lines), f'<div style="font-size:13px;line-height:1.5">{body}</div>'
        )

    def _payload(self, word: str, value: Any) -> None:
        self.lines.append(f"{word}: {brief(value, 200)}")
        self.html.append(f"<div>{word}: <code>{_text(brief(value, 200))}</code></div>")

    def _lane(self, visits: list[Visit], depth: int) -> None:
        for number, visit in enumerate(visits):
            if len(visits) <= _LONGEST_LANE or number < _LANE_HEAD or number >= len(visits) - _LANE_TAIL:
                self._visit(visit, depth)
            elif number == _LANE_HEAD:
                text = f"… {len(visits) - _LANE_HEAD - _LANE_TAIL} more steps"
                self.lines.append(f"{'  ' * depth}{text}")
                self.html.append(f"<div>{_text(text)}</div>")

    # ---- one state -------------------------------------------------------------------------------

    def _visit(self, visit: Visit, depth: int) -> None:
        indent = "  " * depth
        began = f"+{offset(visit.entered - self.story.started)}"
        lasted = length(self.story.lasted(visit))
        going = "so far " if visit.exited is None and visit.status == "running" else ""
        sign, word = SIGNS[visit.status], WORDS[visit.status]
        facts = [word, f"at {began}", f"{going}{lasted}"]
        facts += [f"{visit.retried} {'retry' if visit.retried == 1 else 'retries'}"] if visit.retried else []
        head = f"{visit.number}. {sign} {visit.name} ({visit.kind})"
        self.lines.append(f"{indent}{head}: {', '.join(facts)}")
        opened = visit.status in {"failed", "caught"} or visit.number <= _OPEN_STEPS
        self.html.append(
            f'<details style="{_bar(visit.status)}"{" open" if opened else ""}>'
            f"<summary>{visit.number}. {sign} <b>{_text(visit.name)}</b> "
            f'<span style="opacity:.85">{_text(visit.kind)}: {_text(", ".join(facts))}</span></summary>'
        )
        self._times(visit)
        self._failures(visit, indent)
        self._data(visit, indent)
        for words in visit.notes:
            self.lines.append(f"{indent}   {words}")
            self.html.append(f"<div>{_text(words)}</div>")
        self._inside(visit, depth)
        self.html.append("</details>")

    def _times(self, visit: Visit) -> None:
        left = f"left {clock(visit.exited)}" if visit.exited is not None else "not left"
        self.html.append(
            f'<div style="opacity:.85">entered {clock(visit.entered)}, {_text(left)} (UTC, cloud time)</div>'
        )

    def _failures(self, visit: Visit, indent: str) -> None:
        for number, failure in enumerate(visit.failures, start=1):
            what = f"attempt {number} " if visit.starts and visit.kind == "Task" else ""
            then = ""
            if number < len(visit.failures) or visit.status == "succeeded":
                then = " → tried again"
            elif visit.status == "caught":
                then = " → caught"
            when = offset(failure.at - self.story.started)
            text = f"✘ {what}at +{when}: {failure.error}: {told(failure.cause) or 'no cause given'}{then}"
            self.lines.append(f"{indent}   {shorten(text, 400)}")
            self.html.append(f"<div>{_text(shorten(text, 2000))}</div>")

    def _data(self, visit: Visit, indent: str) -> None:
        before = shown_json(visit.input)
        if visit.input is not None:
            self.lines.append(f"{indent}   in:  {brief(before, 160)}")
        if visit.output is None:
            if visit.input is not None:
                self.html.append(f"<div>input</div>{_pre(('', line) for line in pretty(before))}")
        else:
            after = shown_json(visit.output)
            what = change(before, after)
            same = before == after and visit.input is not None
            shown = "unchanged" if same else f"{brief(after, 160)} ({what})"
            self.lines.append(f"{indent}   out: {shown}")
            self.html.append(f"<div>output: {_text(what)}</div>")
            alike = isinstance(before, dict) and isinstance(after, dict) and before.keys() & after.keys()
            if before == after:
                self.html.append(_pre(("", line) for line in pretty(after)))
            elif alike:
                self.html.append(_pre(marked(before, after)))
            else:
                self.html.append(f"<div>input</div>{_pre(('', line) for line in pretty(before))}")
                self.html.append(f"<div>output</div>{_pre(('', line) for line in pretty(after))}")
        for name, value in visit.variables.items():
            text = f"${name} = {brief(shown_json(value), 120)}"
            self.lines.append(f"{indent}   sets {text}")
            self.html.append(f"<div>sets <code>{_text(text)}</code></div>")

    # ---- branches and iterations -----------------------------------------------------------------

    def _inside(self, visit: Visit, depth: int) -> None:
        lanes = self.lanes.get(visit.number, {})
        indent = "  " * (depth + 1)
        told_lanes = _worth_telling(visit, list(lanes), lanes)
        for lane, visits in lanes.items():
            if lane not in told_lanes:
                continue
            status = _lane_status(visit, lane, visits)
            name = f"iteration {lane}" if isinstance(lane, int) else f"branch from {lane}"
            head = f"{SIGNS[status]} {name}: {WORDS[status]}, {_steps(len(visits))}"
            self.lines.append(f"{indent}{head}")
            opened = " open" if status == "failed" or visit.kind == "Parallel" else ""
            self.html.append(f"<details{opened} style='margin-left:8px'><summary>{_text(head)}</summary>")
            self._lane(visits, depth + 2)
            self.html.append("</details>")
        hidden = [lane for lane in lanes if lane not in told_lanes]
        if hidden:
            counted = Counter(_lane_status(visit, lane, lanes[lane]) for lane in hidden)
            outcomes = ", ".join(f"{counted[one]} {WORDS[one]}" for one in SIGNS if counted[one])
            text = f"… {len(hidden)} more iterations: {outcomes}"
            self.lines.append(f"{indent}{text}")
            self.html.append(f"<div style='margin-left:8px'>{_text(text)}</div>")


def _steps(count: int) -> str:
    return f"{count} step" if count == 1 else f"{count} steps"


def _lane_status(visit: Visit, lane: int | str | None, visits: list[Visit]) -> str:
    known = visit.iterations.get(lane) if isinstance(lane, int) else None
    return known or worst(each.status for each in visits)


def _worth_telling(
    visit: Visit, order: list[int | str | None], lanes: Mapping[int | str | None, list[Visit]]
) -> set[int | str | None]:
    """The lanes to tell in full: all if they are few, else those with trouble first."""
    if len(order) <= _SHOWN_ITERATIONS + 2:
        return set(order)
    trouble = [lane for lane in order if any(each.status in {"failed", "caught"} for each in lanes[lane])]
    calm = [lane for lane in order if lane not in trouble]
    shown = trouble[:_SHOWN_ITERATIONS]
    return {*shown, *calm[: max(3, _SHOWN_ITERATIONS - len(shown))]}


def _text(words: object) -> str:
    return escape(words)


def _bar(status: str) -> str:
    return f"border-left:4px solid {_COLOURS[status]};padding:1px 0 1px 10px;margin:3px 0"


def _pre(lines: Iterable[tuple[str, str]]) -> str:
    rows = "".join(
        f'<span style="{_MARKS[mark]}">{mark or " "} {_text(line)}</span>\n' for mark, line in lines
    )
    return f'<pre style="{_PRE}">{rows}</pre>'
