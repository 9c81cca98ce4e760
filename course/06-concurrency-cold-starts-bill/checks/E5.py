"""Checks of E5, what belongs outside the handler and what must not stand there."""

import re
from typing import Any

from grader import Failure, Lab, check, mistake

from . import answer_of, call, cold_starts, configuration, downloads, expect_answered, log_lines, now, play

HINTS = (
    "Look at `Init Duration` and `Duration` of the second call. Where are the two seconds?",
    "What stands outside the handler runs once, when the environment starts. Load what is the same for all "
    "customers there.",
    '`FEES = load_fees()` at the left edge, and `FEES[profile["plan"]]` in the handler.',
)
CUSTOMER_HINTS = (
    "Whose data is in a reused environment?",
    "A global lives on to the next call, and that may be another customer's. Read the customer inside the "
    "handler, at each call.",
    '`profile = customers.get_item(Key={"customer": event["customer"]})["Item"]` in the handler, without '
    "`global`.",
)
RATES = {"basic": 0.02, "pro": 0.01, "desk": 0.005}
WARM_MS = 1500.0


def _customers(lab: Lab) -> Any:
    return lab.client("dynamodb")


def put_customer(lab: Lab, customer: str, plan: str) -> None:
    item = {"customer": {"S": customer}, "plan": {"S": plan}}
    _customers(lab).put_item(TableName="customers", Item=item)


def someone(lab: Lab) -> str:
    """The name of a customer whom nobody knows."""
    return f"c{lab.random.randrange(16**8):08x}"


def fee(lab: Lab, customer: str, amount: int) -> Any:
    return answer_of(lab, "fees", {"customer": customer, "amount": amount})


def _expect(lab: Lab, customer: str, plan: str, where: str) -> None:
    amount = lab.random.randrange(1, 90) * 1000
    expected = {"customer": customer, "fee": round(amount * RATES[plan], 2)}
    seen = fee(lab, customer, amount)
    if seen != expected:
        raise Failure(expected, seen, where)


def durations(lab: Lab, since: float) -> list[float]:
    """The milliseconds of each call of the handler since then."""
    found = (re.search(r"\tDuration: ([\d.]+) ms", line) for line in log_lines(lab, "fees", "REPORT", since))
    return [float(match[1]) for match in found if match]


def crowd(lab: Lab) -> list[dict[str, Any]]:
    """Three customers at the same second, twice."""
    names = list(RATES)
    for plan in names:
        put_customer(lab, f"crowd-{plan}", plan)
    return [call(at, "fees", customer=f"crowd-{plan}", amount=1000) for at in (0, 60) for plan in names]


@check("E5", points=1, hints=HINTS)
def loads_once_in_each_environment(lab: Lab) -> None:
    """The model is loaded once in each environment, also when three start at once."""
    configuration(lab, "fees")
    lab.clock.advance(minutes=11)
    since, before = now(lab), downloads(lab, "fees")
    results = play(lab, crowd(lab))
    expect_answered(lab, results, "six calls of fees, three at once")
    started, loaded = cold_starts(lab, "fees", since), downloads(lab, "fees") - before
    if loaded != started:
        lab.fail(f"loaded {loaded} times", f"loaded {started} times", f"{started} environments, 6 calls")
    slow = sorted(durations(lab, since))[: 6 - started]
    if any(length > WARM_MS for length in slow):
        lab.fail(f"{max(slow):.0f} ms", f"less than {WARM_MS:.0f} ms", "the duration of a warm call")


# Six calls that each load the model would use up the exercise's time: so this one waits for the first.
@check("E5", points=1, hints=CUSTOMER_HINTS, needs=("loads_once_in_each_environment",))
def everybody_pays_their_own(lab: Lab) -> None:
    """Customers who call one after the other in the same environment each pay their own fee."""
    plans = list(RATES)
    lab.random.shuffle(plans)
    people = {someone(lab): plan for plan in plans}
    for customer, plan in people.items():
        put_customer(lab, customer, plan)
    for _ in range(2):
        for customer, plan in people.items():
            _expect(lab, customer, plan, "what fees answers to the next customer")


@check("E5", points=1, hints=CUSTOMER_HINTS, needs=("everybody_pays_their_own",))
def a_new_plan_counts_at_once(lab: Lab) -> None:
    """A customer who has changed the plan pays the new fee at the next call."""
    customer = someone(lab)
    for plan in lab.random.sample(list(RATES), 2):
        put_customer(lab, customer, plan)
        _expect(lab, customer, plan, "what fees answers after a change of the plan")


@mistake(
    "E5-loads-at-each-call",
    exercise="E5",
    hints=(
        "How often is the model loaded when one environment serves three calls?",
        "What stands inside the handler runs at each call. Move the loading to the left edge of the file.",
        "`FEES = load_fees()` above `def lambda_handler`.",
    ),
)
def loads_at_each_call(lab: Lab) -> bool | str:
    customer = someone(lab)
    put_customer(lab, customer, "pro")
    fee(lab, customer, 1000)
    before = downloads(lab, "fees")
    fee(lab, customer, 1000)
    return downloads(lab, "fees") > before and "a warm call loads the model again"


@mistake(
    "E5-keeps-the-customer",
    exercise="E5",
    hints=(
        "Ada calls, then Grace. Whose data is in a reused environment?",
        "A global that is filled once belongs to the first customer, and everybody after that gets their "
        "data. Read it at each call.",
        "Leave `global profile` and `if profile is None` out.",
    ),
)
def keeps_the_customer(lab: Lab) -> bool | str:
    first, second = someone(lab), someone(lab)
    for customer in (first, second):
        put_customer(lab, customer, "pro")
        fee(lab, customer, 1000)
    seen = fee(lab, second, 1000)
    told = isinstance(seen, dict) and seen.get("customer") != second
    return told and "a customer got the answer of another one"


@mistake(
    "E5-remembers-plans",
    exercise="E5",
    hints=(
        "A customer changes the plan while your environment lives. When does it notice?",
        "A cache of customer data gets old, in each environment at another time. What may change at any "
        "moment is read at each call.",
        '`profile = customers.get_item(Key={"customer": event["customer"]})["Item"]`',
    ),
)
def remembers_plans(lab: Lab) -> bool | str:
    customer = someone(lab)
    fees = []
    for plan in ("basic", "desk"):
        put_customer(lab, customer, plan)
        seen = fee(lab, customer, 1000)
        fees.append(seen.get("fee") if isinstance(seen, dict) and seen.get("customer") == customer else None)
    return fees[0] == 20 and fees[1] == 20 and "the old plan is charged after a change"
