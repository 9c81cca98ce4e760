"""Location paths of JSONata: steps, predicates, grouping, sorting, and what `@`, `#` and `%` bind.

A step is applied to each item of what the step before found, and the results are joined into one flat
Sequence. Once a step binds something (`@$v`, `#$i`, or a later `%` needs its parent), the path carries
*tuples*: objects with the item under "@" and the bindings beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from offline_cloud.engines.states_language.jsonata_collections import append, sort_by
from offline_cloud.engines.states_language.jsonata_values import (
    UNDEFINED,
    Constructed,
    Evaluate,
    Frame,
    JsonataError,
    Sequence,
    hold,
    is_number,
    is_numeric,
    truth,
)

__all__ = ["Filter", "Grouping", "Stage", "Step", "Term", "group", "path"]

ITEM = "@"


def framed(frame: Frame, bindings: dict[str, Any]) -> Frame:
    """The variables inside a tuple."""
    inner = Frame(frame, frame.run)
    inner.bindings = bindings
    return inner


# ---- predicates ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    """`[...]` after a step: a position known beforehand, or what decides about each item."""

    position: int | None
    decide: Evaluate | None

    def apply(self, value: Any, frame: Frame) -> Any:
        """What is left of a value."""
        results = Sequence()
        if value is UNDEFINED:
            return results
        if not isinstance(value, list):
            value = [value]
        tuples = type(value) is Sequence and value.tuples
        results.tuples = tuples
        if self.decide is None:
            place = self.position if self.position is not None else 0
            if -len(value) <= place < len(value):
                item = value[place]
                if isinstance(item, list):
                    return item
                results.append(item)
            return results
        frame.run.spend(len(value))
        decide = self.decide
        for place, item in enumerate(value):
            verdict = decide(item[ITEM], framed(frame, item)) if tuples else decide(item, frame)
            if verdict is True:
                results.append(item)
            elif verdict is False or verdict is UNDEFINED:
                continue
            elif _names(verdict, place, len(value)):
                results.append(item)
        return results


def _names(verdict: Any, place: int, length: int) -> bool:
    """Whether a predicate's value picks the item at this place: by number, list of numbers, or truth."""
    numbers = verdict if isinstance(verdict, list) else [verdict]
    # An empty list is a list of numbers, none of which is the place.
    if all(is_number(number) and is_numeric(number) for number in numbers):
        for number in numbers:
            wanted = math.floor(number)
            if (wanted + length if wanted < 0 else wanted) == place:
                return True
        return False
    return truth(verdict)


@dataclass(frozen=True, slots=True)
class Stage:
    """What follows a step within the path: a predicate, or `#$i` after one."""

    filter: Filter | None
    index: str | None


# ---- grouping --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grouping:
    """`{key: value, ...}`, as an object of its own or after a step."""

    pairs: tuple[tuple[Evaluate, Evaluate], ...]


def group(grouping: Grouping, value: Any, frame: Frame) -> dict[str, Any]:
    """One object: items with the same key go together."""
    tuples = type(value) is Sequence and value.tuples
    pairs = grouping.pairs
    result: dict[str, Any] = {}
    if not isinstance(value, list):
        # The plain case, an object constructor: each pair is evaluated once.
        for key_of, value_of in pairs:
            key = key_of(value, frame)
            if key is UNDEFINED:
                continue
            if not isinstance(key, str):
                raise JsonataError("T1003", value=key)
            if key in result:
                raise JsonataError("D1009", value=key)
            result[key] = value_of(value, frame)
        return {key: inner for key, inner in result.items() if inner is not UNDEFINED}
    groups: dict[str, tuple[int, list[Any]]] = {}
    frame.run.spend(len(value))
    for item in value or [UNDEFINED]:
        scope = framed(frame, item) if tuples else frame
        context = item[ITEM] if tuples else item
        for number, (key_of, _) in enumerate(pairs):
            key = key_of(context, scope)
            if key is UNDEFINED:
                continue
            if not isinstance(key, str):
                raise JsonataError("T1003", value=key)
            known = groups.setdefault(key, (number, []))
            if known[0] != number:
                raise JsonataError("D1009", value=key)
            known[1].append(item)
    for key, (number, items) in groups.items():
        context, scope = _joined(items, frame) if tuples else (_together(items), frame)
        inner = pairs[number][1](context, scope)
        if inner is not UNDEFINED:
            result[key] = inner
    return result


def _together(items: list[Any]) -> Any:
    if len(items) == 1:
        return items[0]
    together: list[Any] = []
    for item in items:
        if isinstance(item, list):
            together.extend(item)
        else:
            together.append(item)
    return together


def _joined(tuples: list[dict[str, Any]], frame: Frame) -> tuple[Any, Frame]:
    joined = dict(tuples[0])
    for following in tuples[1:]:
        for name, value in following.items():
            joined[name] = append(joined.get(name, UNDEFINED), value)
    return joined.pop(ITEM, UNDEFINED), framed(frame, joined)


# ---- sorting ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """One term of `^(...)`."""

    value: Evaluate
    descending: bool


