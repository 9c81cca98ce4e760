"""Checks of E7, a failed execution goes on after a repair."""

from botocore.exceptions import ClientError

from grader import Failure, Lab, check, mistake
from grader.lab import Execution

from . import expect_guesses

HINTS = (
    "What is the status of the execution that failed, and how often was it redriven?",
    "Three steps: repair the source, deploy it, redrive the same execution. Then let the clock settle.",
    '`labkit.deploy("average", source)`, `states.redrive_execution(executionArn=failed["executionArn"])`',
)
GUESS_HINTS = (
    "Is the cell with `labkit.predict` still empty? And what does your function answer for other prices?",
    "Write a guess and run that cell; wrong is fine. The average is the sum divided by the number of prices.",
    '`len(event["prices"])` in the function, then deploy it again.',
)
WHERE = 'the execution in labkit.answer("E7", …)'


def _handed_in(lab: Lab) -> Execution:
    arn = lab.answer("E7")
    if isinstance(arn, str) and ":execution:report:" in arn:
        try:
            return lab.execution(arn)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ExecutionDoesNotExist", "InvalidArn"}:
                raise
    raise Failure("the ARN of an execution of report", arn, WHERE)


def _redrives(lab: Lab, execution: Execution) -> int:
    return int(
        lab.client("stepfunctions").describe_execution(executionArn=execution.arn).get("redriveCount", 0)
    )


@check("E7", points=1, hints=GUESS_HINTS)
def runs_were_predicted(lab: Lab) -> None:
    """You predicted how often Trade runs, and the average is right for other prices, too."""
    expect_guesses(lab, "E7", 1)
    prices = [lab.random.randint(1, 9) * 4 for _ in range(4)]
    lab.expect(
        lab.invoke("average", {"prices": prices}).payload,
        {"average": sum(prices) / 4},
        "the function average",
    )


@check("E7", points=1, hints=HINTS)
def the_execution_was_redriven(lab: Lab) -> None:
    """The execution that failed was redriven, and it has succeeded."""
    seen = _handed_in(lab)
    lab.expect(seen.status, "SUCCEEDED", f"the status of {WHERE}")
    lab.expect(_redrives(lab, seen) > 0, True, f"whether {WHERE} was redriven")


@check("E7", points=1, hints=HINTS, needs=("the_execution_was_redriven",))
def the_first_step_ran_once(lab: Lab) -> None:
    """Trade ran once; the ledger says so."""
    seen = _handed_in(lab)
    lab.expect(seen.visited.count("Trade"), 1, "how often Trade was entered")
    key = {"trade": {"S": seen.arn.rsplit(":", 1)[-1]}}
    row = lab.client("dynamodb").get_item(TableName="ledger", Key=key, ConsistentRead=True).get("Item", {})
    lab.expect(row.get("cash"), {"N": "990"}, "the cash in the ledger")


@mistake(
    "E7-starts-again",
    exercise="E7",
    hints=(
        "Which execution did you hand in: the one that failed, or a new one?",
        "A new execution does the trade a second time. A redrive goes on in the one that failed.",
        '`states.redrive_execution(executionArn=failed["executionArn"])`',
    ),
)
def starts_again(lab: Lab) -> bool | str:
    seen = _handed_in(lab)
    return seen.status == "SUCCEEDED" and not _redrives(lab, seen) and "this execution was never redriven"


@mistake(
    "E7-redrives-the-bug",
    exercise="E7",
    hints=(
        "It failed again. Which code did the function run?",
        "The redrive calls the function as it is deployed. Repair and deploy first, then redrive.",
        '`labkit.deploy("average", source)` before `states.redrive_execution(…)`',
    ),
)
def redrives_the_bug(lab: Lab) -> bool | str:
    seen = _handed_in(lab)
    return seen.status == "FAILED" and _redrives(lab, seen) > 0 and "it was redriven and failed again"


@mistake(
    "E7-only-repairs",
    exercise="E7",
    hints=(
        "The function is right now. Who tells the execution?",
        "A failed execution stays failed until somebody redrives it. One call of Step Functions does that.",
        '`states.redrive_execution(executionArn=failed["executionArn"])`',
    ),
)
def only_repairs(lab: Lab) -> bool | str:
    seen = _handed_in(lab)
    repaired = not lab.invoke("average", {"prices": [2]}).function_error
    return (
        seen.status == "FAILED"
        and not _redrives(lab, seen)
        and repaired
        and "the execution still stands at FAILED"
    )
