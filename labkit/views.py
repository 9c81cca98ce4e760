"""What `labkit` shows in a notebook: HTML in Jupyter, the same as plain text elsewhere.

Invariant: every text that may be a learner's (names, values, payloads, messages) is escaped on its way into
HTML, here and nowhere else. Colour never carries meaning alone: each state has its sign and its word.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader import CheckResult, ExerciseResult

LONGEST_VALUE = 600

_CODE = re.compile(r"`([^`\n]+)`")
_SIGNS = {"passed": "✔", "failed": "✘", "could-not-run": "–"}
_WORDS = {"passed": "passed", "failed": "not yet", "could-not-run": "could not run"}
# JupyterLab's own red is readable on its dark theme, too; elsewhere the second one holds.
_COLOURS = {
    "passed": "#2e8b57",
    "failed": "var(--jp-error-color1, #c0392b)",
    "could-not-run": "#8a6d00",
    "note": "#3a6ea5",
}


@dataclass(frozen=True, repr=False)
class View:
    """A finished display: the same facts as plain `text` and as `html`."""

    text: str
    html: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def note(text: str, detail: str = "") -> View:
    """One sentence, and perhaps more below it."""
    body = f"<div>{html.escape(text)}</div>"
    if detail:
        body += f'<div style="opacity:.8;white-space:pre-wrap">{html.escape(detail)}</div>'
    return View(text if not detail else f"{text}\n{detail}", _box("note", body))


def hint(exercise: str, step: int, steps: int, text: str) -> View:
    """One hint of several."""
    head = f"{exercise}, hint {step} of {steps}"
    body = f"<div><b>{html.escape(head)}</b></div><div>{_prose(text)}</div>"
    return View(f"{head}: {text}", _box("note", body))


def exercise_result(result: ExerciseResult, refused: str = "") -> View:
    """What a check has found: the state, each check's line, and for the first that failed what was seen.

    `refused`: what the last cell that deployed could not deploy, so that the check saw something older.
    """
    status = str(result.status)
    title = f"{result.id} {result.title}".strip()
    points = f"{result.earned} of {result.points} points"
    head = f"{_SIGNS.get(status, '?')} {title}: {_WORDS.get(status, status)}, {points}"
    lines = [head]
    body = [f'<div><b style="color:{_COLOURS.get(status, "inherit")}">{html.escape(head)}</b></div>']
    stale = refused and f"{refused} was refused a moment ago: this check saw only what was there before."
    for message in (stale, result.message, result.error):
        if message and message not in lines:
            lines.append(str(message))
            body.append(f'<div style="white-space:pre-wrap">{_prose(str(message))}</div>')
    rows = []
    first_failure: CheckResult | None = None
    for check in result.checks:
        sign = _SIGNS.get(str(check.status), "?")
        word = _WORDS.get(str(check.status), str(check.status))
        lines.append(f"  {sign} {check.description} ({word})")
        rows.append(
            f"<li>{sign} {html.escape(check.description)} "
            f'<span style="opacity:.7">({html.escape(word)})</span></li>'
        )
        if first_failure is None and str(check.status) != "passed":
            first_failure = check
    if rows:
        body.append(f'<ul style="list-style:none;padding-left:1em;margin:.3em 0">{"".join(rows)}</ul>')
    if first_failure is not None:
        facts = _facts(first_failure)
        lines += [f"    {name}: {value}" for name, value in facts]
        body.append(_table(facts))
    if status == "failed":
        call = f'labkit.hint("{result.id}")'
        lines.append(f"  Help: {call}")
        body.append(f'<div style="opacity:.8">Help: <code>{html.escape(call)}</code></div>')
    return View("\n".join(lines), _box(status, "".join(body)))


def shown(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    if isinstance(value, str):
        text = value
    else:
        try:
            text = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError):
            text = repr(value)
    return _cut(text)


def _prose(text: str) -> str:
    """A sentence as HTML: what stands between backticks is code. Escaped first, so nothing else is markup."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} … ({len(text)} characters)"


def _facts(check: CheckResult) -> Sequence[tuple[str, str]]:
    from grader.results import NOT_GIVEN, readable

    values = (("expected", check.expected, check.seen), ("seen", check.seen, check.expected))
    facts = [
        (name, _cut(readable(value, beside)))
        for name, value, beside in values
        if value is not NOT_GIVEN and not check.hidden
    ]
    return [*facts, ("where", str(check.where))] if check.where else facts


def _table(facts: Sequence[tuple[str, str]]) -> str:
    left = 'style="text-align:left"'  # on the cells: Jupyter's own rule for cells beats the row's
    rows = "".join(
        f'<tr style="vertical-align:top"><th scope="row" {left}>{html.escape(name)}</th>'
        f'<td {left}><code style="white-space:pre-wrap">{html.escape(value)}</code></td></tr>'
        for name, value in facts
    )
    return f"<table>{rows}</table>" if rows else ""


def _box(status: str, body: str) -> str:
    colour = _COLOURS.get(status, _COLOURS["note"])
    return f'<div style="border-left:4px solid {colour};padding:.3em .8em;margin:.3em 0">{body}</div>'
