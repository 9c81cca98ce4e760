"""From a query's text to its commands. Everything that is wrong with its form is a `MalformedQuery`.

Source: CloudWatch Logs user guide, "Supported commands in Logs Insights QL".
"""

from __future__ import annotations

import re

from offline_cloud.engines.logs.query_errors import MalformedQuery, UnsupportedCommand
from offline_cloud.engines.logs.query_expressions import ExpressionParser
from offline_cloud.engines.logs.query_syntax import (
    Command,
    Dedup,
    Display,
    Fields,
    Filter,
    Limit,
    Name,
    Output,
    Parse,
    Query,
    Sort,
    Stats,
    Unnest,
)
from offline_cloud.engines.logs.query_tokens import Kind, Token, unexpected

__all__ = ["QUERY_LIMIT", "parse_query"]

QUERY_LIMIT = 10_000
"""Characters of a query."""
RESULT_LIMIT = 100_000
STATS_LIMIT = 2
"""`stats` commands in a query."""
_COMMANDS = "fields, filter, stats, sort, limit, parse, display, dedup or unnest"
_KNOWN = (
    "fields",
    "display",
    "filter",
    "filterindex",
    "parse",
    "stats",
    "sort",
    "order",
    "limit",
    "head",
    "tail",
    "dedup",
    "unnest",
    "unmask",
)
_ABSENT = ("pattern", "diff", "anomaly", "source", "lookup", "join", "subquery")
_MESSAGE = Name("@message", ("@message",), 0, 0)


def parse_query(text: str) -> Query:
    """The commands of a query. Raises `MalformedQuery`, or `UnsupportedCommand` for what AWS alone has."""
    if len(text) > QUERY_LIMIT:
        raise MalformedQuery(f"The query is longer than {QUERY_LIMIT} characters", 0, len(text))
    return _Parser(text).query()


