"""YAML that remembers its lines, so that a finding can name file and line.

Invariant: reading never stops at the first mistake. Every problem becomes a `Finding`; whoever reads decides
at the end whether to go on (`CourseError` carries them all at once).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

T = TypeVar("T")
Key = str | int


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong with a course: where it is, what it is, and what to do about it."""

    file: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.file.as_posix() if self.line is None else f"{self.file.as_posix()}:{self.line}"
        return f"{place}: {self.message}"


class CourseError(Exception):
    """A course that cannot be read; `findings` holds everything that is wrong with it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(
            sorted(findings, key=lambda found: (found.file, found.line or 0, found.message))
        )
        super().__init__("\n".join(str(found) for found in self.findings))


@dataclass
class Document:
    """A YAML mapping, the line of each of its values, and the findings collected while reading it."""

    file: Path
    data: dict[str, Any]
    lines: dict[tuple[Key, ...], int]
    findings: list[Finding] = field(default_factory=list)
    body: str = ""
    body_line: int = 1

    def line(self, *path: Key) -> int | None:
        """Line (from 1) of the value at `path`, or of the nearest parent that is there."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None

    def finding(self, message: str, *path: Key) -> None:
        """Record a finding at the line of `path`."""
        self.findings.append(Finding(self.file, self.line(*path), message))

    def take(self, path: tuple[Key, ...], kind: type[T], default: T | None = None) -> T:
        """The value at `path`, which must be of `kind`; a finding and an empty value if it isn't.

        With a `default` the value may be missing.
        """
        value: Any = self.data
        for step in path:
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                value = None
        name = _dotted(path)
        if value is None:
            if default is not None:
                return default
            self.finding(f"`{name}` is missing: add it ({_spoken(kind)}).", *path)
            return kind()
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.finding(
                f"`{name}` is {_spoken(type(value))}, expected {_spoken(kind)}: change it to that.", *path
            )
            return kind()
        return value

    def positive(self, path: tuple[Key, ...]) -> int:
        """The whole number at `path`, which must be 1 or more."""
        before = len(self.findings)
        value = self.take(path, int)
        if value < 1 and len(self.findings) == before:
            self.finding(f"`{_dotted(path)}` is {value}: make it 1 or more.", *path)
        return value

    def texts(self, path: tuple[Key, ...], pattern: str | None = None, example: str = "") -> tuple[str, ...]:
        """A list of texts at `path` (missing counts as empty), each matching `pattern` where there is one."""
        taken: list[str] = []
        for index, item in enumerate(self.take(path, list, [])):
            if not isinstance(item, str):
                self.finding(f"`{_dotted((*path, index))}` is {item!r}: write it as a text.", *path, index)
            elif pattern is not None and not re.fullmatch(pattern, item):
                self.finding(f"`{item}` in `{_dotted(path)}` should look like {example}.", *path, index)
            elif item in taken:
                self.finding(f"`{item}` is listed twice in `{_dotted(path)}`: keep one.", *path, index)
            else:
                taken.append(item)
        return tuple(taken)

    def unknown_keys(self, path: tuple[Key, ...], known: Sequence[str]) -> None:
        """A finding for each key at `path` that nobody reads (a misspelling, most of the time)."""
        for key in self.take(path, dict, {}):
            if key not in known:
                self.finding(
                    f"`{_dotted((*path, key))}` means nothing here: one of {', '.join(known)}.", *path, key
                )


def read_yaml(file: Path) -> Document:
    """Read a YAML file whose top is a mapping. Unreadable files raise `CourseError`."""
    return _parse(file, _text_of(file), first_line=1)


def read_front_matter(file: Path) -> Document:
    """Read the YAML front matter of a Markdown file (between two `---` lines); the rest is `body`."""
    text = _text_of(file)
    lines = text.split("\n")
    if not lines or lines[0].rstrip() != "---":
        raise CourseError([Finding(file, 1, "no front matter: begin with a line `---`, then `labkit:`.")])
    end = next((n for n in range(1, len(lines)) if lines[n].rstrip() == "---"), None)
    if end is None:
        raise CourseError([Finding(file, 1, "the front matter never ends: add a line `---` after it.")])
    document = _parse(file, "\n".join(lines[1:end]) + "\n", first_line=2)
    begin = next((n for n in range(end + 1, len(lines)) if lines[n].strip()), len(lines))
    document.body = "\n".join(lines[begin:])
    document.body_line = begin + 1
    return document


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        raise CourseError([Finding(file, None, "the file is not there: create it.")]) from None
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte {error.start}): save it as UTF-8."
        raise CourseError([Finding(file, None, message)]) from None
    except OSError as error:
        message = f"it can't be read ({error.strerror}): check what it is and who may read it."
        raise CourseError([Finding(file, None, message)]) from None


def _parse(file: Path, text: str, first_line: int) -> Document:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + first_line
        message = f"not valid YAML ({error.problem}): mend this line (a text with `: ` in it needs quotes)."
        raise CourseError([Finding(file, line, message)]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise CourseError([Finding(file, first_line, f"not valid YAML ({error}): mend it.")]) from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise CourseError([Finding(file, first_line, "expected `key: value` lines here: write them.")])
    lines: dict[tuple[Key, ...], int] = {}
    if node is not None:
        _walk(node, (), lambda path, line: lines.setdefault(path, line + first_line))
    document = Document(file, data, lines)
    for key in data:
        if not isinstance(key, str):
            document.finding(f"the key `{key}` is not a text: put it in quotes.")
    return document


def _walk(node: yaml.Node, path: tuple[Key, ...], note: Callable[[tuple[Key, ...], int], object]) -> None:
    note(path, node.start_mark.line)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                note((*path, key.value), key.start_mark.line)
                _walk(value, (*path, key.value), note)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), note)


def _dotted(path: tuple[Key, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def _spoken(kind: type) -> str:
    names = {str: "a text", int: "a whole number", list: "a list", dict: "a mapping", float: "a number"}
    return names.get(kind, kind.__name__)
