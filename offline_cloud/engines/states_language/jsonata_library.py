"""What a name stands for in an expression: bindings, `$states`, state machine variables, functions.

The functions are JSONata's, without $eval, and Step Functions' own: $partition, $range, $hash, $random with a
seed, $uuid, $parse. Dates and pictures of numbers are formatted by `jsonata-python`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from offline_cloud.engines.states_language.choice import instant
from offline_cloud.engines.states_language.intrinsics import ALGORITHMS, digest
from offline_cloud.engines.states_language.jsonata_collections import COLLECTION_FUNCTIONS
from offline_cloud.engines.states_language.jsonata_messages import code_of
from offline_cloud.engines.states_language.jsonata_parsing import DateTimeUtils, Functions, JException
from offline_cloud.engines.states_language.jsonata_signatures import signature
from offline_cloud.engines.states_language.jsonata_texts import TEXT_FUNCTIONS
from offline_cloud.engines.states_language.jsonata_values import (
    OUT_OF_MEMORY,
    UNDEFINED,
    Frame,
    JsonataError,
    Native,
    Run,
)
from offline_cloud.engines.states_language.seeded import SeededRandom

__all__ = ["FUNCTIONS", "lookup"]


def lookup(frame: Frame, name: str) -> Any:
    """What `$name` stands for; UNDEFINED if for nothing."""
    here: Frame | None = frame
    while here is not None:
        if name in here.bindings:
            return here.bindings[name]
        here = here.parent
    scope = frame.run.scope
    if name == "states":
        return UNDEFINED if scope.states is None else scope.states
    if name in scope.variables:
        return scope.variables[name]
    return FUNCTIONS.get(name, UNDEFINED)


# ---- Step Functions' own ---------------------------------------------------------------------------

_LONGEST_RANGE = 360_145


def _partition(run: Run, array: Any, size: Any) -> Any:
    step = 0 if size is UNDEFINED else math.trunc(size)
    if array is UNDEFINED or step == 0:
        return UNDEFINED
    if step < 0:
        raise JsonataError("", message="The chunk size must be a positive integer")
    return [array[start : start + step] for start in range(0, len(array), step)]


def _range(run: Run, first: Any, last: Any, step: Any = UNDEFINED) -> Any:
    """Whole numbers; a fraction is cut off. The service has no memory for more than it gives at most."""
    if first is UNDEFINED or last is UNDEFINED:
        return UNDEFINED
    start, end, delta = math.trunc(first), math.trunc(last), 1 if step is UNDEFINED else math.trunc(step)
    if delta == 0:
        return UNDEFINED
    count = max(0, (end - start) // delta + 1)
    if count > _LONGEST_RANGE:
        raise JsonataError("", message=OUT_OF_MEMORY)
    return [start + place * delta for place in range(count)]


def _hash(run: Run, text: Any, algorithm: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    name = "SHA-1" if algorithm is UNDEFINED else algorithm
    if name not in ALGORITHMS:
        raise JsonataError("", message=f"Unsupported hash algorithm: {name}")
    return digest(text, name)


def _random(run: Run, seed: Any = UNDEFINED) -> float:
    if seed is UNDEFINED:
        return run.scope.random.random()
    return SeededRandom(math.trunc(seed)).fraction()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _parse(run: Run, text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise JsonataError("", message="The argument of $parse must be a valid JSON text") from None


# ---- time ------------------------------------------------------------------------------------------

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_8601 = re.compile(
    r"\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?", re.ASCII
)


def _now(run: Run) -> int:
    """Milliseconds since 1970: the scope's time, else when the state was entered."""
    scope = run.scope
    if scope.now is not None:
        return math.floor(scope.now * 1000)
    for part, name in (("State", "EnteredTime"), ("Execution", "StartTime")):
        time = scope.context.get(part, {}).get(name)
        if isinstance(time, str) and (found := instant(time)) is not None:
            return found // 10**6
    return 0


def _formatted(millis: Any, picture: Any, zone: Any) -> str:
    if picture is UNDEFINED and zone is UNDEFINED:
        try:
            moment = _EPOCH + timedelta(milliseconds=math.floor(millis))
        except OverflowError:
            raise JsonataError("", message="Invalid time value") from None
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return str(
        _by_library(
            DateTimeUtils.format_datetime,
            int(millis),
            None if picture is UNDEFINED else picture,
            None if zone is UNDEFINED else zone,
        )
    )


