"""Values of JSONata while an expression runs, and its errors.

JSON values are Python's own; JSON null is None. What JSON does not have:
- UNDEFINED, "nothing", which any operator passes on;
- Sequence, the result of a query: with one item it stands for the item, with none for nothing;
- Constructed, an array written `[...]` as a step of a path, which is not flattened;
- functions: Lambda, Native, Matcher (a regular expression).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.jsonata_signatures import Signature
    from offline_cloud.engines.states_language.regular_expressions import Pattern
    from offline_cloud.engines.states_language.scope import Scope

__all__ = [
    "MOST_BYTES",
    "UNDEFINED",
    "Constructed",
    "Frame",
    "JsonataError",
    "Lambda",
    "Matcher",
    "Native",
    "Run",
    "Sequence",
    "equal",
    "is_function",
    "is_number",
    "is_numeric",
    "number_text",
    "quoted",
    "shrunk",
    "tidy",
    "truth",
]

#: The bounds of one evaluation. Depth and bytes are the service's own. It bounds time by a clock; here steps
#: are counted, so that an evaluation ends in the same way on every machine.
DEEPEST = 100
MOST_BYTES = 6_990_256
MOST_STEPS = 2_000_000

STACK_OVERFLOW = (
    "Stack overflow error: Check for non-terminating recursive function.  "
    "Consider rewriting as tail-recursive."
)
TIMEOUT = "Expression evaluation timeout: Check for infinite loop"
OUT_OF_MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"


class _Undefined:
    """The type of UNDEFINED."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED = _Undefined()


class Sequence(list[Any]):
    """What a query found, in order. `keep`: one item stays an array; `tuples`: the items are bindings."""

    __slots__ = ("keep", "tuples")

    def __init__(self, items: Any = ()) -> None:
        super().__init__(items)
        self.keep = False
        self.tuples = False


class Constructed(list[Any]):
    """An array constructor's array at the start or end of a path: it is one value there."""

    __slots__ = ()


class JsonataError(Exception):
    """An expression failed while it ran.

    `code` is JSONata's (T2001, D3030, ...) or "" for a bound of the service; `values` fill the message.
    """

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Run:
    """One evaluation: what it may see and what it has used up."""

    __slots__ = ("depth", "scope", "steps")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.depth = 0
        self.steps = 0

    def spend(self, steps: int) -> None:
        """Count work; raises JsonataError when the evaluation has done too much of it."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise JsonataError("", message=TIMEOUT)


def hold(count: int) -> None:
    """Refuse an array of so many items as the service does; an item takes eight bytes."""
    if count * 8 > MOST_BYTES:
        raise JsonataError("", message=OUT_OF_MEMORY)


class Frame:
    """Variables of one block or function call, inside those around it."""

    __slots__ = ("bindings", "parent", "run")

    def __init__(self, parent: Frame | None, run: Run) -> None:
        self.bindings: dict[str, Any] = {}
        self.parent = parent
        self.run = run


#: What an expression is compiled to: it takes the context value (`$`) and the variables.
Evaluate = Callable[[Any, Frame], Any]


@dataclass(slots=True, eq=False)
class Lambda:
    """A function that the expression defines, with the surroundings that it was defined in.

    A thunk is a call in tail position that is still to be made: `body` is not run; `call` makes it.
    """

    parameters: tuple[str, ...]
    body: Evaluate
    context: Any
    frame: Frame
    signature: Signature | None = None


@dataclass(slots=True, eq=False)
class Thunk:
    """A call in tail position that the caller is to make, so that the stack does not grow."""

    procedure: Evaluate
    arguments: tuple[Evaluate, ...]
    context: Any
    frame: Frame
    token: str | None


@dataclass(slots=True, eq=False)
class Native:
    """A function of the language or of Step Functions; `arity` is what higher-order functions go by."""

    name: str
    implementation: Callable[..., Any]
    signature: Signature | None
    arity: int


@dataclass(slots=True, eq=False)
class Matcher:
    """A regular expression; `source` is as written."""

    pattern: Pattern
    source: str


def is_function(value: Any) -> bool:
    """Whether a value can be called."""
    return isinstance(value, (Lambda, Native, Matcher))


def is_number(value: Any) -> bool:
    """Whether a value is a number, Infinity and NaN included."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_numeric(value: Any) -> bool:
    """Whether a value is a number to calculate with; raises D1001 on Infinity."""
    if isinstance(value, float):
        if math.isnan(value):
            return False
        if math.isinf(value):
            raise JsonataError("D1001", value=value)
        return True
    return isinstance(value, int) and not isinstance(value, bool)


def tidy(number: float) -> int | float:
    """A float as JavaScript prints it: without a fraction if it has none."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e21:
        return int(number)
    return number


def shrunk(value: Any) -> Any:
    """A query's result as a value: nothing for an empty Sequence, the item for one of a single item."""
    if type(value) is Sequence and not value.tuples:
        if not value:
            return UNDEFINED
        if len(value) == 1 and not value.keep:
            return value[0]
    return value


def truth(value: Any) -> bool:
    """JSONata's $boolean; nothing is false."""
    if value is None or value is UNDEFINED:
        return False
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return is_numeric(value) and value != 0
    if isinstance(value, list):
        return truth(value[0]) if len(value) == 1 else any(map(truth, value))
    if isinstance(value, (str, dict)):
        return len(value) > 0
    return False


def equal(left: Any, right: Any) -> bool:
    """JSONata's deep `=` of two values that are something."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)):
        return isinstance(right, (int, float)) and left == right
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(equal(left[name], right[name]) for name in left)
        )
    if is_function(left) or is_function(right):
        return left is right
    return bool(left == right)


def number_text(number: float) -> str:  # noqa: PLR0911 - the notations
    """A number as JavaScript's String() spells it."""
    if isinstance(number, int) and abs(number) < 10**15:
        return str(number)
    number = float(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    mantissa, _, exponent = f"{number!r}".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + ("" if fraction == "0" else fraction)).lstrip("0")
    point = len(whole) + int(exponent or 0)
    if whole == "0":
        point -= 1 + len(fraction) - len(fraction.lstrip("0"))
    digits = digits.rstrip("0") or "0"
    if point > 21 or point < -5:
        tail = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{tail}e{point - 1:+d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


def quoted(value: Any) -> str:
    """A value in an error message: its JSON text."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if is_number(value):
        return number_text(value)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda _: "")
    except (ValueError, RecursionError):
        return "..."
