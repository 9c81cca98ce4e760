"""Checks of the lab "A cloud in your notebook": read from the journal and from the cloud."""

import json
import math
from collections.abc import Mapping
from typing import Any

import boto3  # noqa: F401  (a check talks to the cloud with boto3's clients, through lab.client)

from grader import Failure, Lab, check, mistake

ARCHIVE = "tradewind-archive"
HOUR = 3600
PREDICTION = "/labkit/orientation/{}/prediction"

E1_HINTS = (
    "Commit a guess; being wrong is the point. Which cell stores it, and did it run before the call?",
    "A prediction counts when it is stored before the first call. A reset gives you a new first call: run "
    "`cloud.reset()`, then the prediction, then the call, then the check.",
    'In this order: `cloud.reset()`, `labkit.predict("E1", {"symbol": "TRDW", "price": 1})`, '
    '`functions.invoke(FunctionName="price-service", …)`.',
)
E2_HINTS = (
    "Read the list that you answered with. Was it made before or after the reset?",
    "Four steps in this order: make the bucket, put an object, reset, list. The list comes from the cloud, "
    "after the reset, and the answer is stored after the reset too.",
    '`cloud.reset()`, then `names = [b["Name"] for b in s3.list_buckets()["Buckets"]]`, then the answer.',
)
E3_HINTS = (
    "Look at the times of both objects in S3. How far apart are they?",
    "The time between the two puts is what you moved the clock by. Subtract the two datetimes; the result "
    "has a method that gives seconds.",
    '`later = time_of("after.txt") - time_of("before.txt")`, then `later.total_seconds()`.',
)
E4_HINTS = (
    'The code is in `error.response`. Print it: what is under "Error"?',
    "`error.response` is a dict. Under the key `Error` is a dict with `Code` and `Message`. Return the "
    "code, whatever it is.",
    '`except ClientError as error: return error.response["Error"][…]`',
)
E4_OTHER_HINTS = (
    "How many different errors can `get_object` have? Where does your function find the code of each?",
    "Every `ClientError` brings its own code with it. A list of codes that you know, or the name of the "
    "Python class, is right only for the errors that you have seen.",
    '`return error.response["Error"][…]`, for whatever error it is',
)
E5_HINTS = (
    "Find the S3 line of the bill. For how many requests is its price?",
    "The line shows what you used, then a price and the number of requests that this price is for. The unit "
    "is the US dollar.",
    "`dollars = 1000 / requests_in_the_price * price`: both numbers stand in the S3 line.",
)


# ---------------------------------------------------------------- E1


def _parameter(entry: Mapping[str, Any], name: str) -> Any:
    return (entry.get("parameters") or {}).get(name)


def _is(entry: Mapping[str, Any], service: str, operation: str) -> bool:
    return entry["service"] == service and entry["operation"] == operation


def _is_reset(entry: Mapping[str, Any]) -> bool:
    return str(entry["operation"]).lower() == "reset"


def _is_prediction(entry: Mapping[str, Any], exercise: str) -> bool:
    name = PREDICTION.format(exercise)
    return _is(entry, "ssm", "PutParameter") and _parameter(entry, "Name") == name and not entry.get("error")


def _is_call(entry: Mapping[str, Any]) -> bool:
    named = str(_parameter(entry, "FunctionName")).split(":function:")[-1].split(":")[0]
    return _is(entry, "lambda", "Invoke") and named == "price-service"


