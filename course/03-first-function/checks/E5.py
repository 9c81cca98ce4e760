"""Checks of E5, who calls."""

from grader import Failure, Lab, check, mistake

HINTS = (
    "Take the first wrong row. Who makes the first move there: your program, another service, or Lambda?",
    "Your program calls Invoke: direct. A service tells Lambda that something happened: trigger. Things "
    "wait in a queue or a stream until Lambda fetches them: mapping.",
    "Sort the ten rows by their first mover: your own program; a service that pushes; a queue or stream "
    "that waits.",
)


_WORDS = ("direct", "trigger", "mapping")
_ROWS = dict(zip(range(1, 11), "tdmtmtdmtd", strict=True))
_LETTER = {"d": "direct", "t": "trigger", "m": "mapping"}


def _rows_of(lab: Lab) -> dict[int, str]:
    """The learner's rows: number to one of the three words, or to what stands there instead."""
    answer = lab.answer("E5")
    if not isinstance(answer, dict):
        raise Failure(
            expected="an object with ten rows, from their number to a word",
            seen=answer,
            where='labkit.answer("E5", …)',
        )
    rows = {int(key): _word(value) for key, value in answer.items() if str(key).strip().isdecimal()}
    return {number: rows.get(number, "nothing") for number in _ROWS}


def _word(value: object) -> str:
    """The word of a row; the long names of the three ways are right too."""
    told = " ".join(str(value).lower().replace("-", " ").split())
    return {"direct invoke": "direct", "direct call": "direct", "event source mapping": "mapping"}.get(
        told, told
    )


def _check_rows(lab: Lab, numbers: range) -> None:
    rows = _rows_of(lab)
    wrong = [number for number in numbers if rows[number] != _LETTER[_ROWS[number]]]
    if not wrong:
        return
    first, others = wrong[0], f" (also row {', '.join(map(str, wrong[1:]))})" if wrong[1:] else ""
    known = rows[first] in _WORDS
    raise Failure(
        expected="another word" if known else f"one of {', '.join(_WORDS)}",
        seen=rows[first] or "nothing",
        where=f"row {first}: who makes the first move, who polls?{others}",
    )


@check("E5", points=1, hints=HINTS)
def rows_1_to_4(lab: Lab) -> None:
    """Rows 1 to 4 name the way in which the function is called."""
    _check_rows(lab, range(1, 5))


@check("E5", points=1, hints=HINTS)
def rows_5_to_7(lab: Lab) -> None:
    """Rows 5 to 7 name the way in which the function is called."""
    _check_rows(lab, range(5, 8))


@check("E5", points=1, hints=HINTS)
def rows_8_to_10(lab: Lab) -> None:
    """Rows 8 to 10 name the way in which the function is called."""
    _check_rows(lab, range(8, 11))


@mistake(
    "E5-the-queue-pushes",
    exercise="E5",
    hints=(
        "Look at row 3 again. Who polls?",
        "A queue does not call anybody. Messages wait in it until a reader comes. For Lambda the reader is "
        "a part of Lambda itself.",
        "Which of the three words stands for a reader that is a resource of Lambda?",
    ),
)
def the_queue_pushes(lab: Lab) -> bool | str:
    return _rows_of(lab)[3] == "trigger" and "row 3 says that the queue calls the function"


@mistake(
    "E5-a-stream-pushes",
    exercise="E5",
    hints=(
        "Look at rows 5 and 8 again. Does a stream call somebody, or does it keep records to be read?",
        "A stream keeps records in order for some time. Somebody has to come and read them, again and again.",
        "Streams and queues have the same answer.",
    ),
)
def a_stream_pushes(lab: Lab) -> bool | str:
    rows = _rows_of(lab)
    pushed = [number for number in (5, 8) if rows[number] == "trigger"]
    return (
        bool(pushed) and rows[3] == "mapping" and f"row {pushed[0]} says that the stream calls the function"
    )


@mistake(
    "E5-direct-is-only-python",
    exercise="E5",
    hints=(
        "Look at rows 7 and 10 again. Which API operation do they call?",
        "The language does not matter. A program that calls `Invoke` by itself is a direct call: from a "
        "notebook, from a laptop, from a shell script.",
        "Rows 2, 7 and 10 have the same answer.",
    ),
)
def direct_is_only_python(lab: Lab) -> bool | str:
    rows = _rows_of(lab)
    other = [number for number in (7, 10) if rows[number] != "direct"]
    return rows[2] == "direct" and bool(other) and f"row {other[0]}: your own program calls Invoke there"
