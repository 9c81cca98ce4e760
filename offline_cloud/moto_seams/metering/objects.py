"""S3: the bytes that buckets hold, by storage class: every version of every object, and parts of uploads.

After a request that changes something, the objects that it names are weighed again; what it does not name
(a list of keys to delete, a bucket) has its whole bucket weighed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from moto.s3.models import s3_backends

if TYPE_CHECKING:
    from offline_cloud.moto_seams.dispatch import Answer, Target
    from offline_cloud.moto_seams.metering import Measured, Units
    from offline_cloud.server import CloudContext

__all__ = ["ObjectMeter"]

_LINES = {
    "STANDARD": "s3-storage-standard",
    "INTELLIGENT_TIERING": "s3-storage-intelligent-tiering",
    "STANDARD_IA": "s3-storage-standard-ia",
    "ONEZONE_IA": "s3-storage-onezone-ia",
    "GLACIER_IR": "s3-storage-glacier-ir",
    "GLACIER": "s3-storage-glacier",
    "DEEP_ARCHIVE": "s3-storage-deep-archive",
}
_CHANGING = {"PUT", "POST", "DELETE"}
_PARTS = "\0parts"
"""Where the parts of unfinished uploads stand among a bucket's keys; no key has a NUL."""

Weight = Counter[str]


class ObjectMeter:
    """The meter of one cloud's buckets."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._known: dict[str, dict[str, Weight]] = {}

    def watch(self, target: Target, environ: dict[str, Any]) -> Measured | None:
        """See `Meter.watch`."""
        if environ["REQUEST_METHOD"] not in _CHANGING:
            return None
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        bucket, _, key = path.lstrip("/").partition("/")

        def measured(answer: Answer) -> Units | None:
            if answer.status < 400:
                self._changed(bucket, key)
            return None  # the price sheet counts requests

        return measured

    def sweep(self) -> None:
        """Weigh every bucket anew: other services of moto write without a request."""
        for bucket in {*self._known, *self._buckets()}:
            self._weigh_bucket(bucket)

    def forget(self) -> None:
        """Nothing is known any more."""
        self._known.clear()

    def _changed(self, bucket: str, key: str) -> None:
        if bucket not in self._buckets():
            self.sweep()
        elif key:
            self._weigh(bucket, key)
            self._weigh(bucket, _PARTS)
        else:
            self._weigh_bucket(bucket)

    def _weigh_bucket(self, bucket: str) -> None:
        held = self._buckets().get(bucket)
        keys = set(held.keys) if held is not None else set()
        for key in {*keys, *self._known.get(bucket, ()), _PARTS}:
            self._weigh(bucket, key)

    def _weigh(self, bucket: str, key: str) -> None:
        known = self._known.setdefault(bucket, {})
        before, after = known.pop(key, Weight()), self._weight(bucket, key)
        if after:
            known[key] = after
        for line in {*before, *after}:
            now = self._context.clock.now()
            self._context.ledger.step(line, bucket, after[line] - before[line], now)

    def _weight(self, bucket: str, key: str) -> Weight:
        weight: Weight = Weight()
        held = self._buckets().get(bucket)
        if held is None:
            return weight
        if key == _PARTS:
            objects = [part for upload in held.multiparts.values() for part in upload.parts.values()]
        else:
            objects = held.keys.getlist(key, [])
        for one in objects:
            if hasattr(one, "size"):  # the mark of a deletion has none
                weight[_LINES.get(one.storage_class or "STANDARD", _LINES["STANDARD"])] += one.size
        return weight

    def _buckets(self) -> dict[str, Any]:
        buckets: dict[str, Any] = s3_backends[self._context.account]["aws"].buckets
        return buckets