def _empty(value: object) -> bool:
    """Whether a prediction says nothing. A 0 or False is a guess; nothing, blanks and empty boxes are not."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _decoded(text: object) -> object:
    try:
        return json.loads(str(text))
    except (ValueError, RecursionError):
        return text


def _rounds(lab: Lab) -> list[list[Mapping[str, Any]]]:
    """The journal, cut at each reset: a reset gives the learner a new first call."""
    rounds: list[list[Mapping[str, Any]]] = [[]]
    for entry in lab.journal():
        if _is_reset(entry):
            rounds.append([])
        else:
            rounds[-1].append(entry)
    return rounds


def _guess_came_first(entries: list[Mapping[str, Any]]) -> bool:
    for entry in entries:
        if _is_prediction(entry, "E1") and not _empty(_decoded(_parameter(entry, "Value"))):
            return True
        if _is_call(entry):
            return False
    return False


@check("E1", points=1, hints=E1_HINTS)
def a_guess_is_stored(lab: Lab) -> None:
    """You stored a prediction, and it is not empty."""
    stored = [entry for entry in lab.journal() if _is_prediction(entry, "E1")]
    if all(_empty(_decoded(_parameter(entry, "Value"))) for entry in stored):
        raise Failure(expected="any guess", seen="no guess yet", where='labkit.predict("E1", …)')


@check("E1", points=1, hints=E1_HINTS, needs=("a_guess_is_stored",))
def the_guess_came_before_the_call(lab: Lab) -> None:
    """You predicted before the first call of price-service."""
    if not any(_guess_came_first(entries) for entries in _rounds(lab)):
        raise Failure(
            expected="the prediction, then the call",
            seen="the call came first",
            where="the order of the cells",
        )


@check("E1", points=1, hints=E1_HINTS, needs=("the_guess_came_before_the_call",))
def the_service_was_called(lab: Lab) -> None:
    """You called price-service after the prediction."""
    for entries in _rounds(lab):
        if _guess_came_first(entries) and any(
            _is_call(entry) and not entry.get("error") for entry in entries
        ):
            return
    raise Failure(
        expected="one call of price-service", seen="no call yet", where="the cell below the prediction"
    )


@mistake("E1-runs-first", exercise="E1", hints=E1_HINTS)
def runs_first(lab: Lab) -> bool | str:
    if any(_guess_came_first(entries) for entries in _rounds(lab)):
        return False
    called = any(_is_call(entry) for entry in lab.journal())
    guessed = any(
        _is_prediction(entry, "E1") and not _empty(_decoded(_parameter(entry, "Value")))
        for entry in lab.journal()
    )
    return called and guessed and "price-service was called before the prediction was stored"


@mistake(
    "E1-empty-guess",
    exercise="E1",
    hints=(
        "Write any guess, also a wild one. What kind of thing could come back: a number, a text, a dict?",
        "An empty prediction is no prediction. Think of what goes in, `TRDW`, and of what a price service "
        "is for.",
        'For example: `labkit.predict("E1", {"symbol": "TRDW", "price": 1})`. Replace it by your own guess.',
    ),
)
def empty_guess(lab: Lab) -> bool | str:
    stored = [_decoded(_parameter(entry, "Value")) for entry in lab.journal() if _is_prediction(entry, "E1")]
    called = any(_is_call(entry) for entry in lab.journal())
    return (bool(stored) or called) and all(map(_empty, stored)) and "the prediction is empty"


# ---------------------------------------------------------------- E2


def _learner_made_a_bucket(entries: list[Mapping[str, Any]]) -> set[str]:
    """Names of the buckets that were made and then got an object."""
    made: set[str] = set()
    filled: set[str] = set()
    for entry in entries:
        bucket = _parameter(entry, "Bucket")
        if entry.get("error") or bucket == ARCHIVE:
            continue
        if _is(entry, "s3", "CreateBucket"):
            made.add(str(bucket))
        elif entry["service"] == "s3" and entry["operation"] in {
            "PutObject",
            "CopyObject",
            "CompleteMultipartUpload",
        }:
            filled.add(str(bucket))
    return made & filled


def _last_reset(lab: Lab) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]] | None:
    """The journal before and after the first reset that follows a filled bucket."""
    entries = lab.journal()
    for position, entry in enumerate(entries):
        if _is_reset(entry) and _learner_made_a_bucket(entries[:position]):
            return entries[:position], entries[position + 1 :]
    return None


@check("E2", points=1, hints=E2_HINTS)
def a_bucket_was_made_and_the_cloud_was_reset(lab: Lab) -> None:
    """You made a bucket of your own, put an object in it, and reset the cloud."""
    if _last_reset(lab) is None:
        filled = _learner_made_a_bucket(lab.journal())
        seen = "a bucket with an object, no reset after it" if filled else "no bucket of yours with an object"
        raise Failure(expected="a bucket, an object, a reset, in this order", seen=seen, where="the journal")


@check("E2", points=1, hints=E2_HINTS, needs=("a_bucket_was_made_and_the_cloud_was_reset",))
def the_buckets_were_listed_after_the_reset(lab: Lab) -> None:
    """After the reset you asked the cloud for its buckets."""
    found = _last_reset(lab)
    listing = {"ListBuckets", "HeadBucket", "ListObjects", "ListObjectsV2", "GetBucketLocation"}
    after = found[1] if found else []
    if not any(entry["service"] == "s3" and entry["operation"] in listing for entry in after):
        raise Failure(expected="a list of the buckets", seen="no list after the reset", where="the journal")


@check("E2", points=1, hints=E2_HINTS, needs=("a_bucket_was_made_and_the_cloud_was_reset",))
def the_answer_is_the_start_state(lab: Lab) -> None:
    """Your answer names the buckets that are there after the reset."""
    answer = lab.answer("E2")
    if not isinstance(answer, list) or not all(isinstance(name, str) for name in answer):
        raise Failure(expected="a list of names", seen=answer, where='labkit.answer("E2", …)')
    lab.expect(sorted(answer), [ARCHIVE], where='labkit.answer("E2", …)')


@mistake(
    "E2-expects-it-to-survive",
    exercise="E2",
    hints=(
        "List the buckets again, now. Which state does a reset return to?",
        "A reset brings back the state in which the lab began. Nothing that you made is part of it. The "
        "list has to come from the cloud, after the reset.",
        'After `cloud.reset()`: `names = [b["Name"] for b in s3.list_buckets()["Buckets"]]`.',
    ),
)
def expects_it_to_survive(lab: Lab) -> bool | str:
    answer = lab.answer("E2")
    mine = _learner_made_a_bucket(lab.journal())
    if not isinstance(answer, list) or _last_reset(lab) is None:
        return False
    kept = mine & {str(name) for name in answer}
    return bool(kept) and "your answer still names the bucket that the reset removed"


@mistake(
    "E2-deletes-by-hand",
    exercise="E2",
    hints=(
        "Look at the four steps again. Which call brings the whole cloud back to its start?",
        "`delete_bucket` removes one thing. A reset removes everything that was made since the lab began, "
        "also what you forgot.",
        "Make the bucket, put the object, `cloud.reset()`, list. No delete is needed.",
    ),
)
def deletes_by_hand(lab: Lab) -> bool | str:
    deleted = any(_is(entry, "s3", "DeleteBucket") for entry in lab.journal())
    return deleted and _last_reset(lab) is None and "the bucket was deleted; the cloud was not reset"


# ---------------------------------------------------------------- E3


def _times(lab: Lab) -> tuple[float, float] | None:
    """Times of before.txt and after.txt in the archive, epoch seconds; None while one is missing."""
    listed = lab.client("s3").list_objects_v2(Bucket=ARCHIVE).get("Contents", [])
    times = {item["Key"]: item["LastModified"].timestamp() for item in listed}
    if "before.txt" not in times or "after.txt" not in times:
        return None
    return times["before.txt"], times["after.txt"]


def _number(value: object) -> float | None:
    """A finite number as a float; None for everything else (JSON readers also know NaN and huge integers)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e12:
        return None
    return float(value)


