"""The control API under `/_cloud/`: the cloud's clock, reset, journal, life lines and bill.

Rule 1: everything but `health` takes a token in `X-Cloud-Token`. The owner's opens everything; the learner's
opens what may be looked at by anybody who works in this cloud, and what its starter granted.
Rule 2: a control request is no activity of the cloud, because `advance` waits until there is none.
"""

from __future__ import annotations

import hmac
import json
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from offline_cloud.moto_seams.dispatch import Answer

if TYPE_CHECKING:
    from offline_cloud.server import Server

__all__ = ["FARTHEST", "GRANTS", "Control"]

GRANTS = frozenset({"clock", "reset"})
FARTHEST = 100 * 366 * 86400.0  # seconds that one `advance` may take: a century, so that dates stay dates
_log = logging.getLogger(__name__)
_ANYBODY, _LEARNER, _OWNER = "anybody", "learner", "owner"


class _Refused(Exception):
    """A request that is not served: HTTP status, what is wrong, and what to do about it."""

    def __init__(self, status: int, error: str, hint: str) -> None:
        super().__init__(error)
        self.status, self.error, self.hint = status, error, hint


@dataclass(frozen=True)
class _Operation:
    """`scope` is who may: anybody, the learner's token, one of `GRANTS`, or the owner alone."""

    scope: str
    perform: Callable[[dict[str, str], dict[str, Any]], Any]


class Control:
    """Answers requests under `/_cloud/` for one cloud."""

    def __init__(self, cloud: Server) -> None:
        self._cloud = cloud
        self._operations = {
            ("GET", "health"): _Operation(_ANYBODY, self._health),
            ("GET", "clock"): _Operation(_LEARNER, self._clock),
            ("POST", "clock"): _Operation("clock", self._move),
            ("POST", "reset"): _Operation("reset", self._reset),
            ("POST", "start-state"): _Operation(_OWNER, self._mark_start_state),
            ("GET", "journal"): _Operation(_OWNER, self._journal),
            ("GET", "environments"): _Operation(_LEARNER, self._environments),
            ("GET", "throttles"): _Operation(_LEARNER, self._throttles),
            ("GET", "events"): _Operation(_LEARNER, self._events),
            ("GET", "bill"): _Operation(_LEARNER, self._bill),
        }

    def __call__(self, environ: dict[str, Any]) -> Answer:
        """Answer one request, in JSON: what was asked for, or `{"error", "hint"}`."""
        try:
            return _json(200, self._answer(environ))
        except _Refused as refused:
            return _json(refused.status, {"error": refused.error, "hint": refused.hint})
        except Exception as error:
            _log.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return _json(
                500,
                {
                    "error": f"The offline cloud failed at this: {type(error).__name__}: {error}",
                    "hint": "That is a fault of the kit: please report it. A new cloud is a fresh start.",
                },
            )

    def _answer(self, environ: dict[str, Any]) -> Any:
        name = environ["PATH_INFO"].removeprefix("/_cloud/").strip("/")
        method = environ["REQUEST_METHOD"]
        operation = self._operations.get((method, name))
        if operation is None:
            known = ", ".join(f"{method} /_cloud/{name}" for method, name in self._operations)
            raise _Refused(404, f"The control API has no {method} /_cloud/{name}.", f"It has: {known}.")
        self._admit(operation.scope, environ.get("HTTP_X_CLOUD_TOKEN", ""))
        query = {key: values[-1] for key, values in parse_qs(environ["QUERY_STRING"]).items()}
        return operation.perform(query, _body(environ) if method == "POST" else {})

    def _admit(self, scope: str, token: str) -> None:
        tokens = self._cloud.tokens
        if scope == _ANYBODY or _same(token, tokens.owner):
            return
        if not _same(token, tokens.learner):
            raise _Refused(
                401,
                "The control API needs this cloud's token in the header X-Cloud-Token.",
                "Whoever started the cloud has it: LABKIT_CLOUD_TOKEN of `labkit cloud`, or Cloud.token.",
            )
        if scope != _LEARNER and scope not in self._cloud.grants:
            raise _Refused(
                403,
                "The learner's token may not do this here.",
                "In a graded lab clock and reset are the grader's, unless the lab's `controls` grant them.",
            )

    def _health(self, _query: dict[str, str], _body: dict[str, Any]) -> Any:
        return {
            "status": "ok",
            "now": self._cloud.clock.now(),
            "clock": self._cloud.mode,
            "version": _version(),
        }

    def _clock(self, _query: dict[str, str], _body: dict[str, Any]) -> Any:
        clock = self._cloud.clock
        return {"now": clock.now(), "offset": clock.offset, "timers": self._cloud.scheduler.pending()}

    def _move(self, query: dict[str, str], body: dict[str, Any]) -> Any:
        if body.get("settle") is True and "advance" not in body:
            self._cloud.scheduler.settle()
            return self._clock(query, body)
        seconds = body.get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
            raise _Refused(
                400, f"The clock can't move by {seconds!r}.", 'Send {"advance": seconds} or {"settle": true}.'
            )
        if not 0 <= seconds <= FARTHEST:
            raise _Refused(
                400,
                f"The clock can't move by {seconds:g} seconds.",
                "Time only goes forward, and by a century at most: advance(hours=1), not advance(hours=-1).",
            )
        self._cloud.scheduler.advance(float(seconds))
        return self._clock(query, body)

    def _reset(self, _query: dict[str, str], _body: dict[str, Any]) -> Any:
        self._cloud.reset()
        return {"status": "ok"}

    def _mark_start_state(self, _query: dict[str, str], _body: dict[str, Any]) -> Any:
        from offline_cloud.server import StartStateTooLarge

        try:
            self._cloud.mark_start_state()
        except StartStateTooLarge as error:
            raise _Refused(409, str(error), "Mark it right after the lab's start state was built.") from error
        return {"status": "ok"}

    def _journal(self, query: dict[str, str], _body: dict[str, Any]) -> Any:
        since = query.get("since", "0")
        if not since.isdecimal():
            raise _Refused(400, f"since={since} is no number of an entry.", "Entries count from 0.")
        return self._cloud.journal.entries(int(since))

    def _environments(self, _query: dict[str, str], _body: dict[str, Any]) -> Any:
        return self._cloud.function_host.environments()

    def _throttles(self, _query: dict[str, str], _body: dict[str, Any]) -> Any:
        return self._cloud.function_host.throttles()

    def _events(self, _query: dict[str, str], _body: dict[str, Any]) -> Any:
        return self._cloud.context.event_stories()

    def _bill(self, query: dict[str, str], _body: dict[str, Any]) -> Any:
        return self._cloud.billing.statement(free_tier=query.get("free_tier", "0") not in {"0", "false", ""})


def _same(given: str, expected: str) -> bool:
    """Compare tokens in a time that tells nothing about them."""
    return hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode())


def _body(environ: dict[str, Any]) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty one."""
    raw = environ["wsgi.input"].read()
    try:
        value = json.loads(raw) if raw else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise _Refused(400, "The body is no JSON object.", 'Send one, such as {"advance": 3600}.')
    return value


def _json(status: int, value: Any) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], json.dumps(value).encode())


def _version() -> str:
    try:
        return version("labkit")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"
