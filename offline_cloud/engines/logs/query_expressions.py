"""Expressions of a query, from their text to a tree.

From the weakest to the strongest: or, and, not, comparison, sum, product, power, sign.
"""

from __future__ import annotations

import re

from offline_cloud.engines.logs.query_errors import MalformedQuery
from offline_cloud.engines.logs.query_syntax import (
    Binary,
    Call,
    Expression,
    In,
    Like,
    Literal,
    Name,
    Negation,
    Not,
    Period,
)
from offline_cloud.engines.logs.query_tokens import Kind, Token, Tokens, unexpected
from offline_cloud.engines.logs.regular_expressions import BadExpression, query_expression

__all__ = ["ExpressionParser"]

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_RESERVED = ("by", "as", "and", "or", "in", "like", "asc", "desc", "into")
_PERIOD = re.compile(r"(\d+)(\w+)")
_DEPTH = 100


class ExpressionParser:
    """Reads expressions from the tokens of a query."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = Tokens(text)
        self._depth = 0

    def expression(self) -> Expression:
        """One whole expression."""
        token = self.tokens.peek()
        self._depth += 1
        if self._depth > _DEPTH:
            raise MalformedQuery("The expression is nested too deeply", token.start, token.end)
        left = self._both()
        while self.tokens.take_word("or"):
            left = Binary("or", left, self._both())
        self._depth -= 1
        return left

    def regular_expression(self, token: Token) -> re.Pattern[str]:
        """Compile what stands between slashes."""
        try:
            return query_expression(token.value)
        except BadExpression as bad:
            at = token.start + 1 + bad.at
            raise MalformedQuery(f"Invalid regular expression {token.text}: {bad}", at, at + 1) from None

    def _both(self) -> Expression:
        left = self._not()
        while self.tokens.take_word("and"):
            left = Binary("and", left, self._not())
        return left

    def _not(self) -> Expression:
        count = 0
        while self.tokens.take_word("not"):
            count += 1
        operand = self._comparison()
        return Not(operand) if count % 2 else operand

    def _comparison(self) -> Expression:
        left = self._sum()
        while True:
            token = self.tokens.peek()
            if token.kind is Kind.SIGN and token.text in _COMPARISONS:
                self.tokens.take()
                left = Binary(token.text, left, self._sum())
            elif self.tokens.take_sign("=~"):
                left = self._like(left, negated=False)
            elif token.is_word("not"):
                self.tokens.take()
                if self.tokens.take_word("like"):
                    left = self._like(left, negated=True)
                elif self.tokens.take_word("in"):
                    left = self._in(left, negated=True)
                else:
                    raise unexpected(self.text, self.tokens.peek(), "like or in")
            elif self.tokens.take_word("like"):
                left = self._like(left, negated=False)
            elif self.tokens.take_word("in"):
                left = self._in(left, negated=False)
            else:
                return left

    def _like(self, operand: Expression, *, negated: bool) -> Expression:
        expression = self.tokens.take_expression()
        if expression is not None:
            return Like(operand, self.regular_expression(expression), negated)
        token = self.tokens.peek()
        if token.kind is not Kind.TEXT:
            raise unexpected(self.text, token, 'a /regular expression/ or a "text"')
        self.tokens.take()
        return Like(operand, token.value, negated)

    def _in(self, operand: Expression, *, negated: bool) -> Expression:
        self.tokens.expect_sign("[")
        items: list[Expression] = []
        while not self.tokens.take_sign("]"):
            items.append(self._sum())
            if not self.tokens.take_sign(","):
                self.tokens.expect_sign("]")
                break
        return In(operand, tuple(items), negated)

    def _sum(self) -> Expression:
        left = self._product()
        while (token := self.tokens.peek()).kind is Kind.SIGN and token.text in "+-":
            self.tokens.take()
            left = Binary(token.text, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._power()
        while (token := self.tokens.peek()).kind is Kind.SIGN and token.text in "*/%":
            self.tokens.take()
            left = Binary(token.text, left, self._power())
        return left

    def _power(self) -> Expression:
        left = self._signed()
        if self.tokens.take_sign("^"):
            return Binary("^", left, self._power())
        return left

    def _signed(self) -> Expression:
        if self.tokens.take_sign("-"):
            operand = self._signed()
            if isinstance(operand, Literal) and not isinstance(operand.value, str):
                return Literal(-operand.value)
            return Negation(operand)
        return self._primary()

    def _primary(self) -> Expression:
        token = self.tokens.peek()
        match token.kind:
            case Kind.NUMBER:
                self.tokens.take()
                return Literal(int(token.text) if token.text.isdigit() else float(token.text))
            case Kind.TEXT:
                self.tokens.take()
                return Literal(token.value)
            case Kind.PERIOD:
                self.tokens.take()
                parts = _PERIOD.fullmatch(token.value)
                assert parts is not None
                return Period(int(parts[1]), parts[2])
            case Kind.NAME if token.text.lower() not in _RESERVED:
                self.tokens.take()
                if self.tokens.take_sign("("):
                    return self._call(token)
                return Name(token.value, token.path, token.start, token.end)
            case Kind.SIGN if self.tokens.take_sign("("):
                inner = self.expression()
                self.tokens.expect_sign(")")
                return inner
        raise unexpected(self.text, token, "a field, a function, a number or a text")

    def _call(self, name: Token) -> Expression:
        arguments: list[Expression] = []
        if self.tokens.take_sign("*"):
            if name.text.lower() != "count":
                raise MalformedQuery(
                    f"Only count takes a *, {name.text} doesn't", name.start, self.tokens.position()
                )
            self.tokens.expect_sign(")")
        elif not self.tokens.take_sign(")"):
            arguments.append(self.expression())
            while self.tokens.take_sign(","):
                arguments.append(self.expression())
            closing = self.tokens.peek()
            if not self.tokens.take_sign(")"):
                raise unexpected(self.text, closing, "a comma or )")
        return Call(name.text, tuple(arguments), name.start, self.tokens.position())