@check("E3", points=1, hints=E3_HINTS)
def one_object_is_an_hour_younger(lab: Lab) -> None:
    """`after.txt` is one hour younger than `before.txt`, by the clock of the cloud."""
    times = _times(lab)
    if times is None:
        raise Failure(
            expected="before.txt and after.txt", seen="one is missing", where=f"the bucket {ARCHIVE}"
        )
    apart = times[1] - times[0]
    if not HOUR - 1 <= apart < 2 * HOUR:
        raise Failure(
            expected="about 3600 s apart", seen=f"{apart:.0f} s apart", where=f"the bucket {ARCHIVE}"
        )


@check("E3", points=1, hints=E3_HINTS, needs=("one_object_is_an_hour_younger",))
def the_answer_is_in_seconds(lab: Lab) -> None:
    """Your answer is the time between the two objects, in seconds."""
    times, answer = _times(lab), _number(lab.answer("E3"))
    where = 'labkit.answer("E3", …)'
    if answer is None or times is None:
        raise Failure(expected="a number of seconds", seen=lab.answer("E3"), where=where)
    if abs(answer - (times[1] - times[0])) > 2:
        raise Failure(expected="the time between the two objects", seen=answer, where=where)


@mistake(
    "E3-waits",
    exercise="E3",
    hints=(
        "Look at `cloud.clock`: which call moves the clock without waiting?",
        "`time.sleep` stops your notebook. The clock of the cloud can jump: `advance` takes hours, minutes "
        "or seconds, and no time goes by for you.",
        "Between the two puts: `cloud.clock.advance(hours=…)`.",
    ),
)
def waits(lab: Lab) -> bool | str:
    times = _times(lab)
    return (
        times is not None and 0 <= times[1] - times[0] < 600 and "the two objects have almost the same time"
    )


