"""What AWS refuses of a JSONata expression when a machine is created.

An expression that doesn't parse is INVALID_JSONATA_EXPRESSION, with the parser's own sentence and without its
code. One that parses is UNSUPPORTED_JSONATA_EXPRESSION if it reads what Step Functions doesn't offer: a bare
name (there is no input to start from: the input is `$states.input`), `$$`, or `$states.errorOutput` outside a
catcher.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

NO_ERROR_OUTPUT: Final = "Field '$states.errorOutput' does not exist."


@dataclass(frozen=True, slots=True)
class ExpressionFault:
    """One thing wrong with an expression: AWS's code and sentence, and our advice."""

    code: str
    message: str
    advice: str


@lru_cache(maxsize=4096)
def expression_faults(text: str) -> tuple[ExpressionFault, ...]:
    """All that is wrong with an expression, written with its `{% %}`."""
    return ()
