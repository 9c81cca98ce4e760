"""Checks of E3, reserved concurrency and the kill-switch."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import ClientError

from grader import Failure, Lab, check, mistake

from . import ROLE, answer_of, call, configuration, play

HINTS = (
    "Play the noon again. Which function takes the places that `checkout` and `mail` need?",
    "A reservation is a floor and a cap. One for `checkout` keeps its places; one for `reports` stops "
    "them from taking all the others. What nobody reserved is left for `mail`.",
    '`functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=6)`, and '
    "one for `reports`; 20 less both is for `mail`.",
)
STOP_HINTS = (
    "How many places must a function have, so that no call of it can run?",
    "Reserved concurrency is also a cap. With a cap of nought each call is throttled. Nothing is deleted.",
    "`functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)`",
)
CHECKOUTS, MAILS, REPORTS, LEFT = 6, 4, 25, 6


def reserved(lab: Lab, function: str) -> int | None:
    """The reserved concurrency of a function, or None."""
    configuration(lab, function)
    told = lab.client("lambda").get_function_concurrency(FunctionName=function)
    return told.get("ReservedConcurrentExecutions")


def unreserved(lab: Lab) -> int:
    """How many places of the account nobody has reserved or provisioned."""
    told = lab.client("lambda").get_account_settings()
    return int(told["AccountLimit"]["UnreservedConcurrentExecutions"])


def noon(lab: Lab, *, mails: int = MAILS, mail_at: int = 1) -> dict[str, Counter[str]]:
    """A burst of reports, then people who pay and mails; what became of the calls of each function."""
    calls = [call(0, "reports", 30)] * REPORTS
    calls += [call(mail_at, "mail", 20)] * mails + [call(2, "checkout")] * CHECKOUTS
    seen: dict[str, Counter[str]] = {"reports": Counter(), "mail": Counter(), "checkout": Counter()}
    for one, result in zip(calls, play(lab, calls), strict=True):
        seen[one["function"]][result] += 1
    return seen


def _all_answered(seen: Counter[str], name: str) -> None:
    if set(seen) != {"answered"}:
        raise Failure(f"{sum(seen.values())} answered", dict(seen), f"calls of {name} while reports burst")


@contextmanager
def a_function(lab: Lab) -> Iterator[str]:
    """A function of the check's own, for as long as the block runs; its name."""
    client, name = lab.client("lambda"), "check-of-stop"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("lambda_function.py", "def lambda_handler(event, context):\n    return 'done'\n")
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Role=ROLE,
        Code={"ZipFile": package.getvalue()},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    try:
        yield name
    finally:
        with suppress(client.exceptions.ResourceNotFoundException):  # stop may have deleted it
            client.delete_function(FunctionName=name)


