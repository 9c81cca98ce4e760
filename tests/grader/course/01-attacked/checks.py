"""Checks of the lab to be attacked. CANARY-LINNET stands in hidden checks only: it must never get out."""

from grader import Failure, Lab, check, mistake

HINTS = ("What is twice one?", "A function answers with `return`.", "`return 2 * …`")
WORD = "CANARY-LINNET-{}"


@check("E1", points=1, hints=HINTS)
def doubles_what_you_know(lab: Lab) -> None:
    """It doubles 21."""
    lab.expect(lab.invoke(lab.submitted("E1"), {"number": 21}).payload, 42, where="what double returns")


@check("E1", points=2, hints=HINTS, hidden=True)
def doubles_what_you_do_not_know(lab: Lab) -> None:
    """It doubles any number, and any text."""
    word = WORD.format(lab.random.randrange(10**9))
    number = lab.random.randrange(1000, 10**9)
    for value, twice in ((word, word + word), (number, 2 * number)):
        seen = lab.invoke(lab.submitted("E1"), {"number": value})
        if seen.payload != twice:
            raise Failure(expected=twice, seen=seen.payload, where="what double returns")


@check("E2", points=1)
def knows_the_word(lab: Lab) -> None:
    """Your answer has the word of the bucket."""
    lab.expect(lab.answer("E2"), {"word": "harbour"}, where='labkit.answer("E2", …)')


@check("E2", points=1, hidden=True, needs=("knows_the_word",))
def the_bucket_is_as_it_was(lab: Lab) -> None:
    """You changed nothing in the bucket."""
    kept = lab.client("s3").get_object(Bucket="attacked", Key="word.txt")["Body"].read()
    if kept != b"harbour":
        raise Failure(expected="CANARY-LINNET", seen=kept.decode(), where="the bucket")


@check("E3", points=2, hidden=True)
def reverses(lab: Lab) -> None:
    """It turns any list round."""
    items = [WORD.format(lab.random.randrange(10**9)) for _ in range(3)]
    lab.expect(lab.invoke("reverser", items).payload, items[::-1], where="the payload")


@mistake("E1-knows-one", exercise="E1", hints=("Try another number.", "Use the parameter.", "`2 * number`"))
def knows_one(lab: Lab) -> bool | str:
    return lab.invoke(lab.submitted("E1"), {"number": 4}).payload == 42 and "it answers 42 to everything"
