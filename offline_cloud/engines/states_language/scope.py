"""What an expression may see besides the data it is applied to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random  # noqa: TID251 - the type alone; the instance comes from outside, seeded

__all__ = ["Scope"]


@dataclass(slots=True)
class Scope:
    """The surroundings of one evaluation.

    `context` is the context object (`$$`, `$states.context`); `variables` has all visible variables by name;
    `uuid` and `random` are the only sources of chance; `states` is JSONata's `$states` with `input`,
    `context`, and `result` or `errorOutput` where the field may use them; `now` is the time for JSONata's
    $now and $millis in seconds since 1970 (without it, the time when the state was entered). All values are
    plain JSON and are never changed by an evaluation.
    """

    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    uuid: Callable[[], str]
    random: Random
    states: Mapping[str, Any] | None = None
    now: float | None = None