def _from_millis(run: Run, millis: Any, picture: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    return UNDEFINED if millis is UNDEFINED else _formatted(millis, picture, zone)


def _to_millis(run: Run, text: Any, picture: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if picture is not UNDEFINED:
        millis = _by_library(DateTimeUtils.parse_datetime, text, picture)
        return UNDEFINED if millis is None else millis
    if not _ISO_8601.fullmatch(text):
        raise JsonataError("D3110", value=text)
    return _parsed(text)


def _parsed(text: str) -> Any:
    """Milliseconds of an ISO 8601 text; a day alone is UTC's. NaN where a date does not exist."""
    if re.fullmatch(r"\d{4}", text):
        text += "-01-01"
    elif re.fullmatch(r"\d{4}-\d\d", text):
        text += "-01"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


# ---- pictures --------------------------------------------------------------------------------------


def _by_library(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except JException as error:
        raise JsonataError(error.error, value=error.current, value2=error.expected) from None
    except RecursionError:
        raise
    except Exception as reason:
        # What the library raises for a wrong picture is not documented: a KeyError is an unknown component,
        # most others have the words of a code.
        code = "D3132" if isinstance(reason, KeyError) else code_of(str(reason))
        value = reason.args[0] if isinstance(reason, KeyError) and reason.args else UNDEFINED
        raise JsonataError(code, value=value, message=str(reason)) from None


def _format_number(run: Run, number: Any, picture: Any, options: Any = UNDEFINED) -> Any:
    if number is UNDEFINED:
        return UNDEFINED
    symbols = {} if options is UNDEFINED else options
    parts = picture.split(symbols.get("pattern-separator", ";"))
    if len(parts) <= 2:
        for part in parts:
            _check_picture(part, symbols)
    # The digits as they are written: 34.555 as a binary fraction is a little less.
    value = Decimal(repr(number))
    if value >= 0 or len(parts) > 2:
        return _by_library(Functions.format_number, value, picture, symbols)
    formatted = _by_library(Functions.format_number, -value, parts[-1], symbols)
    return formatted if len(parts) == 2 else symbols.get("minus-sign", "-") + formatted


def _check_picture(part: str, symbols: dict[str, Any]) -> None:
    """D3086: within the part that formats there may be no sign that means nothing."""
    zero = ord(symbols.get("zero-digit", "0"))
    digits = "".join(chr(zero + digit) for digit in range(10)) + symbols.get("digit", "#")
    active = digits + "".join(
        symbols.get(name, default)
        for name, default in (
            ("decimal-separator", "."),
            ("exponent-separator", "e"),
            ("grouping-separator", ","),
        )
    )
    # The exponent sign counts between digits only: "0 euro" is fine.
    places = [place for place, sign in enumerate(part) if sign in digits]
    if not places:
        raise JsonataError("D3085" if any(sign in active for sign in part) else "D3086")
    if any(sign not in active for sign in part[places[0] : places[-1]]):
        raise JsonataError("D3086")


def _format_integer(run: Run, number: Any, picture: Any) -> Any:
    if number is UNDEFINED:
        return UNDEFINED
    return _by_library(DateTimeUtils.format_integer, math.floor(number), picture)


def _parse_integer(run: Run, text: Any, picture: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        number = DateTimeUtils.parse_integer(text, picture)
    except JException as error:
        raise JsonataError(error.error, value=error.current) from None
    except RecursionError:
        raise
    except Exception:
        # A text that the picture cannot read is no number.
        return math.nan
    return math.nan if number is None else number


_OTHER_FUNCTIONS: list[tuple[str, str, Callable[..., Any]]] = [
    ("formatNumber", "<n-so?:s>", _format_number),
    ("formatInteger", "<n-s:s>", _format_integer),
    ("parseInteger", "<s-s:n>", _parse_integer),
    ("now", "<s?s?:s>", lambda run, picture=UNDEFINED, zone=UNDEFINED: _formatted(_now(run), picture, zone)),
    ("millis", "<:n>", _now),
    ("fromMillis", "<n-s?s?:s>", _from_millis),
    ("toMillis", "<s-s?:n>", _to_millis),
    ("random", "<n?:n>", _random),
    ("partition", "<an:a>", _partition),
    ("range", "<nnn?:a>", _range),
    ("hash", "<s-s?:s>", _hash),
    ("uuid", "<:s>", lambda run: run.scope.uuid()),
    ("parse", "<s-:x>", _parse),
]


def _native(name: str, text: str, implementation: Callable[..., Any]) -> Native:
    checked = signature(text)
    # $string alone counts one parameter in the reference implementation: the second has a default there.
    arity = 1 if name == "string" else len(checked.parameters)
    return Native(name, implementation, checked, arity)


FUNCTIONS: dict[str, Native] = {
    name: _native(name, text, implementation)
    for name, text, implementation in (*TEXT_FUNCTIONS, *COLLECTION_FUNCTIONS, *_OTHER_FUNCTIONS)
}
