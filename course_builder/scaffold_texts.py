"""The files of a new course and a new lab. `{title}`, `{quoted}` and `{slug}` are filled in."""

from __future__ import annotations

COURSE = """\
title: {title}
story: >-
  One sentence that all labs share: who the learner works for, and what they build.
# Folder names, in the order in which the labs are taken.
labs: []
# Facts of the outside world go to facts.yml; `labkit verify` asks to look at them again after this many days.
facts_max_age_days: 400
"""

FACTS = """\
# Dated facts of the outside world, written out in a lab by {fact:F1}.
# F1:
#   text: The default timeout of a Lambda function is 3 seconds.
#   as_of: 2026-11-01
#   source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
"""

IGNORE = """\
.labkit/
.ipynb_checkpoints/
__pycache__/
"""

LAB = """\
---
labkit:
  slug: {slug}
  title: {quoted}
  minutes: {{recall: 1, teach: 4, exercises: 5, wrap: 1}}
  prerequisites: []
  questions:
    - How does a function get its input, and how does it answer?
  objectives:
    - {{id: {slug}.O1, verb: write, text: a function that answers with what its event holds, exercises: [E1]}}
  keypoints:
    - A function answers with what it returns. What it prints goes to its log.
  exercises:
    - {{id: E1, title: Greet by name, points: 2, minutes: 5}}
  seed: []
  facts: []
  controls: []
---

# {title}

In this lab you write a function, and the cloud runs it.

```python tags=["run"]
import labkit

cloud = labkit.open("{slug}")
```

## E1 Greet by name

Write `greeting(name)`. For the name `Ada` it gives the text `Hello, Ada!`.
`labkit.submit` puts your function into the cloud. The check calls it there, with names of its own.

```python tags=["exercise", "E1"]
def greeting(name):
    # BEGIN SOLUTION
    return f"Hello, {{name}}!"
    # END SOLUTION
    # BEGIN PROMPT
    # return None  # YOUR CODE HERE
    # END PROMPT


labkit.submit(greeting, "E1")
```

```python tags=["check", "E1"]
labkit.check("E1")
```

<!-- #region tags=["explain"] -->
**Explain.** The check used names that you had not seen. Finish the sentence: "My function passes because …"
<!-- #endregion -->

<!-- #region tags=["notes"] -->
## For instructors

**Goal in one sentence.** Everybody has seen a red check, a hint and a green check.

**Ask.** "Where did the printed text go?" To the function's log.
<!-- #endregion -->
"""

CHECKS = '''\
"""Checks of the lab "{title}": the function is called in the cloud, with names that nobody has seen."""

from grader import Lab, check, mistake

NAMES = ("Grace", "Katherine", "Linus", "Margaret", "Radia")
HINTS = (
    "Call your function with a name. What does it return?",
    "A function answers with `return`. An f-string puts a value into a text: `f\\"… {{name}} …\\"`.",
    '`return f"Hello, …!"`: put the name between the braces.',
)


@check("E1", points=1, hints=HINTS)
def greets_by_name(lab: Lab) -> None:
    """Your function greets by name."""
    seen = lab.invoke(lab.submitted("E1"), {{"name": "Ada"}})
    lab.expect(seen.payload, "Hello, Ada!", where="what greeting returns")


@check("E1", points=1, hints=HINTS, hidden=True, needs=("greets_by_name",))
def greets_strangers(lab: Lab) -> None:
    """Your function greets people whom it has never met."""
    name = lab.random.choice(NAMES)
    seen = lab.invoke(lab.submitted("E1"), {{"name": name}})
    lab.expect(seen.payload, f"Hello, {{name}}!", where="what greeting returns")


@mistake(
    "E1-prints",
    exercise="E1",
    hints=(
        "Where does your text go, and what does the function give back?",
        "`print` writes to the log of the function. Its answer is what it returns.",
        '`return f"…"` in place of `print(f"…")`.',
    ),
)
def prints(lab: Lab) -> bool:
    """The text is printed, and nothing is returned."""
    seen = lab.invoke(lab.submitted("E1"), {{"name": "Ada"}})
    return seen.payload is None and "Hello, Ada!" in (seen.log or "")


@mistake(
    "E1-knows-one-name",
    exercise="E1",
    hints=(
        "Call your function with two different names. How many answers do you get?",
        "The name comes in as the parameter `name`. Use that, not the name of the example.",
        'Write `{{name}}` in the f-string where `Ada` stands now.',
    ),
)
def knows_one_name(lab: Lab) -> bool:
    """The name of the example is written into the answer."""
    seen = lab.invoke(lab.submitted("E1"), {{"name": "Barbara"}})
    return seen.payload == "Hello, Ada!"
'''

MISTAKES = {
    "E1-prints.py": """\
# hint: Where does your text go, and what does the function give back?
def greeting(name):
    print(f"Hello, {name}!")


labkit.submit(greeting, "E1")
""",
    "E1-knows-one-name.py": """\
# hint: Call your function with two different names. How many answers do you get?
def greeting(name):
    return "Hello, Ada!"


labkit.submit(greeting, "E1")
""",
}
