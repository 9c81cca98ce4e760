"""What a runtime writes, taken apart; whatever the pipe cut, the records are the same."""

from hypothesis import given
from hypothesis import strategies as st

from offline_cloud.function_host.telemetry import EVENT_BYTES, LogRecord, TelemetryReader


def frame(message: bytes, milliseconds: int = 1_700_000_000_123, kind: bytes = b"\xa5\x5a\x00\x03") -> bytes:
    return kind + len(message).to_bytes(4, "big") + (milliseconds * 1000).to_bytes(8, "big") + message


def read(*pieces: bytes) -> list[LogRecord]:
    reader = TelemetryReader()
    records = [record for piece in pieces for record in reader.feed(piece)]
    return records + reader.flush()


def test_printed_lines_are_events_with_their_line_ends() -> None:
    assert read(b"one\ntwo\n") == [LogRecord("one\n"), LogRecord("two\n")]


def test_a_frame_is_one_event_however_many_lines_it_has() -> None:
    assert read(frame(b"[ERROR] x\nTraceback\n  line")) == [
        LogRecord("[ERROR] x\nTraceback\n  line", 1_700_000_000_123)
    ]


def test_a_line_that_was_not_ended_is_cut_by_a_frame() -> None:
    assert [record.message for record in read(b"half" + frame(b"framed\n") + b"rest\n")] == [
        "half",
        "framed\n",
        "rest\n",
    ]


def test_what_is_incomplete_is_held_back_until_the_end() -> None:
    reader = TelemetryReader()
    assert reader.feed(b"no end") == []
    assert reader.flush() == [LogRecord("no end")]
    assert reader.feed(frame(b"whole")[:-2]) == []
    assert [record.message for record in reader.flush()] == ["who"]


def test_other_frame_types_are_frames_too() -> None:
    assert [record.message for record in read(frame(b"warning", kind=b"\xa5\x5a\x00\x12"))] == ["warning"]


def test_bytes_that_only_look_like_a_frame_are_printed_bytes() -> None:
    printed = b"\xa5\x5a\x00\x03" + b"\xff" * 20 + b"\n"
    (record,) = read(printed)
    assert record.milliseconds is None
    assert record.message.endswith("\n")


def test_a_line_longer_than_an_event_is_cut() -> None:
    records = read(b"x" * (EVENT_BYTES + 10) + b"\n")
    assert [len(record.message) for record in records] == [EVENT_BYTES, 11]


def test_ten_thousand_lines_at_once() -> None:
    assert len(read(b"a line of a handler that prints much\n" * 10_000)) == 10_000


piece = st.one_of(
    st.text(st.characters(codec="ascii", exclude_characters="\n"), max_size=8).map(
        lambda text: text.encode() + b"\n"
    ),
    st.text(max_size=12).map(lambda text: frame(text.encode())),
)


@given(st.lists(piece, max_size=8), st.data())
def test_where_the_pipe_cuts_changes_nothing(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(*parts) == read(whole)
    assert "".join(record.message for record in read(whole)) == "".join(
        part[16:].decode() if part[:1] == b"\xa5" else part.decode() for part in pieces
    )