def _sorted(terms: tuple[Term, ...], items: list[Any], frame: Frame) -> list[Any]:
    tuples = type(items) is Sequence and items.tuples

    def evaluate(term: Term, item: Any) -> Any:
        return term.value(item[ITEM], framed(frame, item)) if tuples else term.value(item, frame)

    def after(left: Any, right: Any) -> bool:
        for term in terms:
            one, other = evaluate(term, left), evaluate(term, right)
            if one is UNDEFINED or other is UNDEFINED:
                if one is other:
                    continue
                return one is UNDEFINED
            for value in (one, other):
                if not isinstance(value, str) and not is_number(value):
                    raise JsonataError("T2008", value=value)
            if isinstance(one, str) is not isinstance(other, str):
                raise JsonataError("T2007", value=one, value2=other)
            if one != other:
                return bool((one < other) if term.descending else (one > other))
        return False

    if len(items) <= 1:
        return items
    result = sort_by(frame.run, items, after)
    if tuples:
        result = Sequence(result)
        result.tuples = True
    return result


# ---- paths -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `evaluate` for each item, or `terms` to sort all of them."""

    evaluate: Evaluate
    stages: tuple[Stage, ...] = ()
    terms: tuple[Term, ...] | None = None
    tuple_stream: bool = False
    constructs: bool = False
    focus: str | None = None
    index: str | None = None
    ancestor: str | None = None

    def apply(self, items: list[Any], frame: Frame, last: bool) -> list[Any]:
        """What the step finds in each of the items, in one flat Sequence."""
        if self.terms is not None:
            ordered: list[Any] = _staged(self.stages, _sorted(self.terms, items, frame), frame)
            return ordered
        frame.run.spend(len(items))
        evaluate, stages = self.evaluate, self.stages
        found: list[Any] = []
        for item in items:
            value = evaluate(item, frame)
            for stage in stages:
                if stage.filter is not None:
                    value = stage.filter.apply(value, frame)
            if value is not UNDEFINED:
                found.append(value)
        if last and len(found) == 1 and isinstance(found[0], list) and type(found[0]) is not Sequence:
            only: list[Any] = found[0]
            return only
        flat = Sequence()
        for value in found:
            if isinstance(value, list) and type(value) is not Constructed:
                flat.extend(value)
            else:
                flat.append(value)
        hold(len(flat))
        return flat

    def apply_to_tuples(self, items: list[Any], tuples: list[dict[str, Any]] | None, frame: Frame) -> Any:
        """The same for a path that carries tuples."""
        if self.terms is not None:
            if tuples is not None:
                result: list[Any] = _sorted(self.terms, tuples, frame)
            else:
                ordered = _sorted(self.terms, items, frame)
                result = Sequence(
                    {ITEM: item} | ({self.index: place} if self.index else {})
                    for place, item in enumerate(ordered)
                )
            if type(result) is Sequence:
                result.tuples = True
            return _staged(self.stages, result, frame)
        stream = Sequence()
        stream.tuples = True
        frame.run.spend(len(items if tuples is None else tuples))
        for binding in [{ITEM: item} for item in items] if tuples is None else tuples:
            value = self.evaluate(binding[ITEM], framed(frame, binding))
            if value is UNDEFINED:
                continue
            inner_tuples = type(value) is Sequence and value.tuples
            for place, item in enumerate(value if isinstance(value, list) else [value]):
                stream.append(self._bound(binding, item, place, inner_tuples))
        hold(len(stream))
        return _staged(self.stages, stream, frame)

    def _bound(self, binding: dict[str, Any], item: Any, place: int, inner_tuples: bool) -> dict[str, Any]:
        bound = dict(binding)
        if inner_tuples:
            bound.update(item)
            return bound
        if self.focus is not None:
            bound[self.focus] = item
        else:
            bound[ITEM] = item
        if self.index is not None:
            bound[self.index] = place
        if self.ancestor is not None:
            bound[self.ancestor] = binding[ITEM]
        return bound


def _staged(stages: tuple[Stage, ...], value: Any, frame: Frame) -> Any:
    for stage in stages:
        if stage.filter is not None:
            value = stage.filter.apply(value, frame)
        elif stage.index is not None:
            numbered = Sequence(bound | {stage.index: place} for place, bound in enumerate(value))
            numbered.tuples = True
            value = numbered
    return value


def path(
    steps: tuple[Step, ...], absolute: bool, keep: bool, tuples_out: bool, grouping: Grouping | None
) -> Evaluate:
    """What evaluates these steps, one after another.

    `absolute`: the first step is a variable, so an array as context is not walked. `keep`: one item stays an
    array. `tuples_out`: an outer path wants the tuples.
    """
    last = len(steps) - 1

    def evaluate(context: Any, frame: Frame) -> Any:
        items: Any = context if isinstance(context, list) and not absolute else [context]
        result: Any = UNDEFINED
        carrying = False
        tuples: Any = None
        for number, step in enumerate(steps):
            carrying = carrying or step.tuple_stream
            if number == 0 and step.constructs:
                result = step.evaluate(items, frame)
            elif carrying:
                tuples = step.apply_to_tuples(items, tuples, frame)
            else:
                result = step.apply(items, frame, number == last)
            if not carrying and (result is UNDEFINED or not result):
                break
            if step.focus is None:
                items = result if isinstance(result, list) else [result]
        if carrying:
            result = tuples if tuples_out else Sequence(bound[ITEM] for bound in tuples)
        if keep:
            if type(result) is Constructed:
                result = Sequence([result])
            if type(result) is Sequence:
                result.keep = True
        if grouping is not None:
            return group(grouping, tuples if carrying else result, frame)
        return result

    return evaluate
