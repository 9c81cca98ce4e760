"""Cut a solution out of a source: what a learner sees, and what a solution holds.

Words: a *mark* is a comment line of its own, `# BEGIN SOLUTION`, `# END SOLUTION`, `# BEGIN PROMPT` or
`# END PROMPT` (one to three `#`, any case). A *solution block* is what lies between the first two. A *prompt
block* stands right before or right after a solution block and holds, as comments, what a learner reads there
instead.

Invariants:
1. No line between BEGIN SOLUTION and END SOLUTION is in the learner's copy.
2. No mark and no prompt line is in the solution.
3. A source whose marks don't pair up is never cut: it raises `MarkError`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

YOUR_CODE_HERE = "# YOUR CODE HERE"

_MARK = re.compile(
    r"^(?P<indent>[ \t]*)#{1,3}[ \t]*(?P<edge>BEGIN|END)[ \t]+(?P<word>SOLUTION|PROMPT)[ \t]*$", re.I
)


class MarkError(ValueError):
    """Marks that don't pair up; `line` counts from 1 within the source."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Block:
    """A run of lines: given to everybody (`shown`), a `solution` or a `prompt`."""

    kind: str
    indent: str
    lines: tuple[str, ...]


def blocks(source: str) -> list[Block]:
    """Split a source at its marks. Raises `MarkError`."""
    found: list[Block] = []
    lines: list[str] = []
    word, indent, opened_at = "", "", 0
    for number, line in enumerate(source.split("\n"), start=1):
        mark = _MARK.match(line)
        if mark is None:
            lines.append(line)
            continue
        edge, kind = mark["edge"].upper(), mark["word"].lower()
        if edge == "BEGIN" and word:
            raise MarkError(
                f"BEGIN {kind.upper()} inside a {word.upper()} block: write END {word.upper()} first.", number
            )
        if edge == "END" and kind != word:
            raise MarkError(f"END {kind.upper()} without its BEGIN: add one above, or remove this.", number)
        if edge == "BEGIN":
            if lines:
                found.append(Block("shown", "", tuple(lines)))
            word, indent, opened_at = kind, mark["indent"], number
        else:
            found.append(Block(word, indent, tuple(lines)))
            word = ""
        lines = []
    if word:
        raise MarkError(f"BEGIN {word.upper()} without its END: add END {word.upper()} below.", opened_at)
    if lines:
        found.append(Block("shown", "", tuple(lines)))
    return _check_prompts(found, source)


def has_solution(source: str) -> bool:
    """Whether a source has at least one solution block."""
    return any(block.kind == "solution" for block in blocks(source))


def learner_source(source: str) -> str:
    """The source without its solutions: each gives way to its prompt, or to `# YOUR CODE HERE`."""
    found = blocks(source)
    lines: list[str] = []
    for position, block in enumerate(found):
        if block.kind == "shown":
            lines += block.lines
        elif block.kind == "prompt":
            lines += [_uncomment(line) for line in block.lines]
        elif not _has_prompt(found, position):
            lines.append(block.indent + YOUR_CODE_HERE)
    return "\n".join(lines)


def solution_source(source: str) -> str:
    """The solved source: no marks, no prompts."""
    return "\n".join(line for block in blocks(source) if block.kind != "prompt" for line in block.lines)


def solution_lines(source: str) -> list[str]:
    """Every line of the source's solution blocks, as written."""
    return [line for block in blocks(source) if block.kind == "solution" for line in block.lines]


def _neighbour(found: list[Block], position: int, step: int) -> Block | None:
    position += step
    while 0 <= position < len(found):
        block = found[position]
        if block.kind != "shown" or any(line.strip() for line in block.lines):
            return block
        position += step
    return None


def _has_prompt(found: list[Block], position: int) -> bool:
    """Whether the solution block at `position` has a prompt: right after it, or right before it.

    A prompt between two solution blocks belongs to the one above it.
    """
    after = _neighbour(found, position, 1)
    if after is not None and after.kind == "prompt":
        return True
    before = _neighbour(found, position, -1)
    if before is None or before.kind != "prompt":
        return False
    above = _neighbour(found, found.index(before), -1)
    return above is None or above.kind != "solution"


def _check_prompts(found: list[Block], source: str) -> list[Block]:
    for position, block in enumerate(found):
        beside = (_neighbour(found, position, -1), _neighbour(found, position, 1))
        if block.kind == "prompt" and not any(other and other.kind == "solution" for other in beside):
            line = next(n for n, text in enumerate(source.split("\n"), start=1) if _MARK.match(text))
            raise MarkError("a PROMPT block with no SOLUTION block beside it: move it there.", line)
    return found


def _uncomment(line: str) -> str:
    """Remove one leading `# ` (after the indent); a bare `#` is an empty line."""
    bare = re.match(r"^([ \t]*)#(?: (.*)|[ \t]*)$", line)
    if bare is None:
        return line
    return f"{bare[1]}{bare[2]}" if bare[2] else ""
