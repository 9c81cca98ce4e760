"""The only source of chance in the cloud."""

from __future__ import annotations

import random  # noqa: TID251 - this is what everybody else takes instead
import threading
import uuid

__all__ = ["Ids"]


class Ids:
    """Ids and random numbers of one cloud: same seed, same calls, same ids."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self.seed = seed
        self.random = random.Random(seed)

    def uuid(self) -> str:
        """A version 4 UUID."""
        with self._lock:
            return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        """So many lower-case hexadecimal digits."""
        with self._lock:
            return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def reset(self) -> None:
        """Begin again with the same seed."""
        with self._lock:
            self.random.seed(self.seed)