class _Parser(ExpressionParser):
    """Commands, one method each."""

    def query(self) -> Query:
        tokens = self.tokens
        commands: list[Command] = []
        tokens.take_sign("|")  # a query may begin with a pipe
        while True:
            commands += self._command()
            end = tokens.peek()
            if end.kind is Kind.END:
                break
            if not tokens.take_sign("|"):
                raise unexpected(self.text, end, "a pipe (|), a comma or the end of the query")
        self._check(commands)
        return Query(self.text, tuple(commands))

    def _command(self) -> list[Command]:  # noqa: PLR0911 - one for each command
        word = self.tokens.peek()
        name = word.text.lower()
        if word.kind is Kind.NAME and name in _ABSENT:
            raise UnsupportedCommand(name)
        if word.kind is not Kind.NAME or name not in _KNOWN:
            raise unexpected(self.text, word, f"a command: {_COMMANDS}")
        self.tokens.take()
        match name:
            case "fields":
                return [Fields(self._outputs())]
            case "display":
                return [Display(self._outputs())]
            case "filter" | "filterindex":
                return [Filter(self.expression())]
            case "parse":
                return [self._parse()]
            case "stats":
                return [self._stats()]
            case "sort" | "order":
                self.tokens.take_word("by")
                return [self._sort()]
            case "limit" | "head" | "tail":
                return [Limit(self._count(), name == "tail")]
            case "dedup":
                return [Dedup(tuple(self._names()))]
            case "unnest":
                return [self._unnest()]
            case _:  # unmask: nothing here is masked
                self._outputs()
                return []

    def _outputs(self) -> tuple[Output, ...]:
        outputs = [self._output()]
        # Between fields a comma may be missing before a line's end on AWS's console only; here it is wanted.
        while self.tokens.take_sign(","):
            outputs.append(self._output())
        return tuple(outputs)

    def _output(self) -> Output:
        start = self.tokens.peek().start
        expression = self.expression()
        column = self.text[start : self.tokens.position()].strip()
        if isinstance(expression, Name):
            column = expression.name
        if self.tokens.take_word("as"):
            column = self._alias().value
        return Output(expression, column)

    def _alias(self) -> Token:
        token = self.tokens.peek()
        if token.kind is not Kind.NAME:
            raise unexpected(self.text, token, "a name")
        return self.tokens.take()

    def _stats(self) -> Stats:
        outputs = self._outputs()
        groups: tuple[Output, ...] = ()
        if self.tokens.take_word("by"):
            groups = self._outputs()
        return Stats(outputs, groups)

    def _sort(self) -> Sort:
        keys = []
        while True:
            expression = self.expression()
            order = self.tokens.take_word("asc", "desc")
            keys.append((expression, order is not None and order.is_word("desc")))
            if not self.tokens.take_sign(","):
                return Sort(tuple(keys))

    def _count(self) -> int:
        token = self.tokens.peek()
        if token.kind is not Kind.NUMBER or not token.text.isdigit():
            raise unexpected(self.text, token, "a whole number")
        self.tokens.take()
        count = int(token.text)
        if not 1 <= count <= RESULT_LIMIT:
            raise MalformedQuery(
                f"The limit has to be between 1 and {RESULT_LIMIT}, not {count}", token.start, token.end
            )
        return count

    def _names(self) -> list[Name]:
        names = []
        while True:
            token = self._alias()
            names.append(Name(token.value, token.path, token.start, token.end))
            if not self.tokens.take_sign(","):
                return names

    def _unnest(self) -> Unnest:
        operand = self.expression()
        if not self.tokens.take_word("into"):
            raise unexpected(self.text, self.tokens.peek(), "into")
        return Unnest(operand, self._alias().value)

    def _parse(self) -> Parse:
        tokens = self.tokens
        operand: Name = _MESSAGE
        if tokens.peek().kind is Kind.NAME:
            token = tokens.take()
            operand = Name(token.value, token.path, token.start, token.end)
        expression = tokens.take_expression()
        if expression is not None:
            return self._parse_expression(operand, expression)
        glob = tokens.peek()
        if glob.kind is not Kind.TEXT:
            raise unexpected(self.text, glob, 'a pattern: "user=*" or /user=(?<user>\\w+)/')
        tokens.take()
        stars = glob.value.count("*")
        if not stars:
            raise MalformedQuery("The pattern of parse has no *: it extracts nothing", glob.start, glob.end)
        names = self._aliases()
        if len(names) != stars:
            raise MalformedQuery(
                f"The pattern of parse has {stars} wildcards (*) and {len(names)} names behind as",
                glob.start,
                tokens.position(),
            )
        parts = [re.escape(part) for part in glob.value.split("*")]
        last = "(.*)" if not parts[-1] else "(.*?)"
        pattern = "(.*?)".join(parts[:-1]) + last + parts[-1]
        return Parse(operand, re.compile(pattern, re.DOTALL), tuple(names))

    def _parse_expression(self, operand: Name, token: Token) -> Parse:
        pattern = self.regular_expression(token)
        named = sorted(pattern.groupindex, key=lambda name: pattern.groupindex[name])
        aliases = self._aliases() if self.tokens.peek().is_word("as") else []
        if not pattern.groups:
            raise MalformedQuery(
                "The expression of parse has no group: write (?<name>…) around what it extracts",
                token.start,
                token.end,
            )
        if named and not aliases:
            indexes = [pattern.groupindex[name] for name in named]
            if len(indexes) == pattern.groups:
                return Parse(operand, pattern, tuple(named))
            # Groups without a name stay what they are in an expression: brackets.
            names = {index: name for name, index in pattern.groupindex.items()}
            return Parse(operand, pattern, tuple(names.get(at, "") for at in range(1, pattern.groups + 1)))
        if len(aliases) != pattern.groups:
            raise MalformedQuery(
                f"The expression of parse has {pattern.groups} groups and {len(aliases)} names",
                token.start,
                self.tokens.position(),
            )
        return Parse(operand, pattern, tuple(aliases))

    def _aliases(self) -> list[str]:
        if not self.tokens.take_word("as"):
            raise unexpected(self.text, self.tokens.peek(), "as and a name for each wildcard")
        names = [self._alias().value]
        while self.tokens.take_sign(","):
            names.append(self._alias().value)
        return names

    def _check(self, commands: list[Command]) -> None:
        if sum(isinstance(command, Stats) for command in commands) > STATS_LIMIT:
            raise MalformedQuery(f"A query has at most {STATS_LIMIT} stats commands", 0, len(self.text))
