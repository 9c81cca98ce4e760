"""The shorthand syntax of the AWS CLI: `Key=value,Other=[a,b],Deep={x=1}` instead of JSON.

A value ends at a comma or a closing bracket; quotes and a backslash keep them. Without a bracket a list
goes on as long as what follows a comma has no `=`: `AllowMethods=GET,POST,MaxAge=5`. All values are texts;
the operation's description says what becomes of them.

Source: AWS CLI user guide, "Using shorthand syntax with the AWS CLI".
"""

from __future__ import annotations

import re
from typing import Any

from labkit.aws_cli.errors import CommandError

__all__ = ["parse"]

_KEY = re.compile(r"\s*([A-Za-z0-9_.:/#*$@-]+|\"[^\"]*\"|'[^']*')\s*=")


def parse(text: str) -> dict[str, Any]:
    """The mapping that a text in shorthand stands for. Raises `CommandError`."""
    reader = _Reader(text)
    found = reader.pairs("")
    if reader.at < len(text):
        raise reader.expected("','")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def expected(self, what: str) -> CommandError:
        seen = self.text[self.at : self.at + 1] or "EOF"
        return CommandError(
            f"Error parsing parameter: Expected: {what}, received: '{seen}' for input:\n"
            f"{self.text}\n{' ' * self.at}^",
            252,
        )

    def pairs(self, end: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            key = _KEY.match(self.text, self.at)
            if key is None:
                raise self.expected("'='")
            self.at = key.end()
            found[key[1].strip("\"'")] = self._value(end)
            if not self._goes_on(end):
                return found

    def _goes_on(self, end: str) -> bool:
        if self.text.startswith(",", self.at):
            self.at += 1
            return True
        if end and self.text.startswith(end, self.at):
            self.at += 1
        elif end:
            raise self.expected(f"'{end}'")
        return False

    def _value(self, end: str) -> Any:
        first = self.text[self.at : self.at + 1]
        if first == "[":
            return self._list()
        if first == "{":
            self.at += 1
            if self.text.startswith("}", self.at):
                self.at += 1
                return {}
            return self.pairs("}")
        values = [self._word(end)]
        while self.text.startswith(",", self.at) and _KEY.match(self.text, self.at + 1) is None:
            self.at += 1
            values.append(self._word(end))
        return values if len(values) > 1 else values[0]

    def _list(self) -> list[Any]:
        self.at += 1
        values: list[Any] = []
        while not self.text.startswith("]", self.at):
            first = self.text[self.at : self.at + 1]
            if first == "{":
                self.at += 1
                values.append(self.pairs("}"))
            else:
                values.append(self._list() if first == "[" else self._word("]"))
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith("]", self.at):
                raise self.expected("']'")
        self.at += 1
        return values

    def _word(self, end: str) -> str:
        first = self.text[self.at : self.at + 1]
        if first and first in "\"'":
            quoted = re.compile(rf"{first}((?:\\.|[^{first}\\])*){first}").match(self.text, self.at)
            if quoted is None:
                raise self.expected(f"a closing {first}")
            self.at = quoted.end()
            return re.sub(r"\\(.)", r"\1", quoted[1])
        stops = "," + (end or "")
        word = re.compile(rf"(?:\\.|[^{re.escape(stops)}\\])*").match(self.text, self.at)
        assert word is not None
        self.at = word.end()
        return re.sub(r"\\(.)", r"\1", word[0]).strip()