@mistake(
    "E3-own-watch",
    exercise="E3",
    hints=(
        "Read the time where the objects are. Whose clock did you read?",
        "`time.time()` and `datetime.now()` read the clock of your computer. It did not move by an hour. S3 "
        "knows when it stored each object: `LastModified`.",
        'Use `time_of("after.txt") - time_of("before.txt")`.',
    ),
)
def own_watch(lab: Lab) -> bool | str:
    times, answer = _times(lab), _number(lab.answer("E3"))
    if times is None or answer is None or times[1] - times[0] < HOUR - 1:
        return False
    return abs(answer) < 0.5 and "the objects are an hour apart, your answer is almost zero"


@mistake(
    "E3-other-unit",
    exercise="E3",
    hints=(
        "Compare your number with the question. Which unit does it ask for?",
        "The difference of two datetimes is a `timedelta`. `total_seconds()` gives seconds. Minutes and "
        "hours are that number divided.",
        "`seconds = (later - earlier).total_seconds()`, with no division after it.",
    ),
)
def other_unit(lab: Lab) -> bool | str:
    times, answer = _times(lab), _number(lab.answer("E3"))
    if times is None or answer is None or times[1] - times[0] < HOUR - 1:
        return False
    apart = times[1] - times[0]
    units = {"hours": apart / 3600, "minutes": apart / 60, "milliseconds": apart * 1000}
    near = [unit for unit, number in units.items() if math.isclose(answer, number, rel_tol=0.01)]
    return bool(near) and f"your number looks like {near[0]}"


# ---------------------------------------------------------------- E4


def _name(lab: Lab) -> str:
    return "".join(lab.random.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(14))


def _code_of(lab: Lab, request: dict[str, Any]) -> Any:
    """What the learner's function answers for one get_object request; a crash of it is a failure."""
    seen = lab.invoke(lab.submitted("E4"), request)
    if seen.function_error:
        raise Failure(
            expected="an error code as text",
            seen=f"the function failed with {seen.error_type}",
            where='the function that labkit.submit(…, "E4") put into the cloud',
        )
    return seen.payload


def _stored_object(lab: Lab) -> str:
    key = f"{_name(lab)}.txt"
    lab.client("s3").put_object(Bucket=ARCHIVE, Key=key, Body=b"hello")
    return key


@check("E4", points=1, hints=E4_HINTS)
def code_of_a_missing_bucket(lab: Lab) -> None:
    """For a bucket that does not exist, your function returns the error code."""
    lab.expect(
        _code_of(lab, {"Bucket": _name(lab), "Key": "x"}), "NoSuchBucket", where="your function's answer"
    )


@check("E4", points=1, hints=E4_HINTS)
def code_of_a_missing_key(lab: Lab) -> None:
    """For a key that does not exist, your function returns the error code."""
    lab.expect(
        _code_of(lab, {"Bucket": ARCHIVE, "Key": _name(lab)}), "NoSuchKey", where="your function's answer"
    )


@check("E4", points=1, hints=E4_OTHER_HINTS, hidden=True)
def code_of_another_error(lab: Lab) -> None:
    """Your function returns the code of an error that the lab did not show."""
    request = {
        "Bucket": ARCHIVE,
        "Key": _stored_object(lab),
        "Range": f"bytes={lab.random.randint(1000, 9000)}-",
    }
    lab.expect(_code_of(lab, request), "InvalidRange", where="the answer for another error of get_object")


