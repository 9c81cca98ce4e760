"""JSONata's functions on arrays, objects and numbers, and those that take functions.

Each takes the Run and its checked arguments. Documented at docs.jsonata.org, "Array functions" and following.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from offline_cloud.engines.states_language.jsonata_calls import arity, call, hand
from offline_cloud.engines.states_language.jsonata_values import (
    UNDEFINED,
    JsonataError,
    Run,
    Sequence,
    equal,
    hold,
    is_function,
    is_number,
    tidy,
    truth,
)

__all__ = ["COLLECTION_FUNCTIONS", "append", "look_up", "sort_by"]


def append(first: Any, second: Any) -> Any:
    """Both as one array; nothing adds nothing."""
    if first is UNDEFINED:
        return second
    if second is UNDEFINED:
        return first
    left = first if isinstance(first, list) else [first]
    right = second if isinstance(second, list) else [second]
    hold(len(left) + len(right))
    return [*left, *right]


def look_up(value: Any, name: str) -> Any:
    """A member of an object, or of each object in an array."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if isinstance(value, list):
        found = Sequence()
        for item in value:
            inner = look_up(item, name)
            if inner is UNDEFINED:
                continue
            if isinstance(inner, list):
                found.extend(inner)
            else:
                found.append(inner)
        return found
    return UNDEFINED


# ---- numbers ---------------------------------------------------------------------------------------


def _sum(run: Run, numbers: Any) -> Any:
    if numbers is UNDEFINED:
        return UNDEFINED
    total: float = 0
    for number in numbers:
        total += number
    return tidy(total)


def _average(run: Run, numbers: Any) -> Any:
    if numbers is UNDEFINED or not numbers:
        return UNDEFINED
    return tidy(sum(numbers) / len(numbers))


