"""`[ip, user, ..., status = 4*, bytes]`: conditions on the fields of a line that is divided by spaces.

Rule 1: what stands in quotes or in square brackets is one field, without them.
Rule 2: the pattern names every field of the line; `...` stands for any number of them. Without one, the last
field is all that is left of the line: `[w1 = ERROR, w2]` asks for the first word only.

Source: CloudWatch Logs user guide, "Filter pattern syntax", space-delimited log events.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from offline_cloud.engines.logs.filter_conditions import ConditionParser, InvalidPattern, Operand

__all__ = ["DelimitedPattern", "delimited_reader"]

_FIELD = re.compile(r'\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)')
_NAME = re.compile(r"\$?([\w-]+)")
_REST = re.compile(r"\.\.\.|…")
_Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class DelimitedPattern:
    """A compiled pattern: names before and behind the `...`, which is None if there is none."""

    before: tuple[str, ...]
    behind: tuple[str, ...] | None
    tests: tuple[Callable[[_Fields], bool], ...]
    expressions: int

    def read(self, message: str) -> _Fields | None:
        """The fields of a message that matches, by `$name`; those without a name by `$number`, from 1."""
        matches = list(_FIELD.finditer(message))
        found = [next(part for part in match.groups() if part is not None) for match in matches]
        behind = self.behind or ()
        least = len(self.before) + len(behind)
        if len(found) < least:
            return None
        if self.behind is None and len(found) > least:
            found[least - 1 :] = [message[matches[least - 1].start() :].rstrip()]
        names = [*self.before, *[""] * (len(found) - least), *behind]
        fields = {
            f"${name}" if name else f"${at}": value
            for at, (name, value) in enumerate(zip(names, found, strict=True), 1)
        }
        return fields if all(test(fields) for test in self.tests) else None


def delimited_reader(text: str) -> DelimitedPattern:
    """Compile `[ … ]`. Raises `InvalidPattern`."""
    parser = ConditionParser(text, 1, _operand)
    names: list[str] = []
    behind: int | None = None
    tests: list[Callable[[_Fields], bool]] = []
    while True:
        parser.skip()
        rest = _REST.match(text, parser.at)
        if rest is not None:
            if behind is not None:
                raise InvalidPattern("a pattern has one ... only")
            behind, parser.at = len(names), rest.end()
        else:
            names.append(_declared(parser, tests))
        if parser.take("]"):
            break
        if not parser.take(","):
            raise parser.wrong("a comma or ]")
    parser.skip()
    if parser.at < len(text):
        raise parser.wrong("nothing more")
    given = [name for name in names if name]
    if len(set(given)) < len(given):
        raise InvalidPattern("two fields have the same name")
    if behind is None:
        return DelimitedPattern(tuple(names), None, tuple(tests), parser.expressions)
    return DelimitedPattern(tuple(names[:behind]), tuple(names[behind:]), tuple(tests), parser.expressions)


def _declared(parser: ConditionParser, tests: list[Callable[[_Fields], bool]]) -> str:
    """Read one field: nothing, a name, or conditions on a name; the name."""
    start = parser.at
    while parser.take("("):
        pass
    name = _NAME.match(parser.text, parser.at)
    if name is None:
        if parser.at > start:
            raise parser.wrong("the name of a field")
        return ""
    parser.at = name.end()
    parser.skip()
    if parser.text[parser.at : parser.at + 1] in (",", "]") and "(" not in parser.text[start : parser.at]:
        return name[1]
    parser.at = start
    tests.append(parser.alternatives())
    return name[1]


def _operand(parser: ConditionParser) -> Operand[_Fields]:
    parser.skip()
    name = _NAME.match(parser.text, parser.at)
    if name is None:
        raise parser.wrong("the name of a field")
    parser.at = name.end()
    key = f"${name[1]}"
    return lambda fields: [fields[key]] if key in fields else []