@check("E4", points=1, hints=E4_HINTS, needs=("code_of_a_missing_key",))
def no_error_when_all_is_well(lab: Lab) -> None:
    """For an object that exists, your function returns `no error`."""
    answer = _code_of(lab, {"Bucket": ARCHIVE, "Key": _stored_object(lab)})
    lab.expect(answer, "no error", where="your function's answer")


def _two_codes(lab: Lab) -> list[Any]:
    name = lab.submitted("E4")
    requests = ({"Bucket": _name(lab), "Key": "x"}, {"Bucket": ARCHIVE, "Key": _name(lab)})
    return [lab.invoke(name, request).payload for request in requests]


@mistake(
    "E4-prints-the-code",
    exercise="E4",
    hints=(
        "Your function prints the code. What does it return after that?",
        "`print` writes into the log. The caller gets only what the function returns, and here that is the "
        "last line.",
        "Put `return` in the place of `print(…)`.",
    ),
)
def prints_the_code(lab: Lab) -> bool | str:
    seen = lab.invoke(lab.submitted("E4"), {"Bucket": ARCHIVE, "Key": _name(lab)})
    printed = any(line.strip() == "NoSuchKey" for line in seen.log.splitlines())
    return printed and seen.payload != "NoSuchKey" and "the code is in the log, not in the answer"


@mistake(
    "E4-takes-no-keywords",
    exercise="E4",
    hints=(
        "Read the first line of your function. How does the check hand over `Bucket` and `Key`?",
        "The check calls your function with keyword arguments, as you do in the two lines with `print`. Two "
        "stars before a parameter collect them in a dict.",
        "`def error_code(**request):`",
    ),
)
def takes_no_keywords(lab: Lab) -> bool | str:
    seen = lab.invoke(lab.submitted("E4"), {"Bucket": ARCHIVE, "Key": _name(lab)})
    told = str(seen.payload.get("errorMessage", "")) if isinstance(seen.payload, dict) else ""
    return seen.error_type == "TypeError" and "argument" in told and told


@mistake(
    "E4-returns-the-message",
    exercise="E4",
    hints=(
        "Print `error.response`. Which part is one word, made for programs?",
        "The message is a sentence for people and its words can change. The code is one word that stays: it "
        "is in `error.response`, under `Error`, beside the message.",
        'Not `["Message"]` and not `str(error)`: `error.response["Error"][…]`.',
    ),
)
def returns_the_message(lab: Lab) -> bool | str:
    codes = _two_codes(lab)
    wordy = all(isinstance(code, str) and (" " in code.strip() or "(" in code) for code in codes)
    return wordy and codes != ["no error"] * 2 and "your function returns a sentence, not a code"


@mistake(
    "E4-always-the-same",
    exercise="E4",
    hints=(
        "Call your function with a good bucket and a wrong key. Is the error still the same one?",
        "The code has to come out of the exception, so that it is right for errors that you have never seen.",
        '`return error.response["Error"][…]` instead of a text in quotes.',
    ),
)
def always_the_same(lab: Lab) -> bool | str:
    first, second = _two_codes(lab)
    return (
        isinstance(first, str) and " " not in first and first == second and "two different errors, one answer"
    )


@mistake(
    "E4-status-number",
    exercise="E4",
    hints=(
        "Compare the two failed calls. Does the number tell which of the two went wrong?",
        "404 is the HTTP status: many errors share it. The error code is the name of the one thing that "
        "went wrong.",
        'It is not in `ResponseMetadata`. It is in `error.response["Error"]`.',
    ),
)
def status_number(lab: Lab) -> bool | str:
    codes = _two_codes(lab)
    numbers = all(isinstance(code, int) or (isinstance(code, str) and code.isdigit()) for code in codes)
    return numbers and "your function returns the HTTP status"


# ---------------------------------------------------------------- E5


def _put_line(lab: Lab) -> Mapping[str, Any] | None:
    """The line of the bill that counts S3 PUT requests."""
    for line in lab.bill()["lines"]:
        if str(line["service"]).lower().endswith("s3") and "PUT" in str(line["usage"]).upper():
            return line
    return None