def _extreme(pick: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda run, numbers: UNDEFINED if numbers is UNDEFINED or not numbers else pick(numbers)


def _of_number(change: Callable[[float], float]) -> Callable[..., Any]:
    def changed(run: Run, number: Any) -> Any:
        if number is UNDEFINED:
            return UNDEFINED
        return tidy(change(number)) if math.isfinite(number) else number

    return changed


def rounded(number: float, places: int) -> int | float:
    """Rounded half to even at a decimal place; negative places round to tens, hundreds, ..."""
    unit = Decimal(1).scaleb(-places)
    return tidy(float(Decimal(repr(number)).quantize(unit, rounding=ROUND_HALF_EVEN)))


def _round(run: Run, number: Any, places: Any = UNDEFINED) -> Any:
    if number is UNDEFINED or not math.isfinite(number):
        return number
    digits = 0 if places is UNDEFINED else math.trunc(places)
    if isinstance(number, int) and digits >= 0:
        return number
    if digits > 20 or abs(number) > 1e21:
        return number
    return rounded(number, max(digits, -30))


def _square_root(run: Run, number: Any) -> Any:
    if number is UNDEFINED:
        return UNDEFINED
    if number < 0:
        raise JsonataError("D3060", value=number, index=1)
    return tidy(math.sqrt(number))


def _power(run: Run, base: Any, exponent: Any) -> Any:
    if base is UNDEFINED or exponent is UNDEFINED:
        return UNDEFINED
    try:
        result = math.pow(base, exponent)
    except (OverflowError, ValueError):
        result = math.inf
    if not math.isfinite(result):
        raise JsonataError("D3061", value=base, index=1, exp=exponent)
    return tidy(result)


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _format_base(run: Run, number: Any, radix: Any = UNDEFINED) -> Any:
    if number is UNDEFINED:
        return UNDEFINED
    value = int(_round(run, number))
    base = 10 if radix is UNDEFINED else int(_round(run, radix))
    if not 2 <= base <= 36:
        raise JsonataError("D3100", value=base)
    digits, rest = "", abs(value)
    while rest or not digits:
        digits = _DIGITS[rest % base] + digits
        rest //= base
    return ("-" if value < 0 else "") + digits


# ---- arrays ----------------------------------------------------------------------------------------


def _count(run: Run, array: Any) -> int:
    return 0 if array is UNDEFINED else len(array)


def _reverse(run: Run, array: Any) -> Any:
    return array if array is UNDEFINED or len(array) <= 1 else array[::-1]


def _shuffle(run: Run, array: Any) -> Any:
    if array is UNDEFINED or len(array) <= 1:
        return array
    shuffled = list(array)
    run.scope.random.shuffle(shuffled)
    return shuffled


def _distinct(run: Run, array: Any) -> Any:
    if not isinstance(array, list) or len(array) <= 1:
        return array
    distinct = Sequence() if type(array) is Sequence else []
    plain: set[tuple[str, Any]] = set()
    for item in array:
        if isinstance(item, (dict, list)):
            run.spend(len(distinct))
            if not any(equal(item, known) for known in distinct):
                distinct.append(item)
            continue
        key = ("number" if is_number(item) else type(item).__name__, item)
        if key not in plain:
            plain.add(key)
            distinct.append(item)
    return distinct


def _zip(run: Run, *arrays: Any) -> list[Any]:
    return [list(items) for items in zip(*(() if a is UNDEFINED else a for a in arrays), strict=False)]


def sort_by(run: Run, array: list[Any], after: Callable[[Any, Any], bool]) -> list[Any]:
    """A stable sort; `after(a, b)` tells whether a has to come after b."""

    def counted(left: Any, right: Any) -> bool:
        run.spend(1)
        return after(left, right)

    return _merge_sort(list(array), counted)


def _merge_sort(items: list[Any], after: Callable[[Any, Any], bool]) -> list[Any]:
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    left, right = _merge_sort(items[:middle], after), _merge_sort(items[middle:], after)
    merged: list[Any] = []
    at = 0
    for item in left:
        while at < len(right) and after(item, right[at]):
            merged.append(right[at])
            at += 1
        merged.append(item)
    return merged + right[at:]


def _utf16(text: str) -> bytes | str:
    return text.encode("utf-16-be", "surrogatepass")


def _sort(run: Run, array: Any, comparator: Any = UNDEFINED) -> Any:
    if array is UNDEFINED or len(array) <= 1:
        return array
    if comparator is not UNDEFINED:
        return sort_by(run, array, lambda left, right: truth(call(run, comparator, [left, right])))
    if all(map(is_number, array)):
        return sorted(array)
    if all(isinstance(item, str) for item in array):
        return sorted(array, key=_utf16)
    raise JsonataError("D3070", index=1)


# ---- functions that take functions -----------------------------------------------------------------


def _map(run: Run, array: Any, function: Any) -> Any:
    if array is UNDEFINED:
        return UNDEFINED
    results = Sequence()
    for place, item in enumerate(array):
        result = call(run, function, hand(function, item, place, array))
        if result is not UNDEFINED:
            results.append(result)
    return results


def _filter(run: Run, array: Any, function: Any) -> Any:
    if array is UNDEFINED:
        return UNDEFINED
    return Sequence(
        item
        for place, item in enumerate(array)
        if truth(call(run, function, hand(function, item, place, array)))
    )


def _single(run: Run, array: Any, function: Any = UNDEFINED) -> Any:
    if array is UNDEFINED:
        return UNDEFINED
    found: list[Any] = []
    for place, item in enumerate(array):
        if function is UNDEFINED or truth(call(run, function, hand(function, item, place, array))):
            if found:
                raise JsonataError("D3138", index=place)
            found.append(item)
    if not found:
        raise JsonataError("D3139")
    return found[0]


def _reduce(run: Run, array: Any, function: Any, start: Any = UNDEFINED) -> Any:
    if array is UNDEFINED:
        return UNDEFINED
    if arity(function) < 2:
        raise JsonataError("D3050", index=1)
    place = 0
    result = start
    if start is UNDEFINED and array:
        result, place = array[0], 1
    while place < len(array):
        result = call(run, function, hand(function, result, array[place], place, array))
        place += 1
    return result


def _each(run: Run, members: Any, function: Any) -> Any:
    if members is UNDEFINED:
        return UNDEFINED
    results = Sequence()
    for name, value in members.items():
        result = call(run, function, hand(function, value, name, members))
        if result is not UNDEFINED:
            results.append(result)
    return results


def _sift(run: Run, members: Any, function: Any) -> Any:
    if members is UNDEFINED:
        return UNDEFINED
    kept = {
        name: value
        for name, value in members.items()
        if truth(call(run, function, hand(function, value, name, members)))
    }
    return kept or UNDEFINED


# ---- objects ---------------------------------------------------------------------------------------


def _keys(run: Run, value: Any) -> Any:
    names: dict[str, None] = {}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            names.update(dict.fromkeys(item))
        elif isinstance(item, list):
            names.update(dict.fromkeys(_keys(run, item)))
    return Sequence(names)


def _lookup(run: Run, value: Any, name: Any) -> Any:
    return UNDEFINED if name is UNDEFINED else look_up(value, name)


def _spread(run: Run, value: Any) -> Any:
    if isinstance(value, list):
        result: Any = Sequence()
        for item in value:
            result = append(result, _spread(run, item))
        return result
    if isinstance(value, dict):
        return Sequence({name: inner} for name, inner in value.items())
    return value


def _merge(run: Run, objects: Any) -> Any:
    if objects is UNDEFINED:
        return UNDEFINED
    merged: dict[str, Any] = {}
    for item in objects:
        if isinstance(item, dict):
            merged.update(item)
    return merged


def clone(value: Any) -> Any:
    """A deep copy of JSON data."""
    if isinstance(value, dict):
        return {name: clone(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [clone(inner) for inner in value]
    return value


# ---- all kinds of values ---------------------------------------------------------------------------


def _boolean(run: Run, value: Any) -> Any:
    return UNDEFINED if value is UNDEFINED else truth(value)


def _type(run: Run, value: Any) -> Any:  # noqa: PLR0911 - one for each type
    if value is UNDEFINED:
        return UNDEFINED
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    return "function" if is_function(value) else "object"


def _error(run: Run, message: Any = UNDEFINED) -> Any:
    text = "$error() function evaluated" if message is UNDEFINED or not message else message
    raise JsonataError("D3137", message=text)


def _assert(run: Run, condition: Any, message: Any = UNDEFINED) -> Any:
    if not truth(condition):
        text = "$assert() statement failed" if message is UNDEFINED or not message else message
        raise JsonataError("D3141", message=text)
    return UNDEFINED


#: Name, signature, function.
COLLECTION_FUNCTIONS: list[tuple[str, str, Callable[..., Any]]] = [
    ("sum", "<a<n>:n>", _sum),
    ("count", "<a:n>", _count),
    ("max", "<a<n>:n>", _extreme(max)),
    ("min", "<a<n>:n>", _extreme(min)),
    ("average", "<a<n>:n>", _average),
    ("floor", "<n-:n>", _of_number(math.floor)),
    ("ceil", "<n-:n>", _of_number(math.ceil)),
    ("abs", "<n-:n>", _of_number(abs)),
    ("round", "<n-n?:n>", _round),
    ("sqrt", "<n-:n>", _square_root),
    ("power", "<n-n:n>", _power),
    ("formatBase", "<n-n?:s>", _format_base),
    ("boolean", "<x-:b>", _boolean),
    ("not", "<x-:b>", lambda run, value: UNDEFINED if value is UNDEFINED else not truth(value)),
    ("map", "<af>", _map),
    ("zip", "<a+>", _zip),
    ("filter", "<af>", _filter),
    ("single", "<af?>", _single),
    ("reduce", "<afj?:j>", _reduce),
    ("sift", "<o-f?:o>", _sift),
    ("keys", "<x-:a<s>>", _keys),
    ("lookup", "<x-s:x>", _lookup),
    ("append", "<xx:a>", lambda run, first, second=UNDEFINED: append(first, second)),
    ("exists", "<x:b>", lambda run, value: value is not UNDEFINED),
    ("spread", "<x-:a<o>>", _spread),
    ("merge", "<a<o>:o>", _merge),
    ("reverse", "<a:a>", _reverse),
    ("each", "<o-f:a>", _each),
    ("error", "<s?:x>", _error),
    ("assert", "<bs?:x>", _assert),
    ("type", "<x:s>", _type),
    ("sort", "<af?:a>", _sort),
    ("shuffle", "<a:a>", _shuffle),
    ("distinct", "<x:x>", _distinct),
    ("clone", "<(oa)-:o>", lambda run, value: clone(value)),
]
