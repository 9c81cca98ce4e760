"""Conditions of filter patterns: `a = "x" && (b > 3 || c IS NULL)`, over operands that a caller reads.

Rule 1: `&&` binds closer than `||`.
Rule 2: a text may have a `*` at its beginning, at its end, or both; within it a star is a star.
Rule 3: a number without quotes is compared as a number where the value is one, else as text.
Rule 4: no condition holds of what is not there, not even `!=`; `NOT EXISTS` alone does. `IS NOT` and `EXISTS`
are none of AWS's, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from offline_cloud.engines.logs.regular_expressions import BadExpression, filter_expression

__all__ = ["EXPRESSION_LIMIT", "ConditionParser", "InvalidPattern", "number", "scalar_text"]

EXPRESSION_LIMIT = 2
"""Regular expressions in one pattern with fields."""
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_OPERATOR = re.compile(r">=|<=|!=|=|<|>")
_BARE = re.compile(r"[^\s(){}\[\]&|\"=<>!,%]+")
_STATE = re.compile(r"(?i)\s*(IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS)\b")

_Subject = TypeVar("_Subject")
Operand = Callable[[_Subject], list[Any]]
"""The values that an operand stands for in a subject: none if there is none, several for a wildcard."""
Test = Callable[[_Subject], bool]


class InvalidPattern(ValueError):
    """A pattern that is none; the text says what is wrong."""


class ConditionParser:
    """Reads conditions from `text`, beginning at `at`; `operand` reads one operand and moves `at` on."""

    def __init__(self, text: str, at: int, operand: Callable[[ConditionParser], Operand[Any]]) -> None:
        self.text = text
        self.at = at
        self.expressions = 0
        self._operand = operand

    def alternatives(self) -> Test[Any]:
        """`a || b`."""
        tests = [self._all()]
        while self.take("||"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda subject: any(test(subject) for test in tests)

    def take(self, word: str) -> bool:
        """Whether this comes next, which then is read."""
        self.skip()
        if self.text.startswith(word, self.at):
            self.at += len(word)
            return True
        return False

    def skip(self) -> None:
        """Go to what comes next."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def wrong(self, expected: str) -> InvalidPattern:
        """The error that something else was expected here."""
        self.skip()
        found = self.text[self.at :].split()
        return InvalidPattern(
            f"expected {expected} at position {self.at + 1}, found {found[0] if found else 'the end'}"
        )

    def _all(self) -> Test[Any]:
        tests = [self._one()]
        while self.take("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda subject: all(test(subject) for test in tests)

    def _one(self) -> Test[Any]:
        if self.take("("):
            test = self.alternatives()
            if not self.take(")"):
                raise self.wrong(")")
            return test
        return self.condition(self._operand(self))

    def condition(self, operand: Operand[Any]) -> Test[Any]:
        """What follows an operand: an operator and a value, or IS …, NOT EXISTS."""
        if state := _STATE.match(self.text, self.at):
            self.at = state.end()
            return _state(operand, " ".join(state[1].upper().split()))
        self.skip()
        operator = _OPERATOR.match(self.text, self.at)
        if operator is None:
            raise self.wrong("an operator (=, !=, <, <=, >, >=, IS, NOT EXISTS)")
        self.at = operator.end()
        return _comparison(operand, operator[0], self._value(operator[0]))

    def _value(self, operator: str) -> Test[Any]:
        self.skip()
        start = self.at
        if self.take('"'):
            closed = re.compile(r'((?:[^"\\]|\\.)*)"').match(self.text, self.at)
            if closed is None:
                raise InvalidPattern(f"the quote at position {start + 1} is not closed")
            self.at = closed.end()
            self._needs_equality(operator, start)
            return _text(re.sub(r"\\(.)", r"\1", closed[1]))
        if self.take("%"):
            return self._expression(operator, start)
        if operator == "=" and self.take("!"):  # `w1=!ERROR`, as the user guide once wrote it
            inner = self._value("!=")
            return lambda value: not inner(value)
        bare = _BARE.match(self.text, self.at)
        if bare is None:
            raise self.wrong("a value")
        self.at = bare.end()
        if _NUMBER.fullmatch(bare[0]):
            return _number(operator, float(bare[0]), bare[0])
        self._needs_equality(operator, start)
        return _text(bare[0])

    def _needs_equality(self, operator: str, start: int) -> None:
        if operator not in ("=", "!="):
            raise InvalidPattern(f"{operator} needs a number, at position {start + 1}")

    def _expression(self, operator: str, start: int) -> Test[Any]:
        closed = re.compile(r"((?:[^%\\]|\\.)+)%").match(self.text, self.at)
        if closed is None:
            raise InvalidPattern(f"the regular expression at position {start + 1} is not closed by %")
        self._needs_equality(operator, start)
        self.at = closed.end()
        self.expressions += 1
        if self.expressions > EXPRESSION_LIMIT:
            raise InvalidPattern(f"a pattern has at most {EXPRESSION_LIMIT} regular expressions")
        try:
            search = filter_expression(closed[1]).search
        except BadExpression as bad:
            raise InvalidPattern(f"Invalid regular expression %{closed[1]}%: {bad}") from None
        return lambda value: search(scalar_text(value)) is not None


def number(value: Any) -> float | None:
    """A value as a number: a number, or a text that is one."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def scalar_text(value: Any) -> str:
    """A JSON value that is no array and no object, as it would be written."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _comparison(operand: Operand[Any], operator: str, holds: Test[Any]) -> Test[Any]:
    wanted = operator != "!="

    def test(subject: Any) -> bool:
        for value in operand(subject):
            if value is None or isinstance(value, dict | list):
                continue
            if holds(value) is wanted:
                return True
        return False

    return test


def _number(operator: str, wanted: float, text: str) -> Test[Any]:
    def holds(value: Any) -> bool:
        found = number(value)
        if found is None:
            return operator in ("=", "!=") and scalar_text(value) == text
        match operator:
            case "<":
                return found < wanted
            case "<=":
                return found <= wanted
            case ">":
                return found > wanted
            case ">=":
                return found >= wanted
            case _:
                return found == wanted

    return holds


def _text(wanted: str) -> Test[Any]:
    if wanted == "*":
        return lambda _: True
    start, end = wanted.startswith("*"), wanted.endswith("*")
    core = wanted[start : len(wanted) - end]
    if start and end:
        return lambda value: core in scalar_text(value)
    if start:
        return lambda value: scalar_text(value).endswith(core)
    if end:
        return lambda value: scalar_text(value).startswith(core)
    return lambda value: scalar_text(value) == wanted


def _state(operand: Operand[Any], state: str) -> Test[Any]:
    if state == "NOT EXISTS":
        return lambda subject: not operand(subject)
    wanted = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False}[state]
    return lambda subject: any(value is wanted for value in operand(subject))