def _expected_dollars(lab: Lab) -> float:
    line = _put_line(lab)
    if line is None:
        raise Failure(expected="S3 PUT requests on the bill", seen="none yet", where="labkit.bill()")
    return 1000 * float(line["price"]) / float(line.get("per") or 1)


@check("E5", points=1, hints=E5_HINTS)
def a_price_was_predicted(lab: Lab) -> None:
    """You predicted a price before you looked at the bill."""
    guess = _number(lab.prediction("E5"))
    if guess is None or guess < 0:
        raise Failure(
            expected="a number of dollars", seen=lab.prediction("E5"), where='labkit.predict("E5", …)'
        )


@check("E5", points=1, hints=E5_HINTS, needs=("a_price_was_predicted",))
def the_meter_saw_your_puts(lab: Lab) -> None:
    """You made at least ten PUT requests, so that there is something on the bill."""
    puts = [entry for entry in lab.journal() if _is(entry, "s3", "PutObject") and not entry.get("error")]
    if len(puts) < 10:
        raise Failure(expected="at least 10 PUT requests", seen=len(puts), where="labkit.bill()")


@check("E5", points=1, hints=E5_HINTS, needs=("the_meter_saw_your_puts",))
def the_price_is_right_to_a_factor_of_ten(lab: Lab) -> None:
    """Your price of 1,000 PUT requests has the right order of magnitude."""
    dollars, expected = _number(lab.answer("E5")), _expected_dollars(lab)
    where = 'labkit.answer("E5", …)'
    if dollars is None or dollars <= 0:
        raise Failure(expected="a number of dollars", seen=lab.answer("E5"), where=where)
    if not 1 / math.sqrt(10) <= dollars / expected <= math.sqrt(10):
        raise Failure(
            expected="the price of 1,000 PUT requests, to a factor of ten", seen=dollars, where=where
        )


def _off_by(lab: Lab, factor: float) -> bool:
    dollars = _number(lab.answer("E5"))
    return dollars is not None and math.isclose(dollars, factor * _expected_dollars(lab), rel_tol=0.2)


@mistake(
    "E5-price-of-one",
    exercise="E5",
    hints=(
        "Read the question again. How many requests does it ask about?",
        "You found the price of one request. The question is about 1,000 of them.",
        "Multiply your number by 1,000.",
    ),
)
def price_of_one(lab: Lab) -> bool | str:
    return _off_by(lab, 1 / 1000) and "this is the price of one request"


@mistake(
    "E5-price-times-thousand",
    exercise="E5",
    hints=(
        "Read the S3 line again. Is the price for one request, or for more?",
        "A price for 1,000 requests is already the answer to a question about 1,000 requests.",
        "1,000 requests at a price for 1,000: no multiplication is left to do.",
    ),
)
def price_times_thousand(lab: Lab) -> bool | str:
    return _off_by(lab, 1000) and "the price was multiplied by 1,000 once too often"


@mistake(
    "E5-cents",
    exercise="E5",
    hints=(
        "Look at the head of the bill. Which currency unit does it use?",
        "The bill is in US dollars, also when a sum is far below one cent. The answer is in dollars too.",
        "No factor of 100: copy the sum in dollars.",
    ),
)
def cents(lab: Lab) -> bool | str:
    return _off_by(lab, 100) and "this looks like cents"


@mistake(
    "E5-cost-of-the-lab",
    exercise="E5",
    hints=(
        "Look at the number of requests in the S3 line. Are they 1,000?",
        "The number at the right end of the line is what you have used so far. The question is about 1,000 "
        "requests.",
        "Use the price in the line, not the sum at its right end.",
    ),
)
def cost_of_the_lab(lab: Lab) -> bool | str:
    dollars, line = _number(lab.answer("E5")), _put_line(lab)
    if dollars is None or line is None or float(line["quantity"]) > 300:
        return False
    total = float(lab.bill()["total"])
    same = any(math.isclose(dollars, sum_, rel_tol=0.05) for sum_ in (float(line["cost"]), total))
    return same and "this is the cost of what you used so far"
