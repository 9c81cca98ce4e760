"""Random numbers from a seed that a state machine gives: those of java.util.Random.

The service runs on Java, and its documents promise that a seed gives the same number again. The generator is
specified by the Javadoc of java.util.Random, so a seed gives here what it gives on every Java.
"""

from __future__ import annotations

__all__ = ["SeededRandom"]

_MULTIPLIER = 0x5DEECE66D
_MASK = (1 << 48) - 1


class SeededRandom:
    """A linear congruential generator of 48 bits."""

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def bits(self, count: int) -> int:
        """The next `count` bits, unsigned."""
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        return self._state >> (48 - count)

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1; `bound` is at least 1 and below 2**31."""
        if bound & (bound - 1) == 0:
            return (bound * self.bits(31)) >> 31
        while True:
            bits = self.bits(31)
            value = bits % bound
            if bits - value + (bound - 1) < 1 << 31:
                return value

    def fraction(self) -> float:
        """A number of at least 0 and below 1."""
        return ((self.bits(26) << 27) + self.bits(27)) / (1 << 53)
