"""What is cut from a learner's copy."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_builder.solution_marks import (
    YOUR_CODE_HERE,
    MarkError,
    has_solution,
    learner_source,
    solution_lines,
    solution_source,
)


def text(source: str) -> str:
    return textwrap.dedent(source).strip("\n")


def test_a_solution_gives_way_to_your_code_here_at_its_indent():
    source = text("""
        def price(symbol):
            # BEGIN SOLUTION
            return PRICES[symbol]
            # END SOLUTION
        print(price("A"))
        """)
    assert learner_source(source) == text("""
        def price(symbol):
            # YOUR CODE HERE
        print(price("A"))
        """)
    assert solution_source(source) == text("""
        def price(symbol):
            return PRICES[symbol]
        print(price("A"))
        """)


@pytest.mark.parametrize("order", ["after", "before"])
def test_a_prompt_beside_it_is_shown_instead(order):
    solution = "    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION"
    prompt = "    # BEGIN PROMPT\n    # # think first\n    #\n    # return None\n    # END PROMPT"
    both = f"{solution}\n\n{prompt}" if order == "after" else f"{prompt}\n{solution}"
    learner = learner_source(f"def f():\n{both}")
    assert [line for line in learner.split("\n") if line] == [
        "def f():",
        "    # think first",
        "    return None",
    ]
    assert YOUR_CODE_HERE not in learner
    assert [line for line in solution_source(f"def f():\n{both}").split("\n") if line] == [
        "def f():",
        "    return 1",
    ]


def test_a_prompt_serves_one_solution_only():
    source = text("""
        # BEGIN SOLUTION
        a = 1
        # END SOLUTION
        # BEGIN PROMPT
        # a = None
        # END PROMPT
        # BEGIN SOLUTION
        b = 2
        # END SOLUTION
        """)
    assert learner_source(source) == "a = None\n# YOUR CODE HERE"


@pytest.mark.parametrize(
    "mark", ["### BEGIN SOLUTION", "# begin solution", "#BEGIN  SOLUTION  ", "## Begin Solution"]
)
def test_the_marks_of_other_tools_are_read(mark):
    source = (
        f"{mark}\nsecret = 1\n{mark.replace('BEGIN', 'END').replace('begin', 'end').replace('Begin', 'End')}"
    )
    assert learner_source(source) == YOUR_CODE_HERE
    assert solution_source(source) == "secret = 1"


def test_a_sentence_about_marks_is_not_a_mark():
    source = "# BEGIN SOLUTION is how it begins\nx = '# BEGIN SOLUTION'"
    assert learner_source(source) == source
    assert not has_solution(source)


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("a\n# BEGIN SOLUTION\nb", 2, "without its END"),
        ("a\nb\n# END SOLUTION", 3, "without its BEGIN"),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION", 2, "inside a SOLUTION"),
        ("# BEGIN SOLUTION\n# END PROMPT", 2, "without its BEGIN"),
        ("# BEGIN PROMPT\n# x\n# END PROMPT\ny = 1", 1, "no SOLUTION block beside"),
    ],
)
def test_marks_that_do_not_pair_are_never_cut(source, line, said):
    for view in (learner_source, solution_source, solution_lines, has_solution):
        with pytest.raises(MarkError, match=said) as caught:
            view(source)
        assert caught.value.line == line


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=20).filter(
    lambda line: "BEGIN" not in line.upper() and "END" not in line.upper()
)
INDENT = st.sampled_from(["", "    ", "\t", "        "])


@st.composite
def sources(draw):
    """A source of given lines and marked solutions; a solution line holds a word that is nowhere else."""
    parts, secrets = [], []
    for number in range(draw(st.integers(1, 5))):
        parts += [
            f"given{number}_{n} = 1  # {line}" for n, line in enumerate(draw(st.lists(LINE, max_size=3)))
        ]
        indent = draw(INDENT)
        lines = draw(st.lists(LINE, max_size=4))
        hidden = [f"{indent}{line} secret_{number}_{n}_" for n, line in enumerate(lines)]
        secrets += [f"secret_{number}_{n}_" for n in range(len(lines))]
        solution = [f"{indent}# BEGIN SOLUTION", *hidden, f"{indent}# END SOLUTION"]
        prompt = [f"{indent}# BEGIN PROMPT", f"{indent}# prompt_{number} = 0", f"{indent}# END PROMPT"]
        parts += draw(st.sampled_from([solution, [*solution, *prompt], [*prompt, *solution]]))
    return "\n".join(parts), secrets


@given(sources())
def test_a_learners_copy_never_holds_a_solution_line(made):
    source, secrets = made
    learner, solved = learner_source(source), solution_source(source)
    assert not [secret for secret in secrets if secret in learner]
    assert all(secret in solved for secret in secrets)
    for view in (learner, solved):
        assert "SOLUTION" not in view
        assert "PROMPT" not in view
    assert "prompt_" not in solved
    assert sum("secret_" in line for line in solution_lines(source)) == len(secrets)


@given(sources())
def test_cutting_twice_changes_nothing(made):
    source, _ = made
    assert learner_source(learner_source(source)) == learner_source(source)
    assert solution_source(solution_source(source)) == solution_source(source)


@given(
    st.lists(
        st.sampled_from(["# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN PROMPT", "# END PROMPT", "x", ""])
    )
)
def test_any_order_of_marks_is_cut_well_or_refused(lines):
    source = "\n".join(lines)
    refused_at = None
    learner = ""
    try:
        learner = learner_source(source)
    except MarkError as error:
        refused_at = error.line
    assert refused_at is None or 1 <= refused_at <= len(lines)
    assert "SOLUTION" not in learner
    assert "PROMPT" not in learner
