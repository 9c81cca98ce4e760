"""Checks of E7, a Distributed Map over the rows of a file."""

from typing import Any

from grader import Lab, check, mistake

from . import ended, succeeded

MACHINE = "check-trades"
BUCKET = "tradewind-trades"
HINTS = (
    "Read the error and the cause of the execution. Did it read the rows? How many failed?",
    "`ItemReader` has `Resource`, `ReaderConfig` (`InputType`, `CSVHeaderLocation`) and `Arguments` "
    "(`Bucket`, `Key`). `ToleratedFailurePercentage` stands beside it, in the Map.",
    '`"Arguments": {"Bucket": "{% $states.input.bucket %}", "Key": …}` and '
    '`"ToleratedFailurePercentage": 5`.',
)
EXCEEDED = "States.ExceedToleratedFailureThreshold"


def _file(lab: Lab, rows: int, bad: int) -> tuple[dict[str, str], dict[str, Any]]:
    """Put a file of so many rows into the bucket; the input for it, and the output when it is tolerated."""
    quantities = [lab.random.randint(1, 500) for _ in range(rows)]
    spoiled = set(lab.random.sample(range(rows), bad))
    lines = ["trade,symbol,quantity"]
    lines += [f"{n},TRDW,{'?' if n in spoiled else quantity}" for n, quantity in enumerate(quantities)]
    key = f"night-{lab.random.randint(1000, 9999)}.csv"
    lab.client("s3").put_object(Bucket=BUCKET, Key=key, Body="\n".join(lines).encode())
    shares = sum(quantity for n, quantity in enumerate(quantities) if n not in spoiled)
    return {"bucket": BUCKET, "key": key}, {"good": rows - bad, "shares": shares}


@check("E7", points=2, hints=HINTS)
def counts_the_good_rows(lab: Lab) -> None:
    """Each row of the file that the input names is read, and the good ones are counted."""
    given, wanted = _file(lab, lab.random.randint(8, 15), 0)
    lab.expect(succeeded(lab, MACHINE, given).output, wanted, where="the output")


@check("E7", points=1, hints=HINTS, needs=("counts_the_good_rows",))
def tolerates_a_few(lab: Lab) -> None:
    """With 3 bad rows in a hundred it succeeds."""
    given, wanted = _file(lab, 100, 3)
    lab.expect(succeeded(lab, MACHINE, given).output, wanted, where="the output")


@check("E7", points=1, hints=HINTS, needs=("counts_the_good_rows",))
def fails_with_many(lab: Lab) -> None:
    """With one bad row in ten it fails."""
    given, _ = _file(lab, 40, 4)
    seen = ended(lab, MACHINE, given)
    lab.expect(seen.status, "FAILED", where="the status with one bad row in ten")
    lab.expect(seen.error, EXCEEDED, where="its error")


@mistake(
    "E7-tolerates-nothing",
    exercise="E7",
    hints=(
        "How many bad rows ended the execution? How many may there be?",
        "Without a tolerance one failed row fails the whole map run. `ToleratedFailurePercentage` is a "
        "number from 0 "
        "to 100, `ToleratedFailureCount` a number of rows.",
        '`"ToleratedFailurePercentage": 5` beside `ItemReader`.',
    ),
)
def tolerates_nothing(lab: Lab) -> bool | str:
    given, _ = _file(lab, 100, 1)
    return ended(lab, MACHINE, given).error == EXCEEDED and "one bad row in a hundred ended it"


@mistake(
    "E7-tolerates-too-much",
    exercise="E7",
    hints=(
        "Give it a file in which one row in ten is bad. Should that pass?",
        "The tolerance is in percent of all rows, not a number of rows. Five percent is the "
        "limit: a file with more bad rows is "
        "broken, and somebody has to look at it.",
        '`"ToleratedFailurePercentage": 5`',
    ),
)
def tolerates_too_much(lab: Lab) -> bool | str:
    given, wanted = _file(lab, 50, 5)
    return ended(lab, MACHINE, given).output == wanted and "it succeeds with 5 bad rows of 50"


@mistake(
    "E7-always-the-same-file",
    exercise="E7",
    hints=(
        "Give it another key. Does the number of rows change?",
        "Bucket and key in the definition are right for one night. Tomorrow the file has another name; "
        "the input says "
        "which.",
        '`"Key": "{% $states.input.key %}"`',
    ),
)
def always_the_same_file(lab: Lab) -> bool | str:
    seen = ended(lab, MACHINE, {"bucket": BUCKET, "key": "there-is-no-such-file.csv"})
    return (
        seen.status == "SUCCEEDED"
        and seen.output != {"good": 0, "shares": 0}
        and "it read a file that is not there"
    )


@mistake(
    "E7-forgets-the-header",
    exercise="E7",
    hints=(
        "What does a row look like as an input? Does it have a key `quantity`?",
        "A CSV needs a `CSVHeaderLocation`. `FIRST_ROW` takes the names of the columns from the file; "
        "with `GIVEN` you "
        "name them, and the first row is data like any other.",
        '`"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}`',
    ),
)
def forgets_the_header(lab: Lab) -> bool | str:
    given, wanted = _file(lab, 99, 0)
    seen = ended(lab, MACHINE, given)
    several = lab.client("stepfunctions").list_map_runs(executionArn=seen.arn)["mapRuns"]
    if not several:
        return False
    counts = lab.client("stepfunctions").describe_map_run(mapRunArn=several[0]["mapRunArn"])["itemCounts"]
    return counts["total"] == wanted["good"] + 1 and "it counts one row more than the file has trades"
