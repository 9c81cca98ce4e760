"""What a runtime writes, taken apart into log events.

One pipe carries a runtime's stdout, its stderr and the framed records of the runtime client (awslambdaric
writes `type 4 bytes | length 4 | microseconds 8 | message`, big-endian, to `_LAMBDA_TELEMETRY_LOG_FD`), so
their order is the order in which they were written.

Rule 1: a frame is one event, however many lines it has. Everything else is cut at line ends, and at frames.
Rule 2: 0xA5 0x5A cannot occur in UTF-8 text at a place where a character may start, so a frame's first four
bytes are never a printed word; a length that is no frame's length is treated as printed bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

EVENT_BYTES = 256 * 1024
"""The size at which CloudWatch Logs cuts an event."""

_HEADER = 16
_LONGEST_FRAME = 64 * 1024 * 1024
_NO_FRAME = -1
_MAGIC = b"\xa5\x5a\x00"


@dataclass(frozen=True)
class LogRecord:
    """One event: text, and the writer's own time in epoch milliseconds if it gave one."""

    message: str
    milliseconds: int | None = None


class TelemetryReader:
    """Bytes in, records out; holds back what is not yet a whole record."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[LogRecord]:
        """Take in what was read from the pipe; return the records that are now complete."""
        self._held += data
        return self._take(final=False)

    def flush(self) -> list[LogRecord]:
        """Everything that is held back, complete or not: an invocation ended, or the process did."""
        return self._take(final=True) if self._held else []

    def _take(self, *, final: bool) -> list[LogRecord]:
        held = self._held
        records: list[LogRecord] = []
        position, end = 0, len(held)
        frame = held.find(_MAGIC)  # the next one at or behind `position`: looked for once, not at every line
        while position < end:
            if 0 <= frame < position:
                frame = held.find(_MAGIC, position)
            if frame == position:
                length = self._frame_length(position)
                if length is None:
                    if not final:
                        break
                    length = _NO_FRAME
                if length != _NO_FRAME:
                    if end - position < _HEADER + length:
                        if not final:
                            break
                        length = end - position - _HEADER
                    body = position + _HEADER
                    micros = int.from_bytes(held[position + 8 : body], "big")
                    records += _split(held[body : body + length], micros // 1000)
                    position = body + length
                    continue
                # Not a frame after all: printed bytes. Look for the next line end or frame behind them.
                frame = held.find(_MAGIC, position + 1)
            newline = held.find(b"\n", position)
            if newline >= 0 and (frame < 0 or newline < frame):
                cut = newline + 1
            elif frame >= 0:
                cut = frame
            elif final or end - position >= EVENT_BYTES:
                cut = end
            else:
                break
            records += _split(held[position:cut], None)
            position = cut
        del held[:position]
        return records

    def _frame_length(self, position: int) -> int | None:
        """Bytes of the message of the frame at `position`; None if it is cut off."""
        if len(self._held) - position < _HEADER:
            return None
        length = int.from_bytes(self._held[position + 4 : position + 8], "big")
        return length if length <= _LONGEST_FRAME else _NO_FRAME


def _split(message: bytes | bytearray, milliseconds: int | None) -> list[LogRecord]:
    if len(message) <= EVENT_BYTES:
        return [LogRecord(message.decode("utf-8", "replace"), milliseconds)] if message else []
    return [
        LogRecord(bytes(message[at : at + EVENT_BYTES]).decode("utf-8", "replace"), milliseconds)
        for at in range(0, len(message), EVENT_BYTES)
    ]
