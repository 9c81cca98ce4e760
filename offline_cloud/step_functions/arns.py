"""ARNs of Step Functions, and the page of a list.

machine     arn:aws:states:REGION:ACCOUNT:stateMachine:NAME            and :VERSION or :ALIAS
execution   arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME
express     arn:aws:states:REGION:ACCOUNT:express:MACHINE:NAME:UUID
map run     arn:aws:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:UUID
activity    arn:aws:states:REGION:ACCOUNT:activity:NAME
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from offline_cloud.step_functions.faults import ApiError, invalid_arn

__all__ = ["Home", "page", "parts"]

_T = TypeVar("_T")
_WHOLE = 6
DEFAULT_PAGE = 100
LONGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Home:
    """The account and Region that a request is for."""

    account: str
    region: str

    def arn(self, kind: str, name: str) -> str:
        """The ARN of something that lives here."""
        return f"{self.prefix}{kind}:{name}"

    @property
    def prefix(self) -> str:
        """How every ARN of this home begins."""
        return f"arn:aws:states:{self.region}:{self.account}:"


def parts(arn: str, *kinds: str) -> tuple[str, list[str]]:
    """The kind of resource and what follows it, e.g. `("execution", ["machine", "name"])`.

    Raises InvalidArn unless it is an ARN of Step Functions of one of these kinds.
    """
    pieces = arn.split(":")
    if len(pieces) <= _WHOLE or pieces[0] != "arn":
        raise invalid_arn(f"Invalid ARN prefix: {arn}")
    if pieces[2] != "states":
        raise invalid_arn(f"Invalid ARN prefix: {arn}")
    kind, rest = pieces[5], pieces[6:]
    if kind not in kinds:
        raise invalid_arn(f"Resource type not valid in this context: {kind}")
    return kind, rest


def page(
    items: Sequence[_T], parameters: dict[str, Any], default: int = DEFAULT_PAGE
) -> tuple[list[_T], str | None]:
    """One page of a list by `maxResults` and `nextToken`, and the next token. Raises InvalidToken."""
    start = 0
    if token := parameters.get("nextToken"):
        try:
            start = int(base64.b64decode(token, validate=True).removeprefix(b"offset:"))
        except ValueError:
            raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'") from None
    length = parameters.get("maxResults") or default
    stop = start + min(length, LONGEST_PAGE)
    following = base64.b64encode(f"offset:{stop}".encode()).decode() if stop < len(items) else None
    return list(items[start:stop]), following