def what_stop_does(lab: Lab) -> str:
    """What a call of a function gets after `stop`: stopped, runs, gone or changed."""
    client = lab.client("lambda")
    with a_function(lab) as name:
        before = configuration(lab, name)
        lab.invoke(name)
        answer_of(lab, lab.submitted("E3"), {"name": name})
        try:
            after = dict(client.get_function_configuration(FunctionName=name))
        except client.exceptions.ResourceNotFoundException:
            return "gone"
        kept = ("CodeSha256", "Handler", "Timeout", "MemorySize", "Role")
        if any(before[key] != after[key] for key in kept):
            return "changed"
        try:
            client.invoke(FunctionName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TooManyRequestsException":
                raise
            return "stopped"
        return "runs"


@check("E3", points=1, hints=HINTS)
def checkout_never_starves(lab: Lab) -> None:
    """All six calls of `checkout` are served, whatever `reports` and `mail` do."""
    _all_answered(noon(lab)["checkout"], "checkout")
    _all_answered(noon(lab, mails=8, mail_at=0)["checkout"], "checkout")


@check("E3", points=1, hints=HINTS)
def mail_has_places_left(lab: Lab) -> None:
    """Four calls of `mail` are served while reports burst, and six places are not reserved by anybody."""
    _all_answered(noon(lab)["mail"], "mail")
    if (left := unreserved(lab)) < LEFT:
        lab.fail(f"{left} places", f"{LEFT} places or more", "UnreservedConcurrentExecutions of the account")


@check("E3", points=1, hints=HINTS, needs=("checkout_never_starves",))
def reports_run_within_their_cap(lab: Lab) -> None:
    """At least three reports run at once; the others are throttled, and none fails otherwise."""
    seen = noon(lab)["reports"]
    if seen["answered"] < 3 or seen["failed"] or seen["answered"] + seen["throttled"] != REPORTS:
        lab.fail(dict(seen), "3 or more answered, the others throttled", f"{REPORTS} reports at once")
    cap = reserved(lab, "reports")
    if cap is not None:
        lab.expect(seen["answered"], min(cap, REPORTS), "how many reports ran at once")


@check("E3", points=1, hints=STOP_HINTS)
def stop_switches_off(lab: Lab) -> None:
    """After `stop(name)` each call of that function is throttled. The function itself is as it was."""
    lab.expect(what_stop_does(lab), "stopped", "a function after `stop`")


@mistake(
    "E3-reserves-everything",
    exercise="E3",
    hints=(
        "What must stay unreserved?",
        "`mail` and every function without a reservation share what is left. Add your reservations up, "
        "and take the sum from 20.",
        "6 for `checkout` and 8 for `reports` leave 6.",
    ),
)
def reserves_everything(lab: Lab) -> bool | str:
    left = unreserved(lab)
    return left < LEFT and f"{left} of 20 places are left"


@mistake(
    "E3-reports-have-no-cap",
    exercise="E3",
    hints=(
        "`checkout` is safe. Who takes the places of `mail`?",
        "Without a reservation of their own, `reports` take all that is unreserved. A reservation is a "
        "cap, too.",
        '`functions.put_function_concurrency(FunctionName="reports", ReservedConcurrentExecutions=8)`',
    ),
)
def reports_have_no_cap(lab: Lab) -> bool | str:
    alone = reserved(lab, "checkout") is not None and reserved(lab, "reports") is None
    return alone and reserved(lab, "mail") is None and "nothing stops the reports"


@mistake(
    "E3-no-floor",
    exercise="E3",
    hints=(
        "Reports have a cap now. What if the mails burst tomorrow?",
        "A cap on one function protects you from that function only. A floor for `checkout` protects it "
        "from all of them.",
        '`functions.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=6)`',
    ),
)
def no_floor(lab: Lab) -> bool | str:
    return (
        reserved(lab, "checkout") is None and reserved(lab, "reports") is not None and "checkout has no floor"
    )


@mistake(
    "E3-too-small",
    exercise="E3",
    hints=(
        "How many people pay at once, and how many places did you reserve for `checkout`?",
        "A reservation is a cap as well: `checkout` never gets more, even when all other places are free.",
        "`ReservedConcurrentExecutions=6`",
    ),
)
def too_small(lab: Lab) -> bool | str:
    places = reserved(lab, "checkout")
    return places is not None and places < CHECKOUTS and f"checkout gets {places} places at most"


@mistake(
    "E3-stop-deletes",
    exercise="E3",
    hints=(
        "Tomorrow the function must run again. Is it still there, as it was?",
        "A kill-switch stops calls and leaves the function alone. A cap of nought does that.",
        "`functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)`",
    ),
)
def stop_deletes(lab: Lab) -> bool | str:
    seen = what_stop_does(lab)
    return seen in {"gone", "changed"} and f"the function is {seen}"


@mistake(
    "E3-stop-sets-free",
    exercise="E3",
    hints=(
        "After your `stop`, how many calls may run at once?",
        "Without a reservation a function has no cap at all, and with one place one call still runs. Off "
        "is 0.",
        "`functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)`",
    ),
)
def stop_sets_free(lab: Lab) -> bool | str:
    return what_stop_does(lab) == "runs" and "a call after stop still runs"
